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


def spreadsheet(manifest: str = "<manifest/>") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", manifest)
        file.writestr("content.xml", SHEET)
    return buffer.getvalue()


def test_an_opendocument_sheet_reads_like_any_other(tmp_path: Path) -> None:
    assert texts(parsed(tmp_path / "a.ods", spreadsheet())) == [
        "花名册",
        "姓名: 张 飞 | 电话: 13800138000 | 入职: 2024-09-17",
    ]


def test_an_encrypted_opendocument_file_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.ods", spreadsheet("<manifest:encryption-data/>"))
