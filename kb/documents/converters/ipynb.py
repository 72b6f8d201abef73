"""Jupyter notebooks (nbformat 3 and 4): their text, their code and what it printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.json import lines
from kb.documents.converters.markdown import add_markdown
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.types import ElementKind, ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Cells in their order. A file of that ending that is no notebook is read as JSON."""
    text, _ = decode(data)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return lines(source, text)
    builder = Builder(source)
    for cell in _cells(notebook):
        content = _text(cell.get("source", cell.get("input")))
        if cell.get("cell_type") in ("markdown", "heading"):
            add_markdown(builder, content)
        else:
            kind = cell.get("cell_type") == "code"
            builder.add(ElementKind.CODE if kind else ElementKind.PARAGRAPH, content)
        for printed in _outputs(cell.get("outputs")):
            builder.add(ElementKind.CODE, printed)
    return builder.document(builder.first_heading())


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(notebook, dict):
        return
    sheets = notebook.get("worksheets")
    for sheet in sheets if isinstance(sheets, list) else [notebook]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        yield from (cell for cell in cells or () if isinstance(cell, dict))


def _outputs(outputs: Any) -> Iterator[str]:
    """What was printed, as text: pictures are left out, and pages, which repeat the text."""
    for one in outputs if isinstance(outputs, list) else ():
        if isinstance(one, dict):
            data = one.get("data")
            shown = data if isinstance(data, dict) else one
            yield _text(shown.get("text/plain", shown.get("text")))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


FORMAT = Format(
    name="ipynb",
    endings=("ipynb",),
    kept="sections, lists, code, what the code printed",
    lost="pictures, pages among the output",
    convert=convert,
    by_ending=True,
    text=True,
)
