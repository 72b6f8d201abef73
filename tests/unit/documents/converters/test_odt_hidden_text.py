"""Of a text of LibreOffice, what its reader sees."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.unit.documents.samples import parsed, texts

_OF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = (
    f'xmlns:office="{_OF}office:1.0" xmlns:text="{_OF}text:1.0" xmlns:style="{_OF}style:1.0" '
    f'xmlns:fo="{_OF}xsl-fo-compatible:1.0" xmlns:draw="{_OF}drawing:1.0"'
)
_SPAN = '<text:p>前<text:span text:style-name="H">总机666</text:span>后</text:p>'


def odt(path: Path, body: str, look: str = "", more: str = "") -> Path:
    style = (
        f'<style:style style:name="H" style:family="text"><style:text-properties {look}/>'
        f"</style:style>{more}"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr(
            "content.xml",
            f"<office:document-content {_NAMES}><office:automatic-styles>{style}"
            "</office:automatic-styles><office:body><office:text><text:p>总机555</text:p>"
            f"{body}</office:text></office:body></office:document-content>",
        )
        package.writestr(
            "styles.xml",
            f"<office:document-styles {_NAMES}><office:styles/></office:document-styles>",
        )
    return path


@pytest.mark.process
@pytest.mark.parametrize(
    "look",
    ['text:display="none"', 'fo:color="#ffffff"', 'fo:font-size="1pt"', 'fo:font-size="0pt"'],
)
def test_hidden_text_is_left_out_and_its_line_stays(tmp_path: Path, look: str) -> None:
    assert texts(parsed(odt(tmp_path / "a.odt", _SPAN, look))) == ["总机555", "前后"]


@pytest.mark.process
@pytest.mark.parametrize(
    "body",
    [
        '<text:section text:name="s" text:display="none"><text:p>总机666</text:p></text:section>',
        '<text:p>总机666<text:hidden-paragraph text:is-hidden="true"/></text:p>',
    ],
)
def test_a_hidden_paragraph_or_section_is_left_out(tmp_path: Path, body: str) -> None:
    assert texts(parsed(odt(tmp_path / "a.odt", body))) == ["总机555"]


@pytest.mark.process
def test_white_text_may_stand_on_a_colour(tmp_path: Path) -> None:
    dark = (
        '<style:style style:name="D" style:family="table-cell"><style:table-cell-properties '
        'fo:background-color="#003366"/></style:style>'
    )
    found = texts(parsed(odt(tmp_path / "a.odt", _SPAN, 'fo:color="#ffffff"', dark)))
    assert found == ["总机555", "前总机666后"]


@pytest.mark.process
def test_a_style_based_on_a_hidden_one_hides(tmp_path: Path) -> None:
    child = '<style:style style:name="C" style:family="text" style:parent-style-name="H"/>'
    body = _SPAN.replace('"H"', '"C"')
    found = texts(parsed(odt(tmp_path / "a.odt", body, 'text:display="none"', child)))
    assert found == ["总机555", "前后"]


@pytest.mark.process
def test_text_boxes_shapes_and_comments_stand_behind_their_paragraph(tmp_path: Path) -> None:
    inner = "<draw:frame><draw:text-box><text:p>盒内盒</text:p></draw:text-box></draw:frame>"
    body = (
        "<text:p>正文<draw:frame><draw:text-box><text:p>框一</text:p>"
        f"<text:p>框二{inner}</text:p></draw:text-box></draw:frame>继续</text:p>"
        "<text:p>评注<office:annotation><text:p>请核对</text:p></office:annotation>处</text:p>"
        "<draw:custom-shape><text:p>形状</text:p></draw:custom-shape><text:p>末尾</text:p>"
    )
    shown = texts(parsed(tmp_path / "a.odt", odt(tmp_path / "a.odt", body).read_bytes()))
    assert shown[0] == "总机555"
    assert sorted(shown[1:]) == sorted(
        ["正文继续", "框一", "框二", "盒内盒", "评注处", "请核对", "形状", "末尾"]
    )
    assert shown.index("正文继续") < shown.index("框一") < shown.index("框二")


@pytest.mark.process
def test_a_document_without_styles_is_read(tmp_path: Path) -> None:
    whole = odt(tmp_path / "a.odt", "")
    with zipfile.ZipFile(whole) as package, zipfile.ZipFile(tmp_path / "b.odt", "w") as bare:
        for name in ("mimetype", "content.xml"):
            bare.writestr(name, package.read(name))
    data = (tmp_path / "b.odt").read_bytes()
    assert texts(parsed(tmp_path / "b.odt", data)) == ["总机555"]
