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
    "no greatest height": ("", "max-height:0;overflow-y:hidden"),
    "attribute": ("[data-x]{display:none}", ""),
    "attribute's value": ("p[data-x='a b']{display:none}", ""),
    "part of a class": ("[class^=x]{visibility:hidden}", ""),
    "end of an id": ("[id$=i]{display:none}", ""),
    "child": ("body > .x{display:none}", ""),
    "behind another": ("p + p{display:none}", ""),
    "somewhere behind another": ("p ~ .x{display:none}", ""),
    "second child": ("p:nth-child(2){display:none}", ""),
    "last child": ("p:last-child{display:none}", ""),
    "second of its kind": ("p:nth-of-type(2n){display:none}", ""),
    "not": ("p:not(.seen){display:none}", ""),
    "is": (":is(.a, .x){display:none}", ""),
    "specific against general": ("#i{display:none} p{display:block}", ""),
    "important": (".x{display:none !important} #i{display:block}", "display:block"),
    "important in its own style": ("#i{display:block}", "display:none !important"),
    "screen": ("@media screen{.x{display:none}}", ""),
    "wide screen": ("@media (min-width:600px){.x{display:none}}", ""),
    "layer": ("@layer a{.x{display:none}}", ""),
    "supports": ("@supports (display:grid){.x{display:none}}", ""),
    "variable": (":root{--d:none} .x{display:var(--d)}", ""),
    "variable's default": (".x{display:var(--nobody,none)}", ""),
    "escaped name": (".x, .a\\:b{display:none}", ""),
    "scale": ("", "transform:scale(0)"),
    "scale on one side": ("", "transform:scale(1, 0)"),
    "scale along x": ("", "transform:translate(0) scaleX(0)"),
    "scale property": ("", "scale:0"),
    "matrix": ("", "transform:matrix(0,0,0,0,0,0)"),
    "edge on": ("", "transform:rotateY(90deg)"),
    "moved away": ("", "transform:translateX(-9999px)"),
    "moved far below": ("", "position:absolute;top:99999px"),
    "margin": ("", "margin-left:-9999px"),
    "zoom": ("", "zoom:0"),
    "nearly no opacity": ("", "opacity:.01"),
    "opacity in per cent": ("", "opacity:0%"),
    "filter": ("", "filter:opacity(0)"),
    "blur": ("", "filter:blur(40px)"),
    "transparent": ("", "color:transparent"),
    "no alpha": ("", "color:rgba(0,0,0,0)"),
    "no alpha in hex": ("", "color:#00000000"),
    "short hex without alpha": ("", "color:#0000"),
    "fill colour": ("", "-webkit-text-fill-color:transparent"),
    "hsl": ("", "color:hsl(0, 0%, 100%)"),
    "rgb in per cent": ("", "color:rgb(100%, 100%, 100%)"),
    "rgb with blanks": ("", "color:rgb(255 255 255 / 1)"),
    "a pale name": ("", "color:aliceblue"),
    "a tenth of a pixel": ("", "font-size:0.1px"),
    "one per cent": ("", "font-size:1%"),
    "font": ("", "font:0/0 a"),
    "bold font": ("", "font: bold 1px/1 serif"),
    "calc": ("", "font-size:calc(0px)"),
    "small in small": (
        "body{font-size:.3em} .x{font-size:.3em} p{font-size:16px}",
        "font-size:.1em",
    ),
    "polygon": ("", "clip-path:polygon(0 0, 0 0, 0 0)"),
    "ellipse": ("", "clip-path:ellipse(0 0)"),
    "content visibility": ("", "content-visibility:hidden"),
}


@pytest.mark.parametrize("way", _HIDING)
def test_hidden_text_is_left_out(tmp_path: Path, way: str) -> None:
    sheet, style = _HIDING[way]
    page = (
        f"<html><head><style>{sheet}</style></head><body class='y'><p class='seen'>总机555</p>"
        f"<p class='x' id='i' data-x='a b' style='{style}'>总机666</p></body></html>"
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
        ("", "transform:scale(0.9)"),
        ("", "font:14px/1.5 serif"),
        ("", "font: 700 1em serif; overflow:hidden; line-height:1"),
        ("div > .x{display:none}", ""),
        (".x + p{display:none}", ""),
        ("p:not(.x){display:none}", ""),
        ("p:nth-child(7){display:none}", ""),
        ("@media (max-width:600px){.x{display:none}}", ""),
        ("@media not screen{.x{display:none}}", ""),
        ("@keyframes a{from{opacity:0}}", ""),
        (".x::before{display:none} .x:focus-within{display:none}", ""),
        (".x{display:none} .x{display:block}", ""),
        ("p{display:none} #i{display:block}", ""),
        ("p{display:none}", "display:block"),
        ("", "background-clip:text;color:transparent;background:linear-gradient(red,blue)"),
        ("", "color:inherit;background:transparent"),
    ],
)
def test_what_is_seen_stays(tmp_path: Path, sheet: str, style: str) -> None:
    page = f"<style>{sheet}</style><p class='x' id='i' style='{style}'>总机555</p>"
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


