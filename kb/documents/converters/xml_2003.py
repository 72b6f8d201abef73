"""What Word and Excel 2003 save as XML, often under .doc and .xls."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.sheets import MOST_COLUMNS, Numbered, add_sheet, cut
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_WORD_2003 = b"http://schemas.microsoft.com/office/word/2003/wordml"
_WORD = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{kind}" Target="{target}"/></Relationships>'
)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's sheets as those of XLSX; a text as that of DOCX, whose body has these names."""
    if _WORD_2003 in data[:65_536]:
        from kb.documents.converters import docx

        return docx.convert(source, _as_package(data.replace(_WORD_2003, _WORD)))
    from kb.documents.converters.common.markup import xml_tree

    builder = Builder(source)
    root = xml_tree(data)
    for sheet in root.iter(f"{_SHEET}Worksheet") if root is not None else ():
        name = sheet.get(f"{_SHEET}Name", "")
        add_sheet(builder, name, _rows(builder, sheet, name))
    return builder.document()


def _rows(builder: Builder, sheet: Any, name: str) -> Iterator[Numbered]:
    number = 0
    for row in sheet.iter(f"{_SHEET}Row"):
        number = max(number + 1, _index(row))
        cells: list[str] = []
        for cell in row.iter(f"{_SHEET}Cell"):
            column = max(len(cells) + 1, _index(cell))
            value = cell.find(f"{_SHEET}Data")
            text = "" if value is None else " ".join("".join(value.itertext()).split())
            if column <= MOST_COLUMNS:
                cells += [*[""] * (column - 1 - len(cells)), text.removesuffix("T00:00:00.000")]
            elif text:
                cut(builder, name, number)
        yield number, cells


def _index(element: Any) -> int:
    text = element.get(f"{_SHEET}Index") or "0"
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _as_package(data: bytes) -> bytes:
    """The file as the only part of a DOCX; the body's root has another name there."""
    from kb.documents.converters.common.markup import xml_bytes, xml_root

    root = xml_root(data)
    name = f"{{{_WORD.decode()}}}"
    styles = root.find(f"{name}styles")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        kind = _RELATIONS.format(kind="officeDocument", target="word/document.xml")
        archive.writestr("_rels/.rels", kind)
        archive.writestr("word/document.xml", xml_bytes(root))
        if styles is not None:
            archive.writestr("word/styles.xml", xml_bytes(styles))
            related = _RELATIONS.format(kind="styles", target="styles.xml")
            archive.writestr("word/_rels/document.xml.rels", related)
    return buffer.getvalue()


FORMAT = Format(
    name="xml-2003",
    endings=(),
    kept="as `docx` and `xlsx`, from the one file that Word or Excel 2003 saves as XML",
    lost="pictures, number formats",
    convert=convert,
    recognised=lambda content: (
        content.head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<?xml")
        and (_SHEET.strip("{}").encode() in content.head or _WORD_2003 in content.head)
    ),
)
