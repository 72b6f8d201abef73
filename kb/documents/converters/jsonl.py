"""JSON Lines: a line an object."""

from __future__ import annotations

from kb.documents.converters.json import lines
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return lines(source, decode(data)[0])


FORMAT = Format(
    name="jsonl",
    endings=("jsonl", "ndjson"),
    kept="as `json`, with line numbers",
    convert=convert,
    by_ending=True,
    text=True,
)