def test_visible_text_in_a_hidden_part_is_seen(tmp_path: Path) -> None:
    page = "<div style='visibility:hidden'>总机666<p style='visibility:visible'>总机555</p></div>"
    assert texts(parsed(tmp_path / "a.html", f"<html><body>{page}</body></html>")) == ["总机555"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>总机666</p>",
        "<template><p>总机666</p></template>",
        "<noscript><p>总机666</p></noscript>",
        "<dialog><p>总机666</p></dialog>",
        "<datalist><option>总机666</option></datalist>",
        "<canvas>总机666</canvas>",
        "<font color=white>总机666</font>",
        "<table bgcolor=black><tr><td><font color='#000'>总机666</font></td></tr></table>",
        "<!-- 总机666 -->",
    ],
)
def test_what_a_browser_shows_to_nobody_is_left_out(tmp_path: Path, hidden: str) -> None:
    page = f"<html><body><p>总机555</p>{hidden}</body></html>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["总机555"]


def test_what_a_reader_can_open_stays(tmp_path: Path) -> None:
    page = "<details><summary>电话</summary><p>总机555</p></details><dialog open>总机777</dialog>"
    found = texts(parsed(tmp_path / "a.html", f"<html><body>{page}</body></html>"))
    assert [text for text in found if "总机" in text] == ["总机555", "总机777"]


def test_the_page_names_a_rule_that_hides_and_is_not_understood(tmp_path: Path) -> None:
    for rule in ("p:has(b)", "p:lang(zh)", "p:read-only", "p:not(:hover)"):
        sheet = f"<style>{rule}{{display:none}} p:has(i){{color:red}}</style>"
        document = parsed(tmp_path / "a.html", f"<html><head>{sheet}</head><p>总机555</p></html>")
        [loss] = document.losses
        assert "cannot be told" in loss
        assert rule in loss


def test_a_rule_in_a_rule_that_hides_is_named(tmp_path: Path) -> None:
    sheet = "<style>body{color:black; & .x{display:none}} </style>"
    page = f"<html><head>{sheet}</head><body><p class='x'>总机555</p></body></html>"
    assert len(parsed(tmp_path / "a.html", page).losses) == 1
    sheet = "<style>body{color:black; & .x{color:red}}</style>"
    page = f"<html><head>{sheet}</head><body><p class='x'>总机555</p></body></html>"
    assert parsed(tmp_path / "a.html", page).losses == ()


def test_a_rule_behind_thousands_of_others_hides(tmp_path: Path) -> None:
    rules = "".join(f".a{number}{{color:red}}" for number in range(30_000))
    sheet = f"<style>{rules}.x{{display:none}}</style>"
    page = f"<html><head>{sheet}</head><body><p>总机555</p><p class='x'>总机666</p></body></html>"
    document = parsed(tmp_path / "a.html", page)
    assert texts(document) == ["总机555"]
    assert document.losses == ()


def test_a_page_with_more_rules_than_are_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.documents.converters.common.stylesheet.MOST_RULES", 3)
    sheet = "<style>.a{color:red}.b{color:red}.c{color:red}.x{display:none}</style>"
    page = f"<html><head>{sheet}</head><body><p class='x'>总机666</p></body></html>"
    [loss] = parsed(tmp_path / "a.html", page).losses
    assert "style rules after the first 3" in loss


def test_a_page_whose_rules_are_too_many_for_its_elements_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.documents.converters.common.stylesheet.MOST_TRIED", 20)
    sheet = "<style>p{color:red} .x{color:red} *{color:red}</style>"
    page = f"<html><head>{sheet}</head><body>{'<p class=x>总机555</p>' * 50}</body></html>"
    [loss] = parsed(tmp_path / "a.html", page).losses
    assert "too many for so many elements" in loss
