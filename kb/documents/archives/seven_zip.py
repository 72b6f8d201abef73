"""7z, opened by bsdtar."""

from __future__ import annotations

from kb.documents.archives import bsdtar
from kb.documents.formats import Format

FORMAT = Format(
    name="7z",
    endings=("7z",),
    kept="each member as a document",
    lost="links, devices",
    recognised=lambda content: content.starts(b"7z\xbc\xaf\x27\x1c"),
    open=bsdtar.opened,
    program=bsdtar.BSDTAR,
)
