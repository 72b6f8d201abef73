"""A file to a document. The only importer of unstructured.

unstructured parses HTML, and through HTML what pandoc reads: ODT, RTF, EPUB, Org and
reStructuredText. The other formats are read by the modules beside this one, each of which says
what unstructured would lose. unstructured guesses titles from the look of a text and takes any
Chinese paragraph for one; only titles that the format marks up count here.

It also telephones home and downloads a language model when it is first used. `_unstructured`
turns both off, in this one place.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterable
from typing import Any

from kb.documents.archives import opening
from kb.documents.builder import Builder, no_text
from kb.documents.converters import eml, msg
from kb.documents.formats import ARCHIVES, Format, damaged, detect, protected
from kb.documents.reading import read, too_large
from kb.documents.text.encoding import decode
from kb.errors import KbError, LimitExceeded
from kb.types import ElementKind, ParsedDocument, SourceFile

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
    """Read one file, or one member of an archive: once, so that hash and text are of the same
    bytes.

    The document's source carries the `sha256`, and size and time of the bytes that were read.
    Of an archive, and of a mail with attachments, it is an `opening.Opened`, which lists what
    is inside; an archive has no text and no elements.

    Raises:
        DocumentError: one of its kinds, when the file cannot be taken in.
    """
    try:
        source, data = read(source)
        if not data.strip(b"\0 \t\r\n"):
            raise no_text(source)
        kind = detect(source.path, data)
        if kind in _TEXTUAL and len(data) > MOST_TEXT_BYTES:
            raise too_large(source, MOST_TEXT_BYTES)
        if kind in ARCHIVES:
            return opening.opened(source, kind, data)
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


# --- what is read without unstructured ------------------------------------------------

_Parser = Callable[[SourceFile, bytes], ParsedDocument]


def _by(module: str, *, decoded: bool = False) -> _Parser:
    """`module:function` of this room, imported when it is first needed: a worker that meets text
    alone never loads the rest. `decoded`: it takes the text, not the bytes."""

    def parse_it(source: SourceFile, data: bytes) -> ParsedDocument:
        name, _, function = module.partition(":")
        parser: Callable[..., ParsedDocument] = getattr(
            importlib.import_module(f"kb.documents.converters.{name}"), function
        )
        return parser(source, decode(data)[0] if decoded else data)

    return parse_it


def _mail(source: SourceFile, data: bytes) -> ParsedDocument:
    attachments = eml.Attachments(data)
    return opening.with_members(eml.parse_mail(source, attachments, _add_page), attachments)


def _msg(source: SourceFile, data: bytes) -> ParsedDocument:
    attachments = msg.Attachments(data)
    return opening.with_members(msg.parse_msg(source, attachments, _add_page), attachments)


# --- what another program converts ----------------------------------------------------


def _through_pandoc(kind: str) -> _Parser:
    def parse_it(source: SourceFile, data: bytes) -> ParsedDocument:
        from kb.documents.converters.programs import to_html

        return _html(source, to_html(source, data, kind))

    return parse_it


def _rtf(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.converters.rtf import in_unicode

    return _through_pandoc("rtf")(source, in_unicode(data))


def _through_libreoffice(kind: str) -> _Parser:
    def parse_it(source: SourceFile, data: bytes) -> ParsedDocument:
        from kb.documents.converters.programs import to_office

        return _PARSERS[Format(f"{kind}x")](source, to_office(source, data, kind))

    return parse_it


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


def _html(source: SourceFile, data: bytes) -> ParsedDocument:
    builder = Builder(source)
    _add_page(builder, data)
    return builder.document(builder.first_heading() or builder.title)


def _add_page(builder: Builder, data: bytes) -> None:
    from kb.documents.converters.markup import clean_html, decode_markup

    page, builder.title = clean_html(decode_markup(data))
    _add(builder, _unstructured("html")(text=page, languages=[""]))


def _docx(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.converters.docx import parse_docx

    return parse_docx(source, data, _embedded)


def _embedded(source: SourceFile, data: bytes) -> ParsedDocument:
    """A document of whatever format that stands inside of another one."""
    return _PARSERS[detect(source.path, data)](source, data)


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
            from kb.documents.converters.markup import table_cells

            builder.rows(table_cells(meta.text_as_html), page=page)
        elif name != "PageBreak":
            builder.add(_KINDS.get(name, ElementKind.PARAGRAPH), text, page=page)


_PARSERS: dict[Format, _Parser] = {
    Format.TEXT: _by("text:parse_text", decoded=True),
    Format.CODE: _by("text:parse_code", decoded=True),
    Format.MARKDOWN: _by("markdown:parse_markdown", decoded=True),
    Format.CSV: _by("text:parse_csv", decoded=True),
    Format.JSON: _by("text:parse_json", decoded=True),
    Format.JSON_LINES: _by("text:parse_json_lines", decoded=True),
    Format.HTML: _html,
    Format.XML: _by("markup:parse_xml"),
    Format.MAIL: _mail,
    Format.ORG: _through_pandoc("org"),
    Format.RST: _through_pandoc("rst"),
    Format.RTF: _rtf,
    Format.PDF: _by("pdf:parse_pdf"),
    Format.IMAGE: _by("ocr:parse_image"),
    Format.DOCX: _docx,
    Format.PPTX: _by("pptx:parse_pptx"),
    Format.XLSX: _by("sheets:parse_xlsx"),
    Format.ODS: _by("ods:parse_ods"),
    Format.ODT: _through_pandoc("odt"),
    Format.EPUB: _through_pandoc("epub"),
    Format.MSG: _msg,
    Format.DOC: _through_libreoffice("doc"),
    Format.PPT: _through_libreoffice("ppt"),
    Format.XLS: _by("sheets:parse_xls"),
}
