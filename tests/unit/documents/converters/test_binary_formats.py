"""Books for Kindle, and Excel's workbooks in binary."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.documents.converters.mobi import _palmdoc
from kb.errors import DamagedDocument, ProtectedDocument, UnsupportedFormat
from kb.types import ElementKind
from tests.unit.documents.samples import archive, parsed, texts

# --- MOBI -------------------------------------------------------------------------------


def book(
    text: bytes, *, compression: int = 1, encryption: int = 0, trailing: int = 0, ends: bytes = b""
) -> bytes:
    """A book for Kindle whose text lies in records of 4,096 bytes, each with `ends` behind it."""
    pieces = [text[start : start + 4096] for start in range(0, len(text), 4096)]
    title, author = "泵的手册".encode(), "张飞".encode()
    exth = struct.pack(">4sII", b"EXTH", 20 + len(author), 1)
    exth += struct.pack(">II", 100, 8 + len(author)) + author
    head = struct.pack(">HxxIHHHxx", compression, len(text), len(pieces), 4096, encryption)
    mobi = bytearray(232)
    struct.pack_into(">4sIII", mobi, 0, b"MOBI", 232, 2, 65001)
    struct.pack_into(">II", mobi, 68, 16 + 232 + len(exth), len(title))
    struct.pack_into(">I", mobi, 112, 0x40)
    struct.pack_into(">H", mobi, 226, trailing)
    records = [head + bytes(mobi) + exth + title, *(piece + ends for piece in pieces)]
    out = b"book".ljust(60, b"\0") + b"BOOKMOBI" + bytes(8) + struct.pack(">H", len(records))
    at = len(out) + 8 * len(records) + 2
    for number, record in enumerate(records):
        out += struct.pack(">II", at, number)
        at += len(record)
    return out + bytes(2) + b"".join(records)


HTML = "<html><head><guide></guide></head><body><h1>第一章</h1><p>泵重 35 公斤。</p></body></html>"


def test_a_book_has_title_author_and_sections(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.mobi", book(HTML.encode()))
    assert document.title == "泵的手册"
    assert document.labels == (("author", "张飞"),)
    assert texts(document, ElementKind.HEADING) == ["第一章"]
    assert texts(document)[-1] == "泵重 35 公斤。"


def test_a_character_over_two_records_is_one(tmp_path: Path) -> None:
    """The record before repeats how much of it lies in the next one, and sizes of its indexes."""
    page = b"<p>" + b"a" * 4092 + "泵重 35 公斤".encode() + b"</p>"
    document = parsed(tmp_path / "a.azw3", book(page, trailing=3, ends=b"\0" + b"xyz\x84"))
    assert "泵重 35 公斤" in document.text
    assert "xyz" not in document.text


def test_a_book_of_many_pages_is_read_whole(tmp_path: Path) -> None:
    page = (
        '<?xml version="1.0"?><html><head><title>t{0}</title></head><body><p>p{0}</p></body></html>'
    )
    document = parsed(tmp_path / "a.azw3", book("".join(map(page.format, range(3))).encode()))
    assert texts(document) == ["p0", "p1", "p2"]


def test_compressed_text_is_unpacked() -> None:
    assert _palmdoc(b"\x03\x80\x81\x82abc\xf0\x80\x28d") == b"\x80\x81\x82abc pabcd"


@given(st.binary(max_size=200))
def test_whatever_is_unpacked_ends(data: bytes) -> None:
    assert len(_palmdoc(data)) <= 8 * len(data)


def test_what_cannot_be_read_of_books_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.azw", book(HTML.encode(), encryption=2))
    with pytest.raises(UnsupportedFormat, match="no parser") as caught:
        parsed(tmp_path / "b.mobi", book(HTML.encode(), compression=17480))
    assert "EPUB" in caught.value.hint
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "c.mobi", book(HTML.encode())[:100])


# --- XLSB -------------------------------------------------------------------------------


def record(kind: int, data: bytes = b"") -> bytes:
    """A record of [MS-XLSB] 2.1.4: number and size in seven bits a byte."""
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = bytearray(), len(data)
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return number + bytes([*size, length]) + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def rows_of_records(rows: list[list[str | float | bool]]) -> bytes:
    sheet = record(129) + record(148, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1))
    sheet += record(145)
    for number, row in enumerate(rows):
        sheet += record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        for column, value in enumerate(row):
            cell = struct.pack("<II", column, 0)
            if isinstance(value, bool):
                sheet += record(4, cell + bytes([value]))
            elif isinstance(value, str):
                sheet += record(6, cell + wide(value))
            else:
                sheet += record(5, cell + struct.pack("<d", value))
    return sheet + record(146) + record(130)


def binary_workbook(sheet: bytes, styles: bytes = b"") -> bytes:
    named = struct.pack("<II", 0, 1) + wide("rId1") + wide("电话")
    book = record(131) + record(143) + record(156, named) + record(144) + record(132)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def relations(**targets: str) -> str:
        found = "".join(
            f'<Relationship Id="rId{place}" Type="{office}/{kind}" Target="{target}"/>'
            for place, (kind, target) in enumerate(targets.items(), start=1)
        )
        return (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{found}</Relationships>"
        )

    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(officeDocument="xl/workbook.bin"),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": relations(
            worksheet="worksheets/sheet1.bin", styles="styles.bin"
        ),
        "xl/worksheets/sheet1.bin": sheet,
        "xl/styles.bin": styles,
    }
    return archive(**parts)


def test_a_binary_workbook_has_its_rows(tmp_path: Path) -> None:
    sheet = rows_of_records(
        [["姓名", "电话", "值班"], ["张飞", 13912345678.0, True], ["关羽", 0.5, False]]
    )
    data = binary_workbook(sheet)
    document = parsed(tmp_path / "a.xlsb", data)
    assert texts(document) == [
        "电话",
        "姓名: 张飞 | 电话: 13912345678 | 值班: TRUE",
        "姓名: 关羽 | 电话: 0.5 | 值班: FALSE",
    ]


def row(number: int) -> bytes:
    return record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))


def cell(kind: int, column: int, value: bytes) -> bytes:
    return record(kind, struct.pack("<II", column, 0) + value)


def test_a_binary_workbook_tells_errors_and_the_results_of_formulas(tmp_path: Path) -> None:
    sheet = row(0) + b"".join(cell(6, n, wide(name)) for n, name in enumerate("甲乙丙丁"))
    formulas = cell(9, 0, struct.pack("<d", 7.5)) + cell(8, 1, wide("ja"))
    sheet += row(1) + formulas + cell(10, 2, b"\1") + cell(11, 3, b"\x07")
    sheet += row(2) + cell(3, 0, b"\x2a") + cell(4, 1, b"\0") + record(146)
    assert texts(parsed(tmp_path / "a.xlsb", binary_workbook(sheet)))[1:] == [
        "甲: 7.5 | 乙: ja | 丙: TRUE | 丁: #DIV/0!",
        "甲: #N/A | 乙: FALSE",
    ]


def test_a_number_in_four_bytes_is_whole_or_half_a_double_or_a_hundredth(tmp_path: Path) -> None:
    [upper] = struct.unpack("<I", struct.pack("<d", 1.5)[4:])
    numbers = [120 << 2 | 2, (-7 & 0x3FFFFFFF) << 2 | 2, 1250 << 2 | 3, upper, upper | 1]
    sheet = row(0) + b"".join(cell(6, n, wide(name)) for n, name in enumerate("甲乙丙丁戊"))
    sheet += row(1) + b"".join(cell(2, n, struct.pack("<I", one)) for n, one in enumerate(numbers))
    found = texts(parsed(tmp_path / "a.xlsb", binary_workbook(sheet + record(146))))
    assert found[1:] == ["甲: 120 | 乙: -7 | 丙: 12.5 | 丁: 1.5 | 戊: 0.015"]


def test_a_cell_without_its_column_stands_in_the_next_one(tmp_path: Path) -> None:
    def short(kind: int, value: bytes) -> bytes:
        return record(kind, struct.pack("<I", 0) + value)

    sheet = row(0) + b"".join(cell(6, n, wide(name)) for n, name in enumerate("甲乙丙"))
    sheet += row(1) + cell(5, 0, struct.pack("<d", 1)) + short(13, struct.pack("<I", 9 << 2 | 2))
    sheet += short(17, wide("x")) + record(146)
    found = texts(parsed(tmp_path / "a.xlsb", binary_workbook(sheet)))
    assert found[1:] == ["甲: 1 | 乙: 9 | 丙: x"]


def test_a_hidden_column_of_a_binary_workbook_is_marked(tmp_path: Path) -> None:
    hidden = record(60, struct.pack("<IIIIH", 1, 1, 2000, 0, 1))
    sheet = hidden + rows_of_records([["甲", "乙"], ["a", "secret"]])
    found = texts(parsed(tmp_path / "a.xlsb", binary_workbook(sheet)))
    assert found[1:] == ["甲: a | [hidden] 乙: secret"]


def test_a_binary_workbook_of_no_sense_is_a_named_failure(tmp_path: Path) -> None:
    data = archive(**{"[Content_Types].xml": b"<Types/>", "xl__workbook.bin": b"\xff" * 50})
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "a.xlsb", data)
