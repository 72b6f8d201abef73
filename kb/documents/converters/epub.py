"""EPUB: pandoc makes HTML of it, after what its styles hide is taken out of its pages. Notes are
ordinary text to it, and so are pages beside the reading order, which it would leave out."""

from __future__ import annotations

import io
import re
import zipfile

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_BESIDE = re.compile(rb"""(<(?:\w+:)?itemref\b[^>]*?)\slinear\s*=\s*["']no["']""")
_LARGEST = 20 << 20
"""Bytes of a page, and of all style sheets together; larger ones pandoc reads as they are."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return html.convert(source, to_html(source, _prepared(data), "epub"))


def _prepared(data: bytes) -> bytes:
    """The book without what its styles hide, with its notes and the pages beside its order. Each
    page is judged by all style sheets there are."""
    from kb.documents.converters.common.markup import with_notes, without_unseen

    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        return data  # pandoc says what is wrong with it
    with package:
        entries = {one.filename: one for one in package.infolist()}
        sheets = [one for one in entries.values() if one.filename.lower().endswith(".css")]
        if sum(one.file_size for one in sheets) > _LARGEST:
            sheets = []
        styles = "\n".join(package.read(one).decode("utf-8", "replace") for one in sheets)
        changed: dict[str, bytes] = {}
        for name, one in entries.items():
            if name.lower().endswith((".xhtml", ".html", ".htm")) and one.file_size <= _LARGEST:
                page = package.read(one)
                seen = without_unseen(page, styles)
                whole = with_notes(seen or page) or seen
                if whole is not None:
                    changed[name] = whole
            elif name.lower().endswith(".opf") and one.file_size <= _LARGEST:
                order = package.read(one)
                if _BESIDE.search(order):
                    changed[name] = _BESIDE.sub(rb"\1", order)
        if not changed:
            return data
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
            for name, one in entries.items():
                copy.writestr(name, changed.get(name) or package.read(one))
        return written.getvalue()


def _recognised(content: Content) -> bool:
    return b"epub" in content.mimetype or "META-INF/container.xml" in content.names


FORMAT = Format(
    name="epub",
    endings=("epub",),
    kept="title, author, sections, lists, rows",
    lost="page numbers, pictures, what its styles hide",
    convert=convert,
    recognised=_recognised,
    hidden=("epub",),
    program=PANDOC,
    preload="kb.documents.converters.common.unstructured",
)
