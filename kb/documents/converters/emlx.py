"""Mails of Apple Mail: the length of the mail in a line, the mail (RFC 5322), then what Mail notes
of it as a property list."""

from __future__ import annotations

import re

from kb.documents.converters import eml
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_LENGTH = re.compile(rb"\s*(\d{1,10})[ \t]*\r?\n(?=[\x21-\x39\x3b-\x7e]+:)")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return eml.convert(source, _mail(data))


def _mail(data: bytes) -> bytes:
    """The mail alone; all that follows the first line where that line is damaged."""
    length = _LENGTH.match(data)
    return data[length.end() :][: int(length[1])] if length else data


FORMAT = Format(
    name="emlx",
    endings=("emlx",),
    kept="as `eml`",
    lost="as `eml`; attachments that Mail keeps in a folder beside it",
    convert=convert,
    open=lambda path, file: eml.Attachments(_mail(file.read())),
    recognised=lambda content: content.ending == "emlx" and bool(_LENGTH.match(content.head)),
    hidden=("emlx",),
)
