"""RAR of versions 4 and 5, opened by bsdtar."""

from __future__ import annotations

from kb.documents.archives import bsdtar
from kb.documents.formats import Format

FORMAT = Format(
    name="rar",
    endings=("rar",),
    kept="each member as a document",
    lost="links, devices; archives in several volumes",
    recognised=lambda content: content.starts(b"Rar!\x1a\x07"),
    open=bsdtar.opened,
    program=bsdtar.BSDTAR,
)
