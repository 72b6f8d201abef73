"""Jupyter notebooks (nbformat 3 and 4): their text, their code and what it printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters import html
from kb.documents.converters.json import lines
from kb.documents.converters.markdown import add_markdown
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.types import ElementKind, ParsedDocument, SourceFile

_TABLE = re.compile(r"<table\b", re.I)
_NAMED = re.compile(r"<[\w.]+(?: [^<>]*)?>")
"""<IPython.core.display.HTML object>: what Python calls an object, and nothing of what it shows."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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
        for output in _outputs(cell.get("outputs")):
            _add_output(builder, output)
    return builder.document(builder.first_heading())


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(notebook, dict):
        return
    sheets = notebook.get("worksheets")
    for sheet in sheets if isinstance(sheets, list) else [notebook]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        yield from (cell for cell in cells or () if isinstance(cell, dict))


def _outputs(outputs: Any) -> Iterator[dict[str, Any]]:
    yield from (
        one for one in (outputs if isinstance(outputs, list) else ()) if isinstance(one, dict)
    )


def _add_output(builder: Builder, output: dict[str, Any]) -> None:
    """What was printed, or the error that ended the cell; a page where it has a table, or where
    there is nothing else but the name of what it shows. Pictures are left out."""
    data = output.get("data")
    shown = data if isinstance(data, dict) else output
    plain = _text(shown.get("text/plain", shown.get("text", shown.get("text/latex"))))
    page, marked = _text(shown.get("text/html")), _text(shown.get("text/markdown"))
    if page and (_TABLE.search(page) or not plain.strip() or _NAMED.fullmatch(plain.strip())):
        html.add_piece(builder, page)
    elif marked and (not plain.strip() or _NAMED.fullmatch(plain.strip())):
        add_markdown(builder, marked)
    elif plain:
        builder.add(ElementKind.CODE, plain)
    elif output.get("output_type") == "error" or "ename" in output:
        said = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}".strip(": ")
        traced = output.get("traceback")
        lines = [one for one in traced if isinstance(one, str)] if isinstance(traced, list) else []
        builder.add(ElementKind.CODE, _COLOUR.sub("", "\n".join(lines)) or said)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


FORMAT = Format(
    name="ipynb",
    endings=("ipynb",),
    kept="sections, lists, code, what the code printed, its errors, and the tables that it showed",
    lost="pictures",
    convert=convert,
    by_ending=True,
    text=True,
)
