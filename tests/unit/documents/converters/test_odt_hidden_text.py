"""Of a text of LibreOffice, what its reader sees, and all of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.unit.documents.samples import parsed, rewritten, texts

_OF = "urn:oasis:names:tc:opendocument:xmlns:"
_NAMES = (
    f'xmlns:office="{_OF}office:1.0" xmlns:text="{_OF}text:1.0" xmlns:style="{_OF}style:1.0" '
    f'xmlns:fo="{_OF}xsl-fo-compatible:1.0" xmlns:draw="{_OF}drawing:1.0" '
    f'xmlns:table="{_OF}table:1.0"'
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


@pytest.mark.process
def test_what_fields_show_is_read(tmp_path: Path) -> None:
    body = (
        "<text:p>到期 <text:date>2025-06-30</text:date>，押金 <text:variable-set>600"
        "</text:variable-set> 元，<text:ruby><text:ruby-base>颜</text:ruby-base><text:ruby-text>yan"
        "</text:ruby-text></text:ruby>小姐<text:hidden-text>密</text:hidden-text></text:p>"
        "<text:numbered-paragraph><text:p>第一项</text:p></text:numbered-paragraph>"
    )
    found = texts(parsed(odt(tmp_path / "a.odt", body)))
    assert found == ["总机555", "到期 2025-06-30，押金 600 元，颜小姐", "第一项"]


@pytest.mark.process
def test_a_table_in_a_cell_is_a_part_of_its_text(tmp_path: Path) -> None:
    def rows(*lines: tuple[str, str]) -> str:
        whole = "".join(
            "<table:table-row>"
            + "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in line)
            + "</table:table-row>"
            for line in lines
        )
        return f"<table:table>{whole}</table:table>"

    def p(text: str) -> str:
        return f"<text:p>{text}</text:p>"

    inner = rows((p("Tool"), p("Count")), (p("Saw"), p("17")))
    body = rows((p("Team"), p("Kit")), (p("Yard"), inner))
    found = texts(parsed(odt(tmp_path / "a.odt", body)))
    assert found == ["总机555", "Team: Yard | Kit: Tool: Saw, Count: 17"]


@pytest.mark.process
def test_headers_and_footers_come_once(tmp_path: Path) -> None:
    running = (
        "<style:header><text:p>内部资料</text:p></style:header><style:footer><text:p>Rev. 9"
        "</text:p></style:footer><style:footer-left><text:p>Rev. 9</text:p></style:footer-left>"
    )
    master = f"<office:master-styles><style:master-page>{running}</style:master-page>"

    def change(name: str, part: str) -> str:
        styles = f"<office:styles/>{master}</office:master-styles>"
        return part.replace("<office:styles/>", styles) if name == "styles.xml" else part

    data = rewritten(odt(tmp_path / "a.odt", "").read_bytes(), change)
    assert texts(parsed(tmp_path / "b.odt", data)) == ["内部资料", "总机555", "Rev. 9"]
