"""Books for Kindle (MOBI, AZW3, PRC): a PalmDB of compressed records that hold HTML.

(MobileRead Wiki, "MOBI" and "PDB".)
"""

from __future__ import annotations

import itertools
import re
import struct
from dataclasses import dataclass

from kb.documents.builder import Builder
from kb.documents.converters import html
from kb.documents.converters.common.mail_headers import decoded
from kb.documents.failures import protected
from kb.documents.formats import Format
from kb.errors import DamagedDocument, LimitExceeded, UnsupportedFormat
from kb.types import ParsedDocument, SourceFile

MOST_TEXT = 100 << 20
_PLAIN, _PALMDOC = 1, 2
_UTF8 = 65001
_AUTHOR, _TITLE = 100, 503
_HEAD = re.compile(rb"<head\b[^>]*>.*?</head\s*>", re.I | re.S)
_FRAME = re.compile(rb"</?(?:html|body)\b[^>]*>|<\?xml[^>]*>|<!doctype[^>]*>", re.I)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    book = _Book(source.path, data)
    builder = Builder(source)
    builder.label("author", book.fields.get(_AUTHOR, ""))
    # A book for newer devices is many pages in a row, each with a head of its own.
    page = _FRAME.sub(b"", _HEAD.sub(b"", book.text()))
    html.add_page(builder, b"<html><body>%s</body></html>" % page, charset=book.encoding)
    return builder.document(book.fields.get(_TITLE, "") or book.title)


@dataclass(slots=True)
class _Head:
    compression: int
    text: int
    records: int
    encryption: int


class _Book:
    """Record 0 says what the others are.

    Raises:
        ProtectedDocument: it has digital rights management.
        UnsupportedFormat: it is compressed by a dictionary of its own (HUFF/CDIC).
        DamagedDocument: it ends within its records.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        count = int.from_bytes(data[76:78], "big")
        places = [*struct.unpack_from(f">{count * 2}I", data, 78)[::2], len(data)]
        self.parts = [data[start:end] for start, end in itertools.pairwise(places)]
        if not self.parts or len(self.parts[0]) < 16:
            raise self._damaged()
        first = self.parts[0]
        self.head = _Head(*struct.unpack(">H2xIH2xH", first[:14]))
        if self.head.encryption:
            raise protected(path)
        if self.head.compression not in (_PLAIN, _PALMDOC):
            raise UnsupportedFormat(
                f"no parser reads '{path}'",
                why="the book is compressed by a dictionary of its own (HUFF/CDIC)",
                hint="convert it to EPUB, for example with Calibre",
            )
        self.encoding, self.trailing, self.title = "cp1252", 0, ""
        self.fields: dict[int, str] = {}
        if first[16:20] == b"MOBI":
            self._read_head(first)

    def _read_head(self, first: bytes) -> None:
        length, _, page = struct.unpack_from(">III", first, 20)
        self.encoding = "utf-8" if page == _UTF8 else "cp1252"
        start, size = struct.unpack_from(">II", first, 84)
        self.title = decoded(first[start : start + size], self.encoding)
        if length >= 228:
            self.trailing = int.from_bytes(first[242:244], "big")
        at = 16 + length
        if int.from_bytes(first[128:132], "big") & 0x40 and first[at : at + 4] == b"EXTH":
            count, at = int.from_bytes(first[at + 8 : at + 12], "big"), at + 12
            for _ in range(min(count, 1000)):
                number, size = struct.unpack_from(">II", first, at)
                self.fields.setdefault(number, decoded(first[at + 8 : at + size], self.encoding))
                at += max(8, size)

    def text(self) -> bytes:
        """The HTML.

        Raises:
            LimitExceeded: it is more than 100 MiB.
        """
        if len(self.parts) <= self.head.records:
            raise self._damaged()
        out = bytearray()
        for record in self.parts[1 : self.head.records + 1]:
            record = record[: len(record) - self._trailing(record)]
            out += _palmdoc(record) if self.head.compression == _PALMDOC else record
            if len(out) > MOST_TEXT:
                raise LimitExceeded(
                    f"'{self.path}' holds too much text",
                    why=f"more than {MOST_TEXT >> 20} MiB",
                    hint="split the book, or exclude it",
                )
        # Behind the text, which may be cut off where styles follow it.
        return bytes(out[: self.head.text])

    def _trailing(self, record: bytes) -> int:
        """Bytes at a record's end that are no text: entries that tell their size, then what of a
        character lies in the next record too."""
        end = len(record)
        for bit in range(15, 0, -1):
            if self.trailing >> bit & 1:
                size, shift = 0, 0
                for byte in reversed(record[max(0, end - 4) : end]):
                    size |= (byte & 0x7F) << shift
                    shift += 7
                    if byte & 0x80:
                        break
                end -= min(size, end)
        if self.trailing & 1 and end:
            end -= min((record[end - 1] & 3) + 1, end)
        return len(record) - end

    def _damaged(self) -> DamagedDocument:
        return DamagedDocument(
            f"'{self.path}' is damaged",
            why="the book ends within its records",
            hint="get another copy of the file",
        )


def _palmdoc(data: bytes) -> bytes:
    """A byte stands for itself, for so many that follow, for a blank and a letter, or is the first
    of two that refer to what came before."""
    out, at = bytearray(), 0
    while at < len(data):
        byte = data[at]
        at += 1
        if 1 <= byte <= 8:
            out += data[at : at + byte]
            at += byte
        elif byte < 0x80:
            out.append(byte)
        elif byte >= 0xC0:
            out += bytes((0x20, byte ^ 0x80))
        elif at < len(data):
            pair = (byte << 8 | data[at]) & 0x3FFF
            at += 1
            back, length = pair >> 3, (pair & 7) + 3
            if not 0 < back <= len(out):
                continue
            for _ in range(length):
                out.append(out[-back])
    return bytes(out)


FORMAT = Format(
    name="mobi",
    endings=("mobi", "azw3", "azw", "prc"),
    kept="title, author, sections, lists, rows",
    lost="page numbers, pictures; books with digital rights management",
    convert=convert,
    recognised=lambda content: content.data[60:68] in (b"BOOKMOBI", b"TEXtREAd"),
    preload="kb.documents.converters.common.unstructured",
)
