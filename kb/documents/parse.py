"""A file to a document. The only importer of unstructured.

unstructured parses HTML, DOCX, PPTX, ODT, RTF, EPUB, MSG, Org, reStructuredText, and DOC and PPT
with LibreOffice. The other formats are read by the modules beside this one, each of which says
what unstructured would lose. unstructured guesses titles from the look of a text and takes any
Chinese paragraph for one; only titles that the format marks up count here.

It also telephones home and downloads a language model when it is first used. `_unstructured`
turns both off, in this one place.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib
import io
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from typing import Any

from kb.documents.build import Builder, no_text
from kb.documents.decode import decode
from kb.documents.failures import unreadable
from kb.documents.formats import Format, damaged, detect, protected
from kb.errors import KbError, LimitExceeded, MissingProgram, UnreadableFile
from kb.types import ElementKind, ParsedDocument, SourceFile

MOST_BYTES = 1 << 30
MOST_TEXT_BYTES = 100 << 20
_TEXTUAL = frozenset(
    {
        Format.TEXT,
        Format.CODE,
        Format.MARKDOWN,
        Format.CSV,
        Format.JSON,
        Format.JSON_LINES,
        Format.HTML,
        Format.XML,
        Format.ORG,
        Format.RST,
    }
)


def parse(source: SourceFile) -> ParsedDocument:
    """Read one file: once, so that hash and text are of the same bytes.

    The document's source carries the `sha256`, and size and time of the bytes that were read.

    Raises:
        DocumentError: one of its kinds, when the file cannot be taken in.
    """
    source, data = _read(source)
    if not data.strip(b"\0 \t\r\n"):
        raise no_text(source)
    try:
        kind = detect(source.path, data)
        if kind in _TEXTUAL and len(data) > MOST_TEXT_BYTES:
            raise _too_large(source, MOST_TEXT_BYTES)
        return _PARSERS[kind](source, data)
    except KbError:
        raise
    except MemoryError as error:
        raise LimitExceeded(
            f"'{source.path}' needs too much memory",
            why="parsing it went over the limit of [ingest] megabytes_per_file",
            hint="split the file, or raise ingest.megabytes_per_file",
        ) from error
    except Exception as error:  # parsers of hostile input raise anything at all
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise protected(source.path) from error
        raise damaged(source.path, error) from error


def _read(source: SourceFile) -> tuple[SourceFile, bytes]:
    """Open without blocking on what has become a FIFO since the scan."""
    try:
        handle = os.open(source.location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFile(
                    f"'{source.path}' is no longer a regular file",
                    why="it was replaced after the scan",
                    hint="run the ingest again",
                )
            if status.st_size > MOST_BYTES:
                raise _too_large(source, MOST_BYTES)
            data = file.read(status.st_size + 1)  # a size, lest the buffer be made for more
    except OSError as error:
        raise unreadable(source.path, error) from error
    read = dataclasses.replace(
        source,
        size=len(data),
        mtime_ns=status.st_mtime_ns,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return read, data


def _too_large(source: SourceFile, most: int) -> LimitExceeded:
    return LimitExceeded(
        f"'{source.path}' is too large",
        why=f"more than {most >> 20} MiB",
        hint="split the file, or exclude it, e.g. in .kbignore",
    )


# --- what is read without unstructured ------------------------------------------------


def _text(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.plain import parse_text

    return parse_text(source, decode(data)[0])


def _code(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.plain import parse_code

    return parse_code(source, decode(data)[0])


def _markdown(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.markdown import parse_markdown

    return parse_markdown(source, decode(data)[0])


def _csv(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.plain import parse_csv

    return parse_csv(source, decode(data)[0])


def _json(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.plain import parse_json

    return parse_json(source, decode(data)[0])


def _json_lines(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.plain import parse_json_lines

    return parse_json_lines(source, decode(data)[0])


def _xml(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.markup import parse_xml

    return parse_xml(source, data)


def _mail(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.mail import parse_mail

    return parse_mail(source, data, _add_page)


def _xlsx(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.sheets import parse_xlsx

    return parse_xlsx(source, data)


def _xls(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.sheets import parse_xls

    return parse_xls(source, data)


def _pdf(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.pdf import parse_pdf

    return parse_pdf(source, data)


def _image(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.ocr import parse_image

    return parse_image(source, data)


# --- unstructured ---------------------------------------------------------------------


@functools.cache
def _unstructured(name: str) -> Callable[..., list[Any]]:
    """`partition_<name>`, with telemetry, advertisement and downloads off."""
    os.environ.update(
        DO_NOT_TRACK="true", SCARF_NO_ANALYTICS="true", UNSTRUCTURED_DISABLE_NOTICE="1"
    )
    tokenize: Any = importlib.import_module("unstructured.nlp.tokenize")
    # An AttributeError here means that upstream moved the download: it must not go unseen.
    assert callable(tokenize._load_spacy_model)
    tokenize._load_spacy_model = _sentence_finder
    module = importlib.import_module(f"unstructured.partition.{name}")
    partition: Callable[..., list[Any]] = getattr(module, f"partition_{name}")
    return partition


def _sentence_finder() -> Any:
    """What stands in for the English model: sentence ends, no parts of speech."""
    spacy = importlib.import_module("spacy")
    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer", config={"punct_chars": list("。！？；.!?;")})
    return pipeline


def _partition(name: str, data: bytes, **options: Any) -> list[Any]:
    # An empty language switches the detection off, which costs more than the parsing.
    return _unstructured(name)(file=io.BytesIO(data), languages=[""], **options)


def _html(source: SourceFile, data: bytes) -> ParsedDocument:
    builder = Builder(source)
    _add_page(builder, data)
    return builder.document(builder.first_heading() or builder.title)


def _add_page(builder: Builder, data: bytes) -> None:
    from kb.documents.markup import clean_html, decode_markup

    page, builder.title = clean_html(decode_markup(data))
    _add(builder, _unstructured("html")(text=page, languages=[""]))


def _with(name: str, *, paged: bool = False, **options: Any) -> _Parser:
    def parse_it(source: SourceFile, data: bytes) -> ParsedDocument:
        builder = Builder(source)
        _add(builder, _partition(name, data, **options), paged=paged)
        return builder.document(builder.first_heading())

    return parse_it


def _msg(source: SourceFile, data: bytes) -> ParsedDocument:
    builder = Builder(source)
    elements = _partition("msg", data)
    meta = elements[0].metadata if elements else None
    fields = {
        "From": ", ".join(getattr(meta, "sent_from", None) or ()),
        "To": ", ".join(getattr(meta, "sent_to", None) or ()),
        "Subject": getattr(meta, "subject", None) or "",
        "Date": getattr(meta, "last_modified", None) or "",
    }
    builder.paragraph("\n".join(f"{name}: {value}" for name, value in fields.items() if value))
    for name, value in fields.items():
        builder.label(name, value)
    _add(builder, elements)
    return builder.document(fields["Subject"])


def _with_libreoffice(name: str) -> _Parser:
    inner = _with(name, paged=name == "ppt")

    def parse_it(source: SourceFile, data: bytes) -> ParsedDocument:
        if not (shutil.which("soffice") or shutil.which("libreoffice")):
            raise MissingProgram(
                f"'{source.path}' needs LibreOffice",
                why=f"soffice, which converts .{name} files, is not on PATH",
                hint=f"install LibreOffice, or save the file as .{name}x",
            )
        return inner(source, data)

    return parse_it


def _pptx(source: SourceFile, data: bytes) -> ParsedDocument:
    """Slide by slide: title, body, notes. unstructured gives the notes first, and guesses titles
    in the body; those of a title's placeholder are the ones with depth 0."""
    builder = Builder(source)
    elements = _partition("pptx", data, include_slide_notes=True)
    for _, page in itertools.groupby(elements, lambda element: element.metadata.page_number):
        slide = list(page)
        for element in slide:
            if type(element).__name__ == "Title" and element.metadata.category_depth:
                element.metadata.category_depth = None
        _add(builder, sorted(slide, key=_place_on_slide), paged=True)
    return builder.document(builder.first_heading())


