"""Drawings of Visio 2013 and later ([MS-VSDX])."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.namespaces import RELATION
from kb.documents.formats import Format
from kb.types import ElementKind, ParsedDocument, SourceFile

_MAIN = "visio/document.xml"
_SHAPE = "{*}Shape"
_MOST_DEEP = 50


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Page by page: the text and the data of every shape, from top to bottom."""
    from kb.documents.converters.common.package import Package

    package = Package(data)
    main = next(iter(package.related("", "document")), _MAIN)
    masters = _Masters(package, main)
    builder = Builder(source)
    for part in package.related(main, "pages"):
        for number, page in enumerate(package.root(part).iterfind("{*}Page"), start=1):
            target = _target(package, part, page)
            if not target:
                builder.lose(f"page {number}: its part is missing")
                continue
            builder.heading(page.get("Name") or page.get("NameU") or "", 1, page=number)
            shapes = package.root(target).find("{*}Shapes")
            for shape in sorted([] if shapes is None else shapes.iterfind(_SHAPE), key=_place):
                _add(builder, shape, masters, shape.get("Master", ""), number, 0)
    return builder.document()


def _add(
    builder: Builder, shape: Any, masters: _Masters, master: str, page: int, deep: int
) -> None:
    """A shape and those within it. `master` is what it, or the group around it, is a copy of."""
    master = shape.get("Master") or master
    model = masters.shape(master, shape.get("MasterShape", ""))
    builder.paragraph(_text(shape) or _text(model), page=page)
    fields = dict(_data(model)) | dict(_data(shape))
    row = " | ".join(f"{name}: {value}" for name, value in fields.items() if value)
    builder.add(ElementKind.TABLE_ROW, row, page=page)
    inner = shape.findall("{*}Shapes/{*}Shape")
    if inner and deep == _MOST_DEEP:
        builder.lose(f"page {page}: shapes within more than {_MOST_DEEP} others")
        return
    for one in inner:
        _add(builder, one, masters, master, page, deep + 1)


class _Masters:
    """The shapes that others are copies of: they hold what a copy does not change."""

    def __init__(self, package: Any, main: str) -> None:
        self._shapes: dict[tuple[str, str], Any] = {}
        for part in package.related(main, "masters"):
            for master in package.root(part).iterfind("{*}Master"):
                if target := _target(package, part, master):
                    number = master.get("ID", "")
                    for shape in package.root(target).iter(_SHAPE):
                        self._shapes[number, shape.get("ID", "")] = shape
                        self._shapes.setdefault((number, ""), shape)

    def shape(self, master: str, number: str) -> Any:
        return self._shapes.get((master, number)) if master else None


def _target(package: Any, part: str, element: Any) -> str:
    relation = element.find("{*}Rel")
    found: str = package.target(part, None if relation is None else relation.get(f"{RELATION}id"))
    return found


def _text(shape: Any) -> str:
    text = None if shape is None else shape.find("{*}Text")
    return "" if text is None else "".join(text.itertext()).strip()


def _data(shape: Any) -> Iterator[tuple[str, str]]:
    """The fields that a shape has in Visio's "Shape Data", as label and value."""
    for row in () if shape is None else shape.iterfind("{*}Section[@N='Property']/{*}Row"):
        cells = {cell.get("N"): cell.get("V") or "" for cell in row.iterfind("{*}Cell")}
        if cells.get("Invisible") != "1":
            yield cells.get("Label") or row.get("N", ""), cells.get("Value", "")


def _place(shape: Any) -> tuple[float, float]:
    """Top to bottom, left to right; Visio counts from the bottom."""
    cells = {cell.get("N"): cell.get("V") for cell in shape.iterfind("{*}Cell")}
    return -_number(cells.get("PinY")), _number(cells.get("PinX"))


def _number(value: str | None) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return 0.0


FORMAT = Format(
    name="vsdx",
    endings=("vsdx", "vsdm", "vstx"),
    kept="pages as sections with their numbers, the text and the data of every shape",
    lost="what connectors connect, pictures, comments",
    convert=convert,
    recognised=lambda content: _MAIN in content.names,
)
