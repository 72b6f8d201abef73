"""The files that a PDF carries: an invoice's data, the documents of a portfolio."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from kb.documents.archives.members import Entry, named

_MOST = 10_000


class Attachments:
    """What is attached to a PDF as a whole, under the names it gives (see
    `archives.members.Container`). `empty` are the names of those without content."""

    packed = True

    def __init__(self, data: bytes) -> None:
        self._pdf: Any = pypdfium2.PdfDocument(data)
        self.is_cut = self._pdf.count_attachments() > _MOST
        self.empty: list[str] = []
        self.entries = named(self._listed(len(data)))

    def _listed(self, packed: int) -> Iterator[tuple[str, Entry]]:
        for number in range(min(_MOST, self._pdf.count_attachments())):
            one = self._pdf.get_attachment(number)
            name = _decoded(one.get_name()) or f"attachment {number + 1}"
            size = ctypes.c_ulong()
            pdfium.FPDFAttachment_GetFile(one, None, 0, size)
            if size.value:
                yield name, Entry(size.value, packed, number)
            else:
                self.empty.append(name)

    def read(self, entry: Entry) -> bytes:
        return bytes(self._pdf.get_attachment(entry.key).get_data())

    def close(self) -> None:
        self._pdf.close()


def _decoded(name: str) -> str:
    """PDFium hands over the bytes of a name that is there in its older field (F) alone, which is
    as often in UTF-16."""
    if not name.startswith("\xfe\xff"):
        return name
    return name.encode("latin-1", "replace")[2:].decode("utf-16-be", "replace")
