"""Windows' help files (CHM), unpacked by extract_chmLib (CHMLib)."""

from __future__ import annotations

import functools
from typing import BinaryIO

from kb.documents.archives.extracted import Extracted
from kb.documents.archives.members import Entry
from kb.documents.converters.common.programs import on_path
from kb.documents.formats import Format, Program

EXTRACT_CHM = Program(
    name="extract_chmLib",
    find=functools.partial(on_path, "extract_chmLib"),
    fix="install it: sudo apt-get install libchm-bin (Debian, Ubuntu), or save the pages as HTML",
    comes_with_kb=False,
)
_PAGES = (".htm", ".html", ".xhtml", ".txt", ".pdf")


def _opened(path: str, file: BinaryIO) -> Extracted:
    """Its pages; styles, pictures, indexes and the tables of the format are none."""
    help_file = Extracted(
        path, file, EXTRACT_CHM, lambda program, given, out: [program, given, out]
    )
    help_file.entries = {
        name: one for name, one in help_file.entries.items() if _is_page(name, one)
    }
    return help_file


def _is_page(name: str, entry: Entry) -> bool:
    return bool(entry.size) and name.lower().endswith(_PAGES)


FORMAT = Format(
    name="chm",
    endings=("chm",),
    kept="each page as a document",
    lost="pictures, the table of contents",
    recognised=lambda content: content.starts(b"ITSF"),
    open=_opened,
    program=EXTRACT_CHM,
)
