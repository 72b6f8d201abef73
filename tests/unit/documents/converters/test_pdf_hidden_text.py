"""Of a page of a PDF, what its reader sees, in the order in which it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.documents.converters.pdf.quality import Layer, is_better, is_doubtful, is_unreadable
from kb.documents.converters.pdf.spacing import unspaced
from kb.documents.converters.pdf.vertical import vertical_paragraphs
from tests.unit.documents.converters.pages import Sheet, drawn
from tests.unit.documents.samples import parsed, texts


class Painted(Sheet):
    """A page on which text can be drawn in any state of graphics."""

    def painted(self, operators: str, text: str, matrix: str = "1 0 0 1 72 600") -> Painted:
        self._drawn.append(f"q {operators} BT /F1 12 Tf {matrix} Tm ({text}) Tj ET Q")
        return self

    def box(self, operators: str) -> Painted:
        self._drawn.append(f"q {operators} 60 590 300 40 re f Q")
        return self

    def picture(self, shade: int) -> Painted:
        """A picture of one shade of grey, 0 to 255, where `box` is."""
        inline = f"BI /W 1 /H 1 /CS /G /BPC 8 ID {chr(shade)} EI"
        self._drawn.append(f"q 300 0 0 40 60 590 cm {inline} Q")
        return self


def seen(tmp_path: Path, sheet: Sheet) -> list[str]:
    return texts(parsed(tmp_path / "a.pdf", drawn(sheet)))


@pytest.mark.parametrize(
    ("operators", "matrix"),
    [
        ("3 Tr", "1 0 0 1 72 600"),
        ("1 1 1 rg", "1 0 0 1 72 600"),
        ("0.98 g", "1 0 0 1 72 600"),
        ("0 g", "0.05 0 0 0.05 72 600"),
        ("0 g", "1 0 0 1 72 -600"),
    ],
)
def test_text_that_is_not_seen_is_left_out(tmp_path: Path, operators: str, matrix: str) -> None:
    page = Painted()
    page.text(72, 100, "The number is 555-0101.")
    page.painted(operators, "The number is 666-0101.", matrix)
    assert seen(tmp_path, page) == ["The number is 555-0101."]


@pytest.mark.parametrize(
    "operators",
    ["0 0 10 10 re W n", "7 Tr", "0 Tz"],
    ids=["clipped away", "drawn as a clipping path alone", "of no width"],
)
def test_text_that_is_drawn_nowhere_is_left_out(tmp_path: Path, operators: str) -> None:
    page = Painted()
    page.text(72, 100, "The number is 555-0101.")
    page.painted(operators, "The number is 666-0101.")
    assert seen(tmp_path, page) == ["The number is 555-0101."]


@pytest.mark.parametrize("colour", ["0 g", "1 g"])
def test_text_below_a_box_is_left_out_and_that_above_it_stays(tmp_path: Path, colour: str) -> None:
    page = Painted()
    page.text(72, 100, "The number is 555-0101.")
    page.painted("0 g", "The number is 666-0101.").box(f"{colour}")
    page.painted("0.5 g", "Office hours 9 to 17", "1 0 0 1 200 600")
    assert seen(tmp_path, page) == ["The number is 555-0101.", "Office hours 9 to 17"]


def test_a_cell_that_lets_its_text_through_hides_none(tmp_path: Path) -> None:
    page = Painted().painted("60 590 300 40 re W n", "Office hours 9 to 17").box("0.9 0.9 1 rg")
    page._drawn.reverse()  # the box below
    assert seen(tmp_path, page) == ["Office hours 9 to 17"]


def test_invisible_text_on_a_picture_is_what_the_picture_says(tmp_path: Path) -> None:
    """A scan with the text that was recognised in it."""
    page = Painted().picture(200).painted("3 Tr", "The number is 555-0101.")
    assert seen(tmp_path, page) == ["The number is 555-0101."]


def test_white_text_on_a_picture_is_seen(tmp_path: Path) -> None:
    page = Painted().picture(40).painted("1 g", "The number is 555-0101.")
    assert seen(tmp_path, page) == ["The number is 555-0101."]


def test_text_below_a_picture_that_says_nothing_there_is_left_out(tmp_path: Path) -> None:
    page = Painted()
    page.text(72, 100, "The number is 555-0101.")
    page.painted("0 g", "The number is 666-0101.").picture(255)
    assert seen(tmp_path, page) == ["The number is 555-0101."]


def test_a_number_close_to_a_covered_one_stays(tmp_path: Path) -> None:
    page = Painted()
    page.painted("0 g", "777", "1 0 0 1 72 600")
    page.box("1 g")
    page.painted("0 g", "555-0101", "1 0 0 1 92 600")
    page.painted("0 g", "Phone:", "1 0 0 1 30 600")
    assert seen(tmp_path, page) == ["Phone: 555-0101"]


def test_a_layer_that_is_off_is_left_out(tmp_path: Path) -> None:
    page = Painted()
    page.text(72, 100, "The number is 555-0101.")
    for layer, number in (("On", "777-0101"), ("Off", "666-0101")):
        page._drawn.append(f"/OC /{layer} BDC")
        page.painted("0 g", f"The number is {number}.", f"1 0 0 1 72 {500 + 20 * len(layer)}")
        page._drawn.append("EMC")
    data = drawn(page, layers={"On": True, "Off": False})
    assert texts(parsed(tmp_path / "a.pdf", data)) == [
        "The number is 555-0101.",
        "The number is 777-0101.",
    ]


def test_white_text_on_a_dark_box_is_seen(tmp_path: Path) -> None:
    page = Painted().box("0 0 0.4 rg").painted("1 1 1 rg", "Office hours 9 to 17")
    assert seen(tmp_path, page) == ["Office hours 9 to 17"]


def test_a_watermark_is_no_part_of_the_lines_it_crosses_and_comes_once(tmp_path: Path) -> None:
    page = Painted()
    page.text(72, 100, "A night costs at most 350 yuan.")
    for x in (80, 200):
        page.painted("0.8 g", "SECRET", f"0.7 0.7 -0.7 0.7 {x} 690")
    assert seen(tmp_path, page) == ["A night costs at most 350 yuan.", "SECRET"]


def test_columns_from_top_to_bottom_are_read_from_right_to_left() -> None:
    columns = ((300, "董事会"), (280, "同意聘任柏松为"), (260, "总工程师"))
    characters = [
        (character, (x, 700 - 12 * number, x + 12, 712 - 12 * number))
        for x, column in reversed(columns)
        for number, character in enumerate(column)
    ]
    assert vertical_paragraphs(characters) == ["董事会", "同意聘任柏松为总工程师"]


def test_lines_from_left_to_right_are_no_columns() -> None:
    line = [(c, (72 + 12 * n, 700, 84 + 12 * n, 712)) for n, c in enumerate("总工程师任期三年")]
    assert vertical_paragraphs(line) == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("检 验 员", "检验员"),
        ("检 验 员 ：尚云", "检验员：尚云"),
        ("R E P O R T", "REPORT"),
        ("A B test", "A B test"),
        ("第一章 总则", "第一章 总则"),
    ],
)
def test_letters_that_are_set_wide_are_words(text: str, read: str) -> None:
    assert unspaced(text) == read


# --- when OCR is asked, and believed --------------------------------------------------

_ENGLISH = "The pump is checked by the foreman in the first week of each month and on demand. "


def test_a_text_in_words_is_readable_and_one_with_shifted_letters_is_not() -> None:
    shifted = "".join(chr(ord(c) + 1) if c.isalpha() else c for c in _ENGLISH)
    assert not is_unreadable(_ENGLISH)
    assert is_unreadable(shifted)
    assert not is_unreadable("HX-55 8110")  # too short to tell
    assert not is_unreadable(" ".join(f"MT{n} A{n} {n}" for n in range(40)))  # a list of parts


def test_ocr_is_asked_where_a_picture_covers_a_page_with_little_text() -> None:
    assert is_doubtful(Layer("Downloaded by 00231 for internal use", 0.9, 0))
    assert is_doubtful(Layer("page 1", 0.0, 60))
    assert not is_doubtful(Layer("保修期为两年。" * 40, 0.9, 0))
    assert not is_doubtful(Layer(_ENGLISH, 0.0, 0))


def test_ocr_is_believed_where_it_reads_more_or_reads_words() -> None:
    stamp = Layer("Downloaded by 00231 for internal use only", 1.0, 0)
    assert is_better("检修负责人为曹磊，备件库存由仓储科核实", stamp)
    assert not is_better("Downloaded by 00231 for internal use only", stamp)
    noise = Layer("Xvqz wrtp " * 30, 1.0, 0)
    assert is_better("锅炉年度检修计划由动力车间负责实施", noise)
    assert not is_better(_ENGLISH, Layer(_ENGLISH, 1.0, 0))
