"""Every format, read from files that its own programs made.

The expected strings were taken from the files without kb: from the XML inside them, from the
bytes, or by looking at them. The files lie outside the repository, see docs/formats.md.
"""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import pytest

from kb.documents.archives.opening import Opened
from kb.documents.parse import parse
from kb.errors import EmptyDocument
from kb.types import ElementKind, ParsedDocument
from tests.unit.documents.samples import source, texts

HEADING, LIST_ITEM, ROW = ElementKind.HEADING, ElementKind.LIST_ITEM, ElementKind.TABLE_ROW
PARAGRAPH, CODE = ElementKind.PARAGRAPH, ElementKind.CODE
OFFICE = {"doc", "ppt"}

KEPT: dict[str, list[tuple[ElementKind | None, str]]] = {
    "txt/unstructured__book-war-and-peace-1p.txt": [(None, "Prince")],
    "md/unstructured__README.md": [
        (HEADING, "Example Docs"),
        (LIST_ITEM, "example-10k.html - A 10-K SEC filing in HTML format"),
    ],
    "rst/unstructured__README.rst": [
        (HEADING, "Example Docs"),
        (LIST_ITEM, "layout-parser-paper.pdf - A PDF copy of the layout parser paper"),
    ],
    "org/unstructured__README.org": [
        (HEADING, "Example Docs"),
        (LIST_ITEM, "layout-parser-paper.pdf - A PDF copy of the layout parser paper"),
    ],
    "html/docling__wiki_duck.html": [(HEADING, "Duck"), (LIST_ITEM, "Kingdom")],
    "xml/unstructured__factbook.xml": [(ROW, "name: Canada | capital: Ottawa")],
    "json/R2R__json.json": [(ROW, "name: Product Performance Dashboard")],
    "csv/docling__csv-semicolon.csv": [(ROW, "First Name: Sheryl")],
    "csv/unstructured__stanley-cups-utf-16.csv": [(ROW, "Stanley Cups")],
    "tsv/unstructured__stanley-cups.tsv": [(ROW, "Maple Leafs")],
    "xlsx/haystack__basic_tables_two_sheets.xlsx": [
        (HEADING, "Basic Table"),
        (HEADING, "Table Missing Value"),
        (ROW, "col_a: 1"),
    ],
    "xls/poi__chinese-provinces.xls": [
        (HEADING, "provinces"),
        (ROW, "Provinces in China: Beijing | Chinese Name: 北京市"),
    ],
    "ods/docling__odf_table_with_title_01.ods": [(ROW, "Year: 2020 | Freshwater Ducks: 135")],
    "docx/docling__word_sample.docx": [
        (HEADING, "Let’s swim!"),
        (LIST_ITEM, "You can relax and look around"),
        (ROW, "Leaves | Food: Ash, Elm, Maple"),
    ],
    "docx/docling__docx_page_header_footer_first_page.docx": [
        (PARAGRAPH, "FIRST PAGE HEADER (page 1 only)")
    ],
    "docx/docling__Strict.docx": [(PARAGRAPH, "Some text")],
    "docx/docling__drawingml.docx": [(PARAGRAPH, "Torque v/s Speed characteristics")],
    "doc/R2R__doc.doc": [(HEADING, "Lorem ipsum")],
    "doc/poi__TestChineseProperties.doc": [(ROW, "世界雅虎")],
    "odt/docling__text_document_01.odt": [
        (HEADING, "Heading level 2: A"),
        (LIST_ITEM, "numbered list 1"),
    ],
    "rtf/unstructured__fake-doc.rtf": [(HEADING, "My First Heading")],
    "pptx/docling__powerpoint_sample.pptx": [
        (HEADING, "Second slide title"),
        (PARAGRAPH, "Some notes on the second slide."),
        (LIST_ITEM, "With foo"),
        (ROW, "Class1 C: True"),
    ],
    "pptx/docling__pptx_chart.pptx": [
        (PARAGRAPH, "Wild Duck Observations by Year"),
        (ROW, "2021 | Freshwater Ducks: 150 | Saltwater Ducks: 110"),
    ],
    "ppt/docling__legacy_sample.ppt": [(HEADING, "Test Table Slide"), (LIST_ITEM, "With foo")],
    "epub/docling__epub_purvis_poetry.epub": [
        (HEADING, "The Grave of the Slave"),
        (PARAGRAPH, "The cold storms of winter shall chill him no more,"),
    ],
    "eml/unstructured__fake-email-attachment.eml": [
        (PARAGRAPH, "Subject: Fake email with attachment"),
        (PARAGRAPH, "Attachments: fake-attachment.txt"),
    ],
    "msg/unstructured__fake-email-attachment.msg": [
        (PARAGRAPH, "Subject: Fake email with attachment"),
        (PARAGRAPH, "Attachments: fake-attachment.txt"),
    ],
    "jpg/Langchain-Chatchat__ocr_test.jpg": [(PARAGRAPH, "横向文本框")],
    "tiff/tika__testTIFF_multipage.tif": [(PARAGRAPH, "Page 2")],
}

