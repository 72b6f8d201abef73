"""Formats that are text with a form of its own: subtitles, contacts, appointments, notebooks,
saved pages, XML of Office 2003, diagrams, properties, logs in two encodings."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest

from kb.types import ElementKind
from tests.unit.documents.samples import parsed, texts


def test_a_sentence_over_several_cues_is_one(tmp_path: Path) -> None:
    cues = (
        "1\n00:00:01,000 --> 00:00:02,000\n把阀门\n\n2\n00:00:02,000 --> 00:00:03,000\n关到底。\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nThen wait\n\n4\n00:00:04,000 --> 00:00:05,000\n"
        "<i>two minutes.</i>\n"
    )
    document = parsed(tmp_path / "a.srt", cues)
    assert texts(document) == ["把阀门关到底。", "Then wait two minutes."]
    assert [one.line for one in document.elements] == [3, 11]


def test_of_substation_subtitles_what_is_said_is_read_and_nothing_that_is_drawn(
    tmp_path: Path,
) -> None:
    events = (
        "[Script Info]\nTitle: x\n\n[V4+ Styles]\nFormat: Name, Fontsize\nStyle: Default,20\n\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, Text\n"
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,nobody reads this\n"
        "Dialogue: 0,0:00:01.00,0:00:03.00,Default,张飞,{\\b1}阀门{\\b0}，\\N在三楼。\n"
        "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,{\\p1}m 0 0 l 9 9{\\p0}\n"
        "Dialogue: 0,0:00:03.00,0:00:05.00,Default,张飞,Close it, then call 1398.\n"
    )
    document = parsed(tmp_path / "a.ass", events)
    assert texts(document) == ["张飞: 阀门， 在三楼。", "Close it, then call 1398."]
    assert document.elements[0].line == 11


def test_cues_of_webvtt_have_characters_for_entities_and_name_who_speaks(tmp_path: Path) -> None:
    cues = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v 张敏>A&amp;B 公司压力 &lt; 12&nbsp;MPa。\n\n"
        "00:03.000 --> 00:04.000\n<v 张敏><i>记录</i>在案。\n"
    )
    assert texts(parsed(tmp_path / "a.vtt", cues)) == [
        "张敏: A&B 公司压力 < 12 MPa。",
        "记录在案。",
    ]


def test_contacts_are_rows_in_their_own_language(tmp_path: Path) -> None:
    quoted = "".join(f"={byte:02X}" for byte in "赵".encode())
    cards = (
        "BEGIN:VCARD\nVERSION:2.1\n"
        f"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted};;;;\n"
        f"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted}\nTEL;CELL:13500001111\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nTEL;TYPE=WORK:+44 20 1\nNOTE:long\n  note\n"
        "END:VCARD\n"
    )
    assert texts(parsed(tmp_path / "a.vcf", cards)) == [
        "姓名: 赵 | 手机: 13500001111",
        "name: Ann Lee | phone: +44 20 1 | note: long note",
    ]


def test_an_appointment_is_a_row(tmp_path: Path) -> None:
    calendar = (
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:x\nEND:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:评审会\n"
        "DTSTART;TZID=x:20250305T093000\nLOCATION:512 会\n 议室\nBEGIN:VALARM\nACTION:DISPLAY\n"
        "END:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    found = texts(parsed(tmp_path / "a.ics", calendar))
    assert found == ["主题: 评审会 | 开始: 2025-03-05 09:30 | 地点: 512 会议室"]


def test_a_notebook_has_text_code_and_output_and_no_pictures(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# 记录\n", "\n", "设为 165 度"]},
        {
            "cell_type": "code",
            "source": "print(x)",
            "outputs": [
                {"text": ["均值 42\n"]},
                {"data": {"text/plain": "<Figure>", "image/png": "iVBORw0" * 100}},
            ],
        },
    ]
    found = texts(parsed(tmp_path / "a.ipynb", json.dumps({"cells": cells})))
    assert found == ["记录", "设为 165 度", "print(x)", "均值 42", "<Figure>"]


def test_errors_and_tables_among_a_notebooks_output_are_read(tmp_path: Path) -> None:
    table = "<table><tr><th>泵<th>压力<tr><td>P-7<td>12.5</table>"
    outputs = [
        {"output_type": "error", "ename": "ValueError", "evalue": "阀门 V-3 未标定",
         "traceback": ["\x1b[31mValueError\x1b[0m: 阀门 V-3 未标定"]},
        {"output_type": "execute_result",
         "data": {"text/html": table, "text/plain": "     泵    压力\n0  P-7  12.5"}},
        {"output_type": "display_data",
         "data": {"text/html": "<p>合格率 98%</p>", "text/plain": "<IPython.core.display.HTML>"}},
    ]  # fmt: skip
    cells = [{"cell_type": "code", "source": "check()", "outputs": outputs}]
    found = texts(parsed(tmp_path / "a.ipynb", json.dumps({"cells": cells})))
    assert found == ["check()", "ValueError: 阀门 V-3 未标定", "泵: P-7 | 压力: 12.5", "合格率 98%"]


@pytest.mark.parametrize("ending", ["mht", "doc", "xls"])
def test_a_saved_page_is_read_as_a_page_under_any_name(tmp_path: Path, ending: str) -> None:
    page = "<html><body><p>锅炉由傅强检修</p></body></html>".encode("gb18030")
    encoded = "".join(f"={byte:02X}" for byte in page)
    data = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B; type=text/html\r\n\r\n"
        "--B\r\nContent-Type: text/html; charset=gb2312\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}\r\n--B--\r\n"
    )
    assert texts(parsed(tmp_path / f"a.{ending}", data)) == ["锅炉由傅强检修"]


def test_a_workbook_saved_as_xml_has_rows_with_names(tmp_path: Path) -> None:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    cell = '<Cell{}><Data ss:Type="String">{}</Data></Cell>'
    names = "".join(cell.format("", name) for name in ("姓名", "部门", "电话"))
    third = cell.format(' ss:Index="3"', "13766660002")
    book = (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="名单"><Table><Row>{names}</Row>'
        f"<Row>{cell.format('', '侯涛')}{third}</Row></Table></Worksheet></Workbook>"
    )
    rows = ["姓名: 侯涛 | 电话: 13766660002", "部门:"]
    assert texts(parsed(tmp_path / "a.xls", book)) == ["名单", *rows]


def test_a_text_saved_as_xml_by_word_2003_is_read(tmp_path: Path) -> None:
    space = "http://schemas.microsoft.com/office/word/2003/wordml"
    text = (
        f'<?xml version="1.0"?><w:wordDocument xmlns:w="{space}"><w:body><w:p><w:r>'
        "<w:t>钥匙在门卫</w:t></w:r></w:p></w:body></w:wordDocument>"
    )
    assert texts(parsed(tmp_path / "a.doc", text)) == ["钥匙在门卫"]


@pytest.mark.parametrize("packed", [True, False])
def test_the_shapes_of_a_diagram_have_their_texts(tmp_path: Path, packed: bool) -> None:
    model = '<mxGraphModel><root><mxCell value="&lt;b&gt;总闸&lt;/b&gt;"/></root></mxGraphModel>'
    inside = model
    if packed:
        deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        squeezed = deflate.compress(quote(model).encode()) + deflate.flush()
        inside = base64.b64encode(squeezed).decode()
    page = f'<mxfile><diagram name="配电">{inside}</diagram></mxfile>'
    assert texts(parsed(tmp_path / "a.drawio", page)) == ["配电", "总闸"]


def test_attributes_of_xml_are_read_but_for_technical_ones(tmp_path: Path) -> None:
    page = (
        '<r xmlns="urn:x" xml:lang="zh"><item Name="轴承" Amount="1280.00" href="https://x.invalid/">'
        '</item><item Name="垫片"/></r>'
    )
    assert texts(parsed(tmp_path / "a.xml", page)) == ["Name: 轴承 | Amount: 1280.00 | Name: 垫片"]


def test_properties_are_read_with_their_characters(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.properties", "label=\\u8054\\u7cfb\\u7535\\u8bdd\n")
    assert document.text.strip() == "label=联系电话"


def test_a_log_in_two_encodings_is_read_line_by_line(tmp_path: Path) -> None:
    data = "第一行：钥匙在甲处。\n".encode() + "第二行：钥匙在乙处。\n".encode("gb18030")
    assert "甲处" in (text := parsed(tmp_path / "a.log", data).text)
    assert "乙处" in text


def test_footnotes_of_markdown_are_text_and_addresses_are_not(tmp_path: Path) -> None:
    page = "保修见[^1]，[官网][site]。\n\n[^1]: 四十个月。\n[注]: 另见附录\n\n[site]: https://x.invalid/\n"
    text = parsed(tmp_path / "a.md", page).text
    assert "[^1]: 四十个月。" in text
    assert "[注]: 另见附录" in text
    assert "[site]" not in text


def test_front_matter_can_be_found(tmp_path: Path) -> None:
    page = "---\n姓名: 韩梅\n电话: 13766668888\n备注: |\n  对花生过敏\n---\n\n2019 年入职。\n"
    document = parsed(tmp_path / "a.md", page)
    row, *_ = texts(document, ElementKind.TABLE_ROW)
    assert row == "姓名: 韩梅 | 电话: 13766668888 | 备注: 对花生过敏"
    assert document.elements[0].line == 2


def test_a_long_reference_of_markdown_takes_time_by_its_length(tmp_path: Path) -> None:
    page = f"[a]: {'a.' * 100_000}。\n"
    assert parsed(tmp_path / "a.md", page).text.startswith("[a]: a.a.")


def test_the_texts_of_a_drawing_are_read_and_its_markup_is_not(tmp_path: Path) -> None:
    drawing = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><title>Plant</title>
      <style>.off { display: none }</style><defs><text>template</text></defs>
      <g><text x="1" y="2">Pump <tspan font-weight="bold">P-71</tspan>, open</text></g>
      <text><tspan x="0" y="0">first line</tspan><tspan x="0" y="9">second line</tspan></text>
      <text class="off">5550199</text><text display="none">5550198</text>
      <switch><foreignObject><div xmlns="http://www.w3.org/1999/xhtml"><p>Tank</p><p>T-5</p></div>
      </foreignObject><text>Tank T</text></switch></svg>"""
    document = parsed(tmp_path / "a.svg", drawing)
    assert texts(document) == ["Pump P-71, open", "first line second line", "Tank T-5"]
    assert document.title == "Plant"
