"""PDF: paragraphs with their pages, scans, damage."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest

from kb.documents.archives.opening import Opened
from kb.documents.converters.pdf.elements import paragraphs
from kb.documents.parse import parse
from kb.errors import DamagedDocument, EmptyDocument, ProtectedDocument
from tests.unit.documents.samples import locked_pdf, parsed, pdf, picture, texts


def test_paragraphs_know_their_page(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.pdf", pdf("The pump weighs 35 kg.", "Call extension 4021."))
    assert texts(document) == ["The pump weighs 35 kg.", "Call extension 4021."]
    assert [element.page for element in document.elements] == [1, 2]


def test_chinese_lines_join_without_a_space_and_english_ones_with() -> None:
    assert list(paragraphs(["本合同自双方签字盖章之日起生效，有效期", "三年，期满自动续约。"])) == [
        "本合同自双方签字盖章之日起生效，有效期三年，期满自动续约。"
    ]
    assert list(
        paragraphs(["The contract is valid from the day on", "which both have signed."])
    ) == ["The contract is valid from the day on which both have signed."]


def test_rows_of_a_table_and_list_items_stay_apart() -> None:
    rows = [
        "营业收入（元） 4,755,785.11 5,699,227.63 -16.55%",
        "净利润（元） -4,648.52 -15,563.44 70.13%",
    ]
    assert list(paragraphs(rows)) == rows
    items = [
        "1. Switch the pump off at the main switch,",
        "2. Close both valves of the pump and wait",
    ]
    assert list(paragraphs(items)) == items


@pytest.mark.ocr
def test_a_scanned_page_is_read_and_keeps_its_page_number(tmp_path: Path) -> None:
    pages = [picture("Invoice 2024-0917"), picture("Telephone 5352345")]
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:])
    document = parsed(tmp_path / "scan.pdf", buffer.getvalue())
    by_page = {element.page: text for text, element in zip(
        texts(document), document.elements, strict=True)}  # fmt: skip
    assert "Invoice 2024-0917" in by_page[1]
    assert "5352345" in by_page[2]


def test_a_pdf_with_a_password_is_protected(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument, match="needs a password"):
        parsed(tmp_path / "a.pdf", locked_pdf("secret"))


def test_a_pdf_without_a_trailer_is_damaged_or_mended_but_never_a_crash(tmp_path: Path) -> None:
    data = pdf("The pump weighs 35 kg.")
    assert parsed(tmp_path / "a.pdf", data[:-20]).text == "The pump weighs 35 kg."
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "b.pdf", data[:60])


def test_a_pdf_of_blank_pages_is_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument):
        parsed(tmp_path / "a.pdf", pdf("", ""))


def scan_under(layer: bytes) -> bytes:
    """A scanned invoice with the text of another PDF on top."""
    buffer = io.BytesIO()
    picture("Invoice 2024-0917", "Telephone 5352345").save(buffer, "PDF")
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(buffer))
    writer.pages[0].merge_page(pypdf.PdfReader(io.BytesIO(layer)).pages[0])
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()


@pytest.mark.ocr
def test_a_scan_with_a_stamp_as_text_is_read(tmp_path: Path) -> None:
    text = parsed(tmp_path / "a.pdf", scan_under(pdf("CONFIDENTIAL COPY 17"))).text
    assert "Invoice 2024-0917" in text


@pytest.mark.ocr
def test_a_text_layer_without_meaning_is_not_trusted(tmp_path: Path) -> None:
    # As in a subset of a font without a map to Unicode: half of its codes are private use.
    names = b" ".join(b"/uniE%03X" % code for code in range(97, 112))
    layer = pdf("The quick brown fox jumps over the lazy dog, again and again and again").replace(
        b"/Encoding /WinAnsiEncoding",
        b"/Encoding << /Type /Encoding /Differences [97 " + names + b"] >>",
    )
    text = parsed(tmp_path / "a.pdf", scan_under(layer)).text
    assert "Invoice 2024-0917" in text


def test_what_a_pdf_carries_is_a_document_of_its_own(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    writer.append(pypdf.PdfReader(io.BytesIO(pdf("See the attached list."))))
    writer.add_attachment("list.csv", b"name,room\nLin,204\n")
    buffer = io.BytesIO()
    writer.write(buffer)
    document = parsed(tmp_path / "a.pdf", buffer.getvalue())
    assert isinstance(document, Opened)
    assert document.text == "See the attached list."
    (member,) = document.members
    assert member.path == "a.pdf!/list.csv"
    assert parse(member).text == "name: Lin | room: 204"


def test_a_portfolio_without_text_is_the_files_in_it(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("合同.txt", "合同号 PF-9".encode())
    buffer = io.BytesIO()
    writer.write(buffer)
    document = parsed(tmp_path / "a.pdf", buffer.getvalue())
    assert isinstance(document, Opened)
    assert document.text == ""
    (member,) = document.members
    assert (member.path, parse(member).text) == ("a.pdf!/合同.txt", "合同号 PF-9")