INSIDE: dict[str, dict[str, str]] = {
    "mbox/tika__complex.mbox": {
        "0001.eml": "question about when shuffle/sort start working",
        "0003.eml": "",
    },
    "eml/tika__testRFC822_multipart_attachments.eml": {"Test TxtA.txt": "", "Test TxtB.txt": ""},
    "eml/unstructured__fake-email-attachment.eml": {"fake-attachment.txt": "Hey this is a fake"},
    "msg/unstructured__fake-email-attachment.msg": {"fake-attachment.txt": "Hey this is a fake"},
}


@pytest.fixture(scope="module")
def real(shared: Path) -> Path:
    return shared / "eval" / "docs-real"


def read(real: Path, name: str) -> ParsedDocument:
    if name.partition("/")[0] in OFFICE and not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    return parse(source(real / name))


read_once = cache(read)  # a page that is read by OCR takes a second


@pytest.mark.process
@pytest.mark.parametrize("name", KEPT)
def test_what_is_in_the_file_is_in_the_document(real: Path, name: str) -> None:
    document = read_once(real, name)
    for kind, text in KEPT[name]:
        assert any(text in one for one in texts(document, kind)), (kind, text)


@pytest.mark.parametrize("name", INSIDE)
def test_what_a_file_holds_can_be_read(real: Path, name: str) -> None:
    opened = read(real, name)
    assert isinstance(opened, Opened)
    members = {member.member[-1]: member for member in opened.members}
    for inner, text in INSIDE[name].items():
        assert text in parse(members[inner]).text


def test_a_zip_of_chinese_windows_shows_its_names(real: Path) -> None:
    opened = read(real, "zip/tika__gbk.zip")
    assert isinstance(opened, Opened)
    (member,) = opened.members
    assert member.member == (
        "审计压缩包文件检索测试/集团邮件审计系统2021年自动巡检需求文档_V4.0.doc",
    )
    with pytest.raises(EmptyDocument):  # it has 0 bytes in the archive
        parse(member)


def test_slides_and_pages_keep_their_numbers(real: Path) -> None:
    slides = read_once(real, "pptx/docling__powerpoint_sample.pptx")
    pages = dict(zip(texts(slides), (element.page for element in slides.elements), strict=True))
    assert (pages["Test Table Slide"], pages["With foo"]) == (1, 2)
    fax = read_once(real, "tiff/tika__testTIFF_multipage.tif")
    assert {element.page for element in fax.elements} == {1, 2}


def test_every_probe_is_found(real: Path) -> None:
    """probes.jsonl: strings that must be found, and ones that must not."""
    for line in (real / "probes.jsonl").read_text("utf-8").splitlines():
        probe = json.loads(line)
        text = " ".join(read(real, probe["file"]).text.split())
        for wanted in probe["must_include"]:
            assert " ".join(wanted.split()) in text, (probe["file"], wanted)
        for unwanted in probe["must_not_include"]:
            assert unwanted not in text, (probe["file"], unwanted)
