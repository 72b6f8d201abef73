"""What a mail looks like as a document, whichever program wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from kb.documents.archives.members import Entry
from kb.documents.builder import Builder
from kb.text.sentences import is_wrapped


def add_headers(builder: Builder, shown: list[tuple[str, str]]) -> None:
    """Fields as lines of one paragraph, and as labels."""
    builder.paragraph("\n".join(f"{name}: {value}" for name, value in shown))
    for name, value in shown:
        builder.label(name, value)


def add_body(builder: Builder, text: str) -> None:
    for paragraph in _paragraphs(text):
        builder.paragraph(paragraph)


def add_names(builder: Builder, entries: dict[str, Entry]) -> None:
    if entries:
        builder.paragraph("Attachments: " + ", ".join(entries))


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a plain text, those that were wrapped to a width in one piece."""
    lines = text.split("\n")
    paragraph: list[str] = []
    for line in lines:
        if paragraph and not (line.strip() and is_wrapped(paragraph[-1], line)):
            yield "\n".join(paragraph)
            paragraph = []
        if line.strip():
            paragraph.append(line.rstrip())
    if paragraph:
        yield "\n".join(paragraph)
