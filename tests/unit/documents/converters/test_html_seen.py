"""Of a page, what its reader sees: every way of hiding text hides it from answers too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.documents.samples import parsed, texts

_HIDING = {
    "display": ("", "display:none"),
    "visibility": ("", "visibility:hidden"),
    "class": (".x{display:none}", ""),
    "class below another": (".y .x{display:none}", ""),
    "id in a list": ("#n, #i {visibility:hidden}", ""),
    "colour": ("", "color:#fff"),
    "near colour": (".x{color:#fdfdfd}", ""),
    "colour on a colour": ("", "color:navy;background:#000088"),
    "off screen": ("", "position:absolute;left:-9999px"),
    "indent": ("", "text-indent:-999em"),
    "size": ("", "font-size:0"),
    "tiny": ("", "font-size:1px"),
    "clip": ("", "position:absolute;clip:rect(0 0 0 0)"),
    "clip path": ("", "clip-path:inset(100%)"),
    "opacity": ("", "opacity:0"),
    "no height": ("", "height:0;overflow:hidden"),
}


@pytest.mark.parametrize("way", _HIDING)
def test_hidden_text_is_left_out(tmp_path: Path, way: str) -> None:
    sheet, style = _HIDING[way]
    page = (
        f"<html><head><style>{sheet}</style></head><body class='y'><p>总机555</p>"
        f"<p class='x' id='i' style='{style}'>总机666</p></body></html>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == ["总机555"]


@pytest.mark.parametrize(
    ("sheet", "style"),
    [
        (".x{color:#fff}", "background:#003366"),
        ("@media print{.x{display:none}}", ""),
        (".x:hover{display:none}", ""),
        (".z .x{display:none}", ""),
        ("", "color:white;background-image:url(a.png)"),
        ("", "opacity:.9;font-size:9px"),
    ],
)
def test_what_is_seen_stays(tmp_path: Path, sheet: str, style: str) -> None:
    page = f"<style>{sheet}</style><p class='x' style='{style}'>总机555</p>"
    assert texts(parsed(tmp_path / "a.html", f"<html><body>{page}</body></html>")) == ["总机555"]


def test_white_text_may_stand_on_what_a_style_sheet_elsewhere_says(tmp_path: Path) -> None:
    head = "<head><link rel='stylesheet' href='a.css'></head>"
    page = f"<html>{head}<body><p style='color:#fff'>总机555</p></body></html>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["总机555"]


def test_what_is_hidden_from_screen_readers_alone_is_marked(tmp_path: Path) -> None:
    page = "<html><body><p>总机555</p><p aria-hidden='true'>总机666</p></body></html>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["总机555", "[hidden] 总机666"]


def test_an_exponent_is_no_further_digit(tmp_path: Path) -> None:
    page = "<p>不低于 10<sup>6</sup> 欧姆，H<sub>2</sub>O，1<sup>st</sup></p>"
    found = texts(parsed(tmp_path / "a.html", f"<html><body>{page}</body></html>"))
    assert found == ["不低于 10^6 欧姆，H2O，1st"]


@pytest.mark.parametrize(
    "sheet", ["@" * 200_000, "a" * 200_000, "/*" * 100_000, "@a{" * 100_000, "/**/" * 50_000]
)
def test_a_style_sheet_takes_time_by_its_length(tmp_path: Path, sheet: str) -> None:
    """Each of these took the square of it, minutes: a file's limit of time would have ended it."""
    page = f"<html><head><style>{sheet}</style></head><body><p>总机555</p></body></html>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["总机555"]


def test_the_last_of_two_rules_wins_whatever_each_names(tmp_path: Path) -> None:
    sheet = "p{display:none} .x{display:block} #i{color:#fff} *{color:#000}"
    page = f"<style>{sheet}</style><p class='x' id='i'>总机555</p><p>总机666</p>"
    found = texts(parsed(tmp_path / "a.html", f"<html><body>{page}</body></html>"))
    assert found == ["总机555"]
