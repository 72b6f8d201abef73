"""Documents made on the spot, by the libraries of the programs that make them."""

from __future__ import annotations

import importlib
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdf
from PIL import Image, ImageDraw

from kb.documents.parse import parse
from kb.types import ElementKind, ParsedDocument, SourceFile

PHONES = (("姓名", "电话"), ("张飞", "u987438274"), ("曹操", "123456"), ("关羽", "5352345"))


def source(path: Path) -> SourceFile:
    status = path.lstat()
    return SourceFile("docs", path.name, str(path), status.st_size, status.st_mtime_ns)


def parsed(path: Path, data: bytes | str | None = None) -> ParsedDocument:
    """Write the file if its content is given, and parse it."""
    if data is not None:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return parse(source(path))


def texts(document: ParsedDocument, kind: ElementKind | None = None) -> list[str]:
    return [
        document.text[element.start : element.end]
        for element in document.elements
        if kind in (None, element.kind)
    ]


def word(paragraphs: Sequence[tuple[str, str]], table: Sequence[Sequence[str]] = ()) -> bytes:
    """A DOCX: (style, text) each, then a table."""
    document: Any = docx.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    if table:
        grid = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in zip(grid.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    return saved(document)


def slides(*pages: tuple[str, str, str]) -> bytes:
    """A PPTX: (title, body, notes) each."""
    deck: Any = pptx.Presentation()
    for title, body, notes in pages:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return saved(deck)


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def archive(**members: str | bytes) -> bytes:
    """A ZIP; `__` in a member's name stands for `/`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def picture(*lines: str, size: tuple[int, int] = (900, 400)) -> Any:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((40, 40 + 90 * number), line, fill="black", font_size=52)
    return image


def saved_image(image: Any, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def pdf(*pages: str) -> bytes:
    """A PDF of text pages in Helvetica, a line each; an empty page has no text at all."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for page in pages:
        lines = "".join(f"({line}) Tj T* " for line in page.split("\n") if line)
        stream = f"BT /F1 12 Tf 72 720 Td 16 TL {lines}ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return pdf_file(objects)


def pdf_file(objects: Sequence[str]) -> bytes:
    """A PDF of these objects, of which the first is the catalog."""
    body = "%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    return (
        f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode("latin-1")


def locked_pdf(password: str) -> bytes:
    writer = pypdf.PdfWriter()
    writer.append(pypdf.PdfReader(io.BytesIO(pdf("a secret"))))
    writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def locked_office(data: bytes, password: str) -> bytes:
    buffer = io.BytesIO()
    ooxml: Any = importlib.import_module("msoffcrypto.format.ooxml")
    ooxml.OOXMLFile(io.BytesIO(data)).encrypt(password, buffer)
    return buffer.getvalue()


def rewritten(data: bytes, change: Callable[[str, str], str]) -> bytes:
    """An office file with its XML parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith((".xml", ".rels")):
                part = change(name, part.decode()).encode()
            new.writestr(name, part)
    return buffer.getvalue()
