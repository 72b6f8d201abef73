"""Outlook's mail folders (PST, OST), unpacked by readpst (libpst)."""

from __future__ import annotations

import functools
from typing import BinaryIO

from kb.documents.archives.extracted import Extracted
from kb.documents.archives.limits import MOST_UNPACKED
from kb.documents.converters.common.programs import on_path
from kb.documents.formats import Format, Program

READPST = Program(
    name="readpst",
    find=functools.partial(on_path, "readpst"),
    fix="install it: sudo apt-get install pst-utils (Debian, Ubuntu), or save the mails as .eml or "
    ".msg",
    comes_with_kb=False,
)


def _command(program: str, file: str, folder: str) -> list[str]:
    """A file a mail, contacts as vCards, bodies in UTF-8, one process."""
    return [program, "-q", "-e", "-8", "-b", "-cv", "-j", "0", "-o", folder, file]


def _opened(path: str, file: BinaryIO) -> Extracted:
    # Attachments are written in base64, bodies in several forms.
    return Extracted(path, file, READPST, _command, most=3 * MOST_UNPACKED, packed=False)


FORMAT = Format(
    name="pst",
    endings=("pst", "ost"),
    kept="each mail, as `eml`, in its folder; contacts as `vcf`, appointments as `ics`",
    lost="deleted items, what is larger than 1 GiB",
    recognised=lambda content: content.starts(b"!BDN"),
    open=_opened,
    program=READPST,
)
