"""OpenDocument presentations and drawings (ISO 26300), read as `pptx.py` reads PowerPoint's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.opendocument import (
    DRAW,
    OFFICE,
    PRESENTATION,
    STYLE,
    TABLE,
    TEXT,
    Looks,
    looks_of,
    spaced,
    table,
)
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.types import ElementKind, ParsedDocument, SourceFile

_CLASS = f"{PRESENTATION}class"
_NOTES = f"{PRESENTATION}notes"
_UNREAD = (f"{OFFICE}annotation", f"{OFFICE}event-listeners", f"{DRAW}object")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Page by page: the title, then text and tables in their order, then the notes; at the end
    what the masters in use write on every page."""
    from kb.documents.converters.common.markup import xml_root

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = xml_root(archive.read("content.xml"))
        named = archive.namelist()
        styles = xml_root(archive.read("styles.xml")) if "styles.xml" in named else None
    builder = Builder(source)
    looks = looks_of(*(() if styles is None else (styles,)), content)
    masters: set[str] = set()
    skipped = _styles_of_hidden_pages(content)
    for number, page in enumerate(content.iter(f"{DRAW}page"), start=1):
        masters.add(page.get(f"{DRAW}master-page-name", ""))
        builder.unseen = page.get(f"{DRAW}style-name") in skipped
        _add_page(builder, page, number, looks)
    builder.unseen = False
    if styles is not None:
        for master in styles.iter(f"{STYLE}master-page"):
            if master.get(f"{STYLE}name") in masters:
                _add_master(builder, master, looks)
    return builder.document(builder.first_heading())


def _styles_of_hidden_pages(content: Any) -> set[str | None]:
    """Names of the styles that leave a page out of the show."""
    return {
        style.get(f"{STYLE}name")
        for style in content.iter(f"{STYLE}style")
        for properties in style.iter(f"{STYLE}drawing-page-properties")
        if properties.get(f"{PRESENTATION}visibility") == "hidden"
    }


def _add_page(builder: Builder, page: Any, number: int, looks: Looks) -> None:
    for frame in page.iter(f"{DRAW}frame"):
        if frame.get(_CLASS) == "title":
            text = " ".join(spaced(one, looks) for one in frame.iter(f"{TEXT}p", f"{TEXT}h"))
            builder.heading(text, 1, page=number)
    for element in _shown(page):
        _add(builder, element, number, looks)
    for notes in page.iter(_NOTES):
        for frame in notes.iter(f"{DRAW}frame"):
            if frame.get(_CLASS) in (None, "notes"):
                for element in _shown(frame):
                    _add(builder, element, number, looks)


def _add_master(builder: Builder, master: Any, looks: Looks) -> None:
    """Its own texts. Its placeholders, which have a class, only say where a page's text goes."""
    for shape in master:
        if shape.get(_CLASS) is None and shape.tag != _NOTES:
            for element in _shown(shape):
                _add(builder, element, None, looks)


def _shown(holder: Any) -> Iterator[Any]:
    """Paragraphs, lists and tables below, but those of titles and notes. A stack: files nest deeper
    than Python does."""
    stack = [*reversed(holder)]
    while stack:
        element = stack.pop()
        if element.tag in (f"{TEXT}p", f"{TEXT}h", f"{TEXT}list", f"{TABLE}table"):
            yield element
        elif element.tag not in (*_UNREAD, _NOTES) and element.get(_CLASS) != "title":
            stack.extend(reversed(element))


def _add(builder: Builder, element: Any, page: int | None, looks: Looks) -> None:
    if element.tag == f"{TABLE}table":
        builder.rows(table(element, looks), page=page)
    elif element.tag == f"{TEXT}list":
        for item in element.iter(f"{TEXT}p", f"{TEXT}h"):
            builder.add(ElementKind.LIST_ITEM, spaced(item, looks), page=page)
    else:
        builder.paragraph(spaced(element, looks), page=page)


def _recognised(content: Content) -> bool:
    kinds = (b"opendocument.presentation", b"opendocument.graphics")
    return any(kind in content.mimetype for kind in kinds)


FORMAT = Format(
    name="odp",
    endings=("odp", "otp", "odg"),
    kept="a slide is a page; its title a section; lists, rows with merged cells in every place, "
    "speaker notes, what a master writes, once, exponents as `10^6`, struck text between `~~`; "
    "what is on a hidden slide is marked `[hidden]`",
    lost="pictures, charts, comments",
    convert=convert,
    recognised=_recognised,
    hidden=("odp",),
)