def _place_on_slide(element: Any) -> int:
    name = type(element).__name__
    if name == "Title" and element.metadata.category_depth == 0:
        return 0
    return 2 if name == "NarrativeText" and element.metadata.category_depth is None else 1


_KINDS = {
    "ListItem": ElementKind.LIST_ITEM,
    "CodeSnippet": ElementKind.CODE,
}


def _add(builder: Builder, elements: Iterable[Any], *, paged: bool = False) -> None:
    """unstructured's elements to ours. Headers and footers come once for each section."""
    running: set[str] = set()
    for element in elements:
        name = type(element).__name__
        meta = element.metadata
        text = str(element.text or "")
        page = getattr(meta, "page_number", None) if paged else None
        depth = getattr(meta, "category_depth", None)
        if name in ("Header", "Footer"):
            if text not in running:
                builder.paragraph(text, page=page)
            running.add(text)
        elif name == "Title" and depth is not None:
            builder.heading(text, depth + 1, page=page)
        elif name == "Table" and getattr(meta, "text_as_html", None):
            from kb.documents.markup import table_cells

            builder.rows(table_cells(meta.text_as_html), page=page)
        elif name != "PageBreak":
            builder.add(_KINDS.get(name, ElementKind.PARAGRAPH), text, page=page)


_Parser = Callable[[SourceFile, bytes], ParsedDocument]

_PARSERS: dict[Format, _Parser] = {
    Format.TEXT: _text,
    Format.CODE: _code,
    Format.MARKDOWN: _markdown,
    Format.CSV: _csv,
    Format.JSON: _json,
    Format.JSON_LINES: _json_lines,
    Format.HTML: _html,
    Format.XML: _xml,
    Format.MAIL: _mail,
    Format.ORG: _with("org"),
    Format.RST: _with("rst"),
    Format.RTF: _with("rtf"),
    Format.PDF: _pdf,
    Format.IMAGE: _image,
    Format.DOCX: _with("docx", paged=True),
    Format.PPTX: _pptx,
    Format.XLSX: _xlsx,
    Format.ODT: _with("odt"),
    Format.EPUB: _with("epub"),
    Format.MSG: _msg,
    Format.DOC: _with_libreoffice("doc"),
    Format.PPT: _with_libreoffice("ppt"),
    Format.XLS: _xls,
}
