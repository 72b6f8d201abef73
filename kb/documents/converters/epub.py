"""EPUB: pandoc makes HTML of it, after what its styles hide is taken out of its pages. Notes are
ordinary text to it, and so are pages beside the reading order, which it would leave out."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_BESIDE = re.compile(rb"""(<(?:\w+:)?itemref\b[^>]*?)\slinear\s*=\s*["']no["']""")
_ITEM = re.compile(rb"<(?:\w+:)?item\b[^>]*?(?:/>|>\s*</(?:\w+:)?item\s*>)")
_ATTRIBUTE = re.compile(rb"""\b(href|id)\s*=\s*["']([^"']*)""")
_PAGES = (".xhtml", ".html", ".htm")
_MOST_LOST = 50
_LARGEST = 20 << 20
"""Bytes of a page, and of all style sheets together; larger ones pandoc reads as they are."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    book, missing = _prepared(data)
    document = html.convert(source, to_html(source, book, "epub"))
    losses = [f"'{name}', which the book lists and does not hold" for name in missing[:_MOST_LOST]]
    return replace(document, losses=(*document.losses, *losses))


def _prepared(data: bytes) -> tuple[bytes, list[str]]:
    """The book without what its styles hide, with its notes and the pages beside its order; and
    what it lists and does not hold. Each page is judged by all style sheets there are."""
    from kb.documents.converters.common.markup import with_notes, without_unseen

    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        return data, []  # pandoc says what is wrong with it
    with package:
        entries = {one.filename: one for one in package.infolist()}
        sheets = [one for one in entries.values() if one.filename.lower().endswith(".css")]
        if sum(one.file_size for one in sheets) > _LARGEST:
            sheets = []
        styles = "\n".join(package.read(one).decode("utf-8", "replace") for one in sheets)
        changed: dict[str, bytes] = {}
        missing: list[str] = []
        for name, one in entries.items():
            if name.lower().endswith(_PAGES) and one.file_size <= _LARGEST:
                page = package.read(one)
                seen = without_unseen(page, styles)
                whole = with_notes(seen or page) or seen
                if whole is not None:
                    changed[name] = whole
            elif name.lower().endswith(".opf") and one.file_size <= _LARGEST:
                order = package.read(one)
                whole, gone = _without_missing(_BESIDE.sub(rb"\1", order), name, entries)
                missing += gone
                if whole != order:
                    changed[name] = whole
        if not changed:
            return data, []
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
            for name, one in entries.items():
                copy.writestr(name, changed.get(name) or package.read(one))
        return written.getvalue(), missing


def _without_missing(
    order: bytes, name: str, entries: Mapping[str, object]
) -> tuple[bytes, list[str]]:
    """A package document without the pages that are not there, for which pandoc gives up the whole
    book; and their names. `name` is its own, to which theirs are relative."""
    missing: list[str] = []
    for item in _ITEM.findall(order):
        given = {key.lower(): value for key, value in _ATTRIBUTE.findall(item)}
        href, own = (given.get(key, b"").decode("utf-8", "replace") for key in (b"href", b"id"))
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(unescape(href))))
        if not href or path in entries or "://" in href:
            continue
        if path.lower().endswith(_PAGES):
            missing.append(path)
        order = order.replace(item, b"")
        start = rb"<(?:\w+:)?itemref\b[^>]*?\sidref\s*=\s*[\"']%s[\"']" % re.escape(own.encode())
        order = re.sub(start + rb"[^>]*?(?:/>|>\s*</(?:\w+:)?itemref\s*>)", b"", order)
    return order, missing


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
