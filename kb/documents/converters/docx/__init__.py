"""Word documents (DOCX, DOCM, DOTX), read from their XML as Word shows them.

unstructured, which reads them through python-docx, passes over tracked insertions, content
controls, fields, ruby, automatic numbers, charts, and merged cells (docs/decisions/0010).

    reading     the parts, in their order            body      paragraphs, tables, what is drawn
    runs        the text of a paragraph              styles    headings, and what is not seen
    numbering   the numbers that Word writes         names     of elements
"""

from __future__ import annotations

from kb.documents.detect import detect
from kb.documents.failures import unsupported
from kb.documents.formats import Format, extension
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.converters.docx.reading import parse_docx

    return parse_docx(source, data, _embedded)


def _embedded(source: SourceFile, data: bytes) -> ParsedDocument:
    """A document of whatever format that stands inside of another one."""
    kind = detect(source.path, data)
    if kind.convert is None:
        raise unsupported(source.path, extension(source.path))
    return kind.convert(source, data)


FORMAT = Format(
    name="docx",
    endings=("docx", "docm", "dotx"),
    kept="title, sections (by outline level, whatever the style is called), lists, the numbers "
    "that Word writes (第三条), rows with merged cells in every place they span, headers and "
    "footers once, text boxes, charts as rows, diagrams, content controls, ticked boxes, fields' "
    "results, documents inside (altChunk), footnotes, endnotes, comments, word art, equations (EQ "
    "fields too) as characters, "
    "exponents as `10^6`, struck text between `~~`, page numbers where Word has noted its page "
    "breaks",
    lost="pictures, tracked deletions, the readings of ruby, text that is hidden, of its "
    "background's colour or below 2 pt",
    convert=convert,
    recognised=lambda content: content.office == "docx",
    hidden=("docx",),
)
