"""Plain text, and whatever is text without a known ending.

Text formats are read here and in the files beside this one, not through unstructured, which loses
what they have and others have not: line numbers, the exact text; and which takes Chinese
paragraphs for titles. It also saves the worker of a text-only folder two seconds of imports.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.documents.builder import check_length, title_of
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.documents.text.headings import heading_level, title_line
from kb.text.sentences import is_wrapped
from kb.types import Element, ElementKind, ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Text as it is, each paragraph an element. The document is called like its first line, when
    that can be a title, else like its file."""
    text, _ = decode(data)
    check_length(len(text))
    lines = text.split("\n")
    return ParsedDocument(
        source, text, tuple(_paragraphs(lines)), title_line(lines) or title_of(source)
    )


def _paragraphs(lines: list[str]) -> Iterator[Element]:
    """A paragraph is a line, or several that were wrapped to a width."""
    position = 0
    number = 0
    while number < len(lines):
        line = lines[number]
        first, start = number, position
        position += len(line) + 1
        number += 1
        if not line.strip():
            continue
        level = heading_level(
            line,
            blank_before=first == 0 or not lines[first - 1].strip(),
            blank_after=number == len(lines) or not lines[number].strip(),
        )
        while not level and number < len(lines) and is_wrapped(lines[number - 1], lines[number]):
            position += len(lines[number]) + 1
            number += 1
        kind = ElementKind.HEADING if level else ElementKind.PARAGRAPH
        yield Element(kind, start, position - 1, level, line=first + 1)


FORMAT = Format(
    name="text",
    endings=("txt", "text", "log"),
    kept="line numbers; Chinese and English headings by rule (第一章, 1.2)",
    convert=convert,
    by_ending=True,
    guessed=lambda content: True,  # whatever else is text
    text=True,
    hidden=("txt",),
)
