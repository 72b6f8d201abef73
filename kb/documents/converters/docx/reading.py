"""A Word document's parts, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.package import Package
from kb.documents.converters.docx.body import PAGE_BREAK, Part, Writer
from kb.documents.converters.docx.names import W
from kb.documents.converters.docx.numbering import Numbering
from kb.documents.converters.docx.runs import joined_where_marks_are_deleted
from kb.documents.converters.docx.styles import Styles, rgb
from kb.types import ParsedDocument, SourceFile

_NOTES = ("footnotes", "endnotes", "comments")
_SEPARATORS = ("separator", "continuationSeparator", "continuationNotice")

Embedded = Callable[[SourceFile, bytes], ParsedDocument]
"""What reads a document of any format that stands inside of this one."""


def parse_docx(source: SourceFile, data: bytes, embedded: Embedded) -> ParsedDocument:
    """Headers, then the body with its text boxes, charts and diagrams where they are anchored,
    then footers, footnotes, endnotes and comments. Equal headers and footers come once.

    Raises:
        EmptyDocument, DamagedDocument, LimitExceeded.
    """
    package = Package(data)
    main = package.main_part()
    builder = Builder(source)
    styles = Styles(_first_root(package, main, "styles"))
    numbering = _first_root(package, main, "numbering")

    def embed(name: str, content: bytes) -> None:
        builder.extend(embedded(_inside(source, name, content), content))

    def part(name: str) -> Part:
        return Part(name, package, styles, Numbering(numbering), embed)

    root = _current(package.root(main))
    body = root.find(f"{W}body")
    paged = next(root.iter(PAGE_BREAK), None) is not None
    _add_running(builder, part, package.related(main, "header"))
    if body is not None:
        background = root.find(f"{W}background")
        color = rgb("" if background is None else background.get(f"{W}color") or "")
        Writer(builder, paged=paged).add(part(main), body, background=color)
    _add_running(builder, part, package.related(main, "footer"))
    for name in package.related(main, *_NOTES):
        for note in _current(package.root(name)):
            if note.get(f"{W}type") not in _SEPARATORS:
                Writer(builder, paged=False).add(part(name), note)
    return builder.document(builder.first_heading())


def _add_running(builder: Builder, part: Callable[[str], Part], names: list[str]) -> None:
    """Headers, or footers, each text once."""
    seen: set[str] = set()
    for name in names:
        one = Builder(builder.source)
        described = part(name)
        Writer(one, paged=False).add(described, _current(described.package.root(name)))
        text = one.text()
        if text and text not in seen:
            seen.add(text)
            builder.paragraph(text)


def _current(root: Any) -> Any:
    joined_where_marks_are_deleted(root)
    return root


def _first_root(package: Package, main: str, kind: str) -> object | None:
    names = package.related(main, kind)
    return package.root(names[0]) if names else None


def _inside(source: SourceFile, name: str, content: bytes) -> SourceFile:
    """A part as a file of its own name, so that its ending can tell its format."""
    return SourceFile(source.root, name, source.location, len(content), source.mtime_ns)
