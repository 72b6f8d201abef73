"""OpenDocument spreadsheets."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from kb.errors import ProtectedDocument
from tests.unit.documents.samples import parsed, texts

SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="花名册">
<table:table-row><table:table-cell><text:p>姓名</text:p></table:table-cell>
<table:table-cell><text:p>电话</text:p></table:table-cell>
<table:table-cell><text:p>入职</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>张<text:s/>飞</text:p></table:table-cell>
<table:table-cell office:value="13800138000"><text:p>13800138000</text:p></table:table-cell>
<table:table-cell office:date-value="2024-09-17"><text:p>17.09.24</text:p></table:table-cell>
</table:table-row>
<table:table-row table:number-rows-repeated="1048573">
<table:table-cell table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def spreadsheet(manifest: str = "<manifest/>", content: str = SHEET) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", manifest)
        file.writestr("content.xml", content)
    return buffer.getvalue()


def test_an_opendocument_sheet_reads_like_any_other(tmp_path: Path) -> None:
    assert texts(parsed(tmp_path / "a.ods", spreadsheet())) == [
        "花名册",
        "姓名: 张 飞 | 电话: 13800138000 | 入职: 2024-09-17",
    ]


def test_an_encrypted_opendocument_file_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.ods", spreadsheet("<manifest:encryption-data/>"))


NAMES = SHEET.partition("><office:body>")[0]
STYLES = (
    '<office:automatic-styles><style:style style:name="unseen">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def sheets(inner: str) -> bytes:
    style = 'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    return spreadsheet(
        content=f"{NAMES} {style}>{STYLES}<office:body><office:spreadsheet>{inner}"
        "</office:spreadsheet></office:body></office:document-content>"
    )


def row(*texts_of_cells: str, more: str = "") -> str:
    """A row: `|` is a place that another cell covers."""
    cells = (
        "<table:covered-table-cell/>"
        if text == "|"
        else f"<table:table-cell {span}><text:p>{text}</text:p></table:table-cell>"
        for text, _, span in (one.partition("@") for one in texts_of_cells)
    )
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def test_a_merged_cell_stands_in_every_place_that_it_covers(tmp_path: Path) -> None:
    two_rows = "@table:number-rows-spanned='2'"
    data = sheets(
        '<table:table table:name="值班">'
        + row("班长", "姓名", "电话")
        + row(f"张飞{two_rows}", "关羽", "1")
        + row("|", "赵云", "2")
        + row("曹操", "许褚", "3")
        + "</table:table>"
    )
    assert texts(parsed(tmp_path / "a.ods", data))[1:] == [
        "班长: 张飞 | 姓名: 关羽 | 电话: 1",
        "班长: 张飞 | 姓名: 赵云 | 电话: 2",
        "班长: 曹操 | 姓名: 许褚 | 电话: 3",
    ]


def test_hidden_sheets_rows_and_columns_are_marked(tmp_path: Path) -> None:
    data = sheets(
        '<table:table table:name="人员"><table:table-column/>'
        '<table:table-column table:visibility="collapse"/>'
        + row("姓名", "电话")
        + row("张飞", "1")
        + row("关羽", "2", more='table:visibility="filter"')
        + '</table:table><table:table table:name="旧" table:style-name="unseen">'
        + row("姓名", "电话")
        + row("曹操", "3")
        + "</table:table>"
    )
    assert texts(parsed(tmp_path / "a.ods", data)) == [
        "人员",
        "姓名: 张飞 | [hidden] 电话: 1",
        "[hidden] 姓名: 关羽 | [hidden] 电话: 2",
        "[hidden] 旧",
        "[hidden] 姓名: 曹操 | 电话: 3",
    ]


def test_a_cell_without_shown_text_is_what_it_is_worth(tmp_path: Path) -> None:
    cells = (
        '<table:table-cell office:value-type="float" office:value="42"/>',
        '<table:table-cell office:value-type="percentage" office:value="0.125"/>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
        '<table:table-cell office:value-type="string" office:string-value="两栋"/>',
        '<table:table-cell office:value-type="float" office:value="7"><text:p/></table:table-cell>',
        "<table:table-cell/>",
    )
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>项{n}</text:p></table:table-cell>{cell}"
        "</table:table-row>"
        for n, cell in enumerate(cells)
    )
    start, _, rest = SHEET.partition("<table:table-row>")
    end = rest[rest.rindex("</table:table>") :]
    found = texts(parsed(tmp_path / "a.ods", spreadsheet(content=start + rows + end)))
    assert found[1:] == [
        "项0 | 42", "项1 | 12.5%", "项2 | TRUE", "项3 | 两栋", "项4 | [hidden] 7", "项5",
    ]  # fmt: skip
