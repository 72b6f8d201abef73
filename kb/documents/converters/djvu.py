"""Scans as DjVu: the text layer, by djvutxt; where there is none, the pages as images by ddjvu,
both of DjVuLibre."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path

from kb.documents.builder import Builder
from kb.documents.converters import image
from kb.documents.converters.common.programs import needed, on_path, output, run
from kb.documents.formats import Format, Program
from kb.types import ParsedDocument, SourceFile

DJVULIBRE = Program(
    name="DjVuLibre",
    find=functools.partial(on_path, "djvutxt"),
    fix="install it: sudo apt-get install djvulibre-bin (Debian, Ubuntu), or save such files as "
    "PDF",
    comes_with_kb=False,
)
_FEWEST = 20
_LARGEST = "3000x3000"  # pixels of a page, kept in proportion


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Page by page: the text layer, or what text recognition reads where no page has one."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        program = Path(needed(DJVULIBRE, source.path))
        given, text = Path(folder, "in.djvu"), Path(folder, "out.txt")
        given.write_bytes(data)
        run(source.path, [str(program), str(given), str(text)], folder)
        builder = Builder(source)
        layer = text.read_text("utf-8", "replace") if text.exists() else ""
        if sum(map(str.isalnum, layer)) >= _FEWEST:
            for number, page in enumerate(layer.split("\f"), start=1):
                for paragraph in page.replace("\x1f", "\n\n").split("\n\n"):
                    builder.paragraph(paragraph, page=number)
            return builder.document()
        images = Path(folder, "out.tif")
        command = [str(program.with_name("ddjvu")), "-format=tiff", f"-size={_LARGEST}"]
        run(source.path, [*command, str(given), str(images)], folder)
        pages = image.convert(source, output(source.path, images))
    # An image of one page has no number; this is a document of pages.
    return replace(
        pages, elements=tuple(replace(one, page=one.page or 1) for one in pages.elements)
    )


FORMAT = Format(
    name="djvu",
    endings=("djvu", "djv"),
    kept="page numbers, the text layer; pages by OCR where no page has one",
    lost="pictures, bookmarks",
    convert=convert,
    recognised=lambda content: content.starts(b"AT&TFORM"),
    program=DJVULIBRE,
)
