"""What pandoc leaves out of an OpenDocument text, put into words that it reads: what fields show
(dates, variables, references), ruby, numbered paragraphs, tables in cells, headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kb.documents.converters.common.opendocument import OFFICE, STYLE, TABLE, TEXT, table
from kb.documents.tables.heads import render_rows

_READ = frozenset(
    f"{TEXT}{name}"
    for name in (
        *("p", "h", "span", "a", "s", "tab", "line-break", "note", "note-citation", "note-body"),
        *("list", "list-item", "list-header", "sequence", "bookmark-ref", "bookmark"),
        *("bookmark-start", "bookmark-end", "reference-mark", "soft-page-break"),
    )
)
"""What pandoc knows within a paragraph."""
_UNSEEN = frozenset(
    f"{TEXT}{name}"
    for name in (
        "ruby-text",
        "script",
        "page-number",
        "page-count",
        "hidden-text",
        "tracked-changes",
    )
)
_RUNNING = ("header", "header-first", "header-left", "footer", "footer-first", "footer-left")


def spell_out(content: Any, styles: Any | None) -> bool:
    """Change a document's tree in place; whether there was anything to change.

    Args:
        content: the root of content.xml.
        styles: that of styles.xml.
    """
    changed = [_unpack(one) for one in list(content.iter(f"{TEXT}numbered-paragraph"))]
    cells = list(content.iter(f"{TABLE}table-cell"))
    changed += [_flatten(one) for cell in reversed(cells) for one in cell.findall(f"{TABLE}table")]
    changed += [_show(one) for one in list(_fields(content))]
    if styles is not None:
        changed += [_add_running(content, styles)]
    return any(changed)


def _fields(content: Any) -> Iterator[Any]:
    for paragraph in content.iter(f"{TEXT}p", f"{TEXT}h"):
        for element in paragraph.iterdescendants("{*}*"):
            if element.tag.startswith(TEXT) and element.tag not in _READ:
                yield element


def _show(field: Any) -> bool:
    """What a field shows is text; what nobody sees of it is none."""
    if field.tag in _UNSEEN:
        for child in list(field):
            field.remove(child)
        field.text = None
        return False
    if not "".join(field.itertext()).strip():
        return False
    field.tag = f"{TEXT}span"
    return True


def _unpack(numbered: Any) -> bool:
    for child in reversed(list(numbered)):
        if child.tag in (f"{TEXT}p", f"{TEXT}h"):
            numbered.addnext(child)
    numbered.getparent().remove(numbered)
    return True


def _flatten(inner: Any) -> bool:
    """A table in a cell is a part of the cell's text, with the names of its columns."""
    rows = "; ".join(row.replace(" | ", ", ") for _, row in render_rows(table(inner)))
    line = inner.makeelement(f"{TEXT}p")
    line.text = rows
    inner.addprevious(line)
    inner.getparent().remove(inner)
    return True


def _add_running(content: Any, styles: Any) -> bool:
    """Headers before the text and footers behind it, each text once."""
    text = content.find(f"{OFFICE}body/{OFFICE}text")
    if text is None:
        return False
    seen: set[str] = set()
    heads, feet = list[Any](), list[Any]()
    for name in _RUNNING:
        for running in styles.iter(f"{STYLE}{name}"):
            for field in list(_fields(running)):
                _show(field)
            for paragraph in running.iter(f"{TEXT}p", f"{TEXT}h"):
                shown = " ".join("".join(paragraph.itertext()).split())
                if running.get(f"{STYLE}display") != "false" and shown and shown not in seen:
                    seen.add(shown)
                    line = text.makeelement(f"{TEXT}p")
                    line.text = shown
                    (heads if name.startswith("header") else feet).append(line)
    for line in reversed(heads):
        text.insert(0, line)
    text.extend(feet)
    return bool(seen)
