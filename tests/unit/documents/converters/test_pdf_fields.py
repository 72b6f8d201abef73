"""PDF: what is filled into a form stands beside what is printed there."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.converters.pages import Sheet, drawn
from tests.unit.documents.samples import parsed, texts

BESIDE = Sheet().text(40, 686, "Name:").text(40, 720, "Signed on 3 May")
"""The field of `drawn` is 100 to 200 points from the left and 672 to 692 from the top."""


def test_a_value_stands_in_the_line_of_its_label(tmp_path: Path) -> None:
    data = drawn(BESIDE, fields="Text1=Zhang Fei")
    assert texts(parsed(tmp_path / "a.pdf", data)) == ["Name: Zhang Fei", "Signed on 3 May"]


def test_a_value_below_its_label_comes_behind_it(tmp_path: Path) -> None:
    sheet = Sheet().text(100, 668, "Full name of the applicant").text(40, 720, "Signed on 3 May")
    data = drawn(sheet, fields="Text1=Zhang Fei")
    assert "the applicant Zhang Fei Signed" in " ".join(texts(parsed(tmp_path / "a.pdf", data)))


def test_a_value_in_a_ruled_table_is_in_its_cell(tmp_path: Path) -> None:
    rows = [["Item", "Number"], ["Phone", ""], ["Room", "214"], ["Beds", "12"]]
    sheet = Sheet().table([20, 95, 250], 652, rows)
    data = drawn(sheet, fields="Text1=8812")
    found = texts(parsed(tmp_path / "a.pdf", data))
    assert found[0] == "Item: Phone | Number: 8812"


def test_boxes_are_shown_ticked_or_empty(tmp_path: Path) -> None:
    data = drawn(BESIDE, fields="c1=Yes").replace(b"/FT /Tx", b"/FT /Btn")
    look = b"/AP << /N << /Yes 1 0 R >> >>"
    ticked = data.replace(b"/V (Yes)", b"/V /Yes /AS /Yes " + look)
    empty = data.replace(b"/V (Yes)", b"/V /Off /AS /Off " + look)
    assert texts(parsed(tmp_path / "a.pdf", ticked))[0] == "Name: ☑"
    assert texts(parsed(tmp_path / "b.pdf", empty))[0] == "Name: ☐"


def test_a_field_that_is_hidden_is_left_out(tmp_path: Path) -> None:
    data = drawn(BESIDE, fields="Text1=secret").replace(b"/FT /Tx", b"/F 2 /FT /Tx")
    assert "secret" not in parsed(tmp_path / "a.pdf", data).text
