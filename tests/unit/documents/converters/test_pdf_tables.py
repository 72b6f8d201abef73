"""PDF: tables to rows with the names of their columns, with rules and without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kb.types import ElementKind
from tests.unit.documents.converters.pages import Sheet, drawn
from tests.unit.documents.samples import PHONES, parsed, texts

XS = (72, 200, 330, 460)
PRICES = (
    ("Part", "Weight", "Price"),
    ("Pump", "35 kg", "1,200.00"),
    ("Valve", "4 kg", "85.50"),
    ("Seal", "0.2 kg", "9.90"),
)
PRICE_ROWS = [
    "Part: Pump | Weight: 35 kg | Price: 1,200.00",
    "Part: Valve | Weight: 4 kg | Price: 85.50",
    "Part: Seal | Weight: 0.2 kg | Price: 9.90",
]


def rows(path: Path, *sheets: Sheet) -> list[str]:
    return texts(parsed(path, drawn(*sheets)), ElementKind.TABLE_ROW)


def test_a_ruled_table_has_its_header_in_every_row(tmp_path: Path) -> None:
    sheet = Sheet().text(72, 60, "Phone list").table((72, 200, 330), 80, PHONES)
    assert rows(tmp_path / "a.pdf", sheet) == [
        "姓名: 张飞 | 电话: u987438274",
        "姓名: 曹操 | 电话: 123456",
        "姓名: 关羽 | 电话: 5352345",
    ]


def test_values_in_columns_are_a_table_without_rules(tmp_path: Path) -> None:
    assert rows(tmp_path / "a.pdf", Sheet().table(XS, 80, PRICES, ruled=False)) == PRICE_ROWS


def test_names_with_digits_above_numbers_keep_empty_cells_in_their_places(tmp_path: Path) -> None:
    table = (
        ("Shop", "Q1", "Q2", "Q3"),
        ("North", "120", "135", "90"),
        ("South", "", "210", "75"),
        ("West", "40", "", "66"),
    )
    sheet = Sheet().table((72, 180, 280, 380, 480), 80, table, ruled=False)
    assert rows(tmp_path / "a.pdf", sheet) == [
        "Shop: North | Q1: 120 | Q2: 135 | Q3: 90",
        "Shop: South | Q2: 210 | Q3: 75",
        "Shop: West | Q1: 40 | Q3: 66",
    ]


def test_a_cell_over_two_columns_names_both(tmp_path: Path) -> None:
    sheet = Sheet().text(76, 94, "Part").text(204, 94, "Price")
    sheet.text(204, 114, "2023").text(334, 114, "2024")
    sheet.text(76, 134, "Pump").text(204, 134, "1,100").text(334, 134, "1,200")
    sheet.text(76, 154, "Seal").text(204, 154, "9").text(334, 154, "10")
    for y in (80, 120, 140, 160):
        sheet.rule(72, y, 460, y)
    sheet.rule(200, 100, 460, 100)
    for x, top in ((72, 80), (200, 80), (330, 100), (460, 80)):
        sheet.rule(x, top, x, 160)
    assert rows(tmp_path / "a.pdf", sheet) == [
        "Part: Pump | Price 2023: 1,100 | Price 2024: 1,200",
        "Part: Seal | Price 2023: 9 | Price 2024: 10",
    ]


def test_a_cell_over_two_rows_is_in_both(tmp_path: Path) -> None:
    sheet = Sheet().table(
        XS, 80, [PRICES[0], ("", "35 kg", "1,200.00"), ("", "4 kg", "85.50")], ruled=False
    )
    sheet.text(76, 122, "Pump").rule(72, 80, 460, 80).rule(72, 100, 460, 100)
    sheet.rule(200, 120, 460, 120).rule(72, 140, 460, 140)
    for x in XS:
        sheet.rule(x, 80, x, 140)
    assert rows(tmp_path / "a.pdf", sheet) == [
        "Part: Pump | Weight: 35 kg | Price: 1,200.00",
        "Part: Pump | Weight: 4 kg | Price: 85.50",
    ]


def test_a_table_that_goes_on_over_the_page_keeps_its_header(tmp_path: Path) -> None:
    first, second = Sheet().table(XS, 600, PRICES[:2]), Sheet().table(XS, 60, PRICES[2:])
    assert rows(tmp_path / "a.pdf", first, second) == PRICE_ROWS


def test_a_header_that_is_repeated_on_the_next_page_is_no_row(tmp_path: Path) -> None:
    first = Sheet().table(XS, 600, PRICES[:3])
    second = Sheet().table(XS, 60, (PRICES[0], PRICES[3]))
    assert rows(tmp_path / "a.pdf", first, second) == PRICE_ROWS


def test_signs_of_currency_go_to_their_numbers(tmp_path: Path) -> None:
    sheet = Sheet().text(300, 94, "2023").text(400, 94, "2024")
    for number, (name, before, after) in enumerate(
        (("Revenue", "3,208", "2,364"), ("Costs", "1,649", "1,447"), ("Profit", "1,559", "917"))
    ):
        y = 114 + 20 * number
        sheet.text(72, y, name).text(280, y, "$").text(300, y, before)
        sheet.text(380, y, "$").text(400, y, after)
    assert rows(tmp_path / "a.pdf", sheet) == [
        "Revenue | 2023: $3,208 | 2024: $2,364",
        "Costs | 2023: $1,649 | 2024: $1,447",
        "Profit | 2023: $1,559 | 2024: $917",
    ]


def test_a_form_of_names_and_values_has_no_header(tmp_path: Path) -> None:
    pairs = (("Name:", "Zhang Fei", "Age:", "35"), ("City:", "Yanzhou", "Phone:", "5352345"))
    assert rows(tmp_path / "a.pdf", Sheet().table((*XS, 560), 80, pairs)) == [
        "Name: Zhang Fei | Age: 35",
        "City: Yanzhou | Phone: 5352345",
    ]


def test_a_box_around_text_is_no_table(tmp_path: Path) -> None:
    sheet = Sheet().lines(80, 100, ["Read this first.", "Then call extension 4021."])
    sheet.grid((72, 400), (80, 120))
    assert rows(tmp_path / "a.pdf", sheet) == []


def test_columns_of_running_text_are_no_table(tmp_path: Path) -> None:
    sheet = Sheet()
    for number in range(5):
        sheet.text(72, 100 + 12 * number, "a line of prose in the left column")
        sheet.text(320, 100 + 12 * number, "a line of prose in the right column")
    assert rows(tmp_path / "a.pdf", sheet) == []


CHINESE = (
    ("姓名", "张伟", "性别", "男"),
    ("电话", "139 1234", "工号", "D0021"),
    ("住址", "长安街", "邮编", "100081"),
)
ENGLISH = (
    ("Name", "Jane Doe", "Date of birth", "1 May"),
    ("Ward", "Radiology", "Phone", "8812"),
    ("Street", "High St", "City", "Leeds"),
)
COLUMNS = (("Name", "Phone", "Ward", "Bed"), ("Jane", "8812", "East", "12"))


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (CHINESE, "姓名: 张伟 | 性别: 男|电话: 139 1234 | 工号: D0021|住址: 长安街 | 邮编: 100081"),
        (
            ENGLISH,
            "Name: Jane Doe | Date of birth: 1 May|Ward: Radiology | Phone: 8812|"
            "Street: High St | City: Leeds",
        ),
        (
            (*COLUMNS, ("Tom", "8813", "West", "7")),
            "Name: Jane | Phone: 8812 | Ward: East | Bed: 12|"
            "Name: Tom | Phone: 8813 | Ward: West | Bed: 7",
        ),
        (COLUMNS, "Name | Phone | Ward | Bed|Jane | 8812 | East | 12"),
    ],
    ids=["form", "form in English", "names of columns", "either"],
)
def test_a_ruled_form_without_colons_is_read_as_pairs(
    tmp_path: Path, rows: Sequence[Sequence[str]], read: str
) -> None:
    sheet = Sheet().table([72, 160, 260, 350, 450], 100, rows)
    found = texts(parsed(tmp_path / "a.pdf", drawn(sheet)), ElementKind.TABLE_ROW)
    assert "|".join(found) == read
