"""The strict variant of ISO 29500."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from tests.unit.documents.samples import parsed, rewritten, slides, texts, word, workbook


def strict(data: bytes) -> bytes:
    """The same document in the strict variant of ISO 29500."""
    names = re.compile(
        r"http://schemas\.openxmlformats\.org/"
        r"(officeDocument|wordprocessingml|presentationml|spreadsheetml|drawingml)/2006/"
    )
    return rewritten(data, lambda _, part: names.sub(r"http://purl.oclc.org/ooxml/\1/", part))


@pytest.mark.parametrize("ending", ["docx", "pptx", "xlsx"])
def test_the_strict_variant_is_read_as_the_ordinary_one(tmp_path: Path, ending: str) -> None:
    data = {
        "docx": word([("Heading 1", "付款"), ("Normal", "三十日内付款")]),
        "pptx": slides(("付款", "三十日内付款", "附注")),
        "xlsx": workbook(付款=[("件", "价"), ("泵", 350)]),
    }[ending]
    ordinary = parsed(tmp_path / f"a.{ending}", data)
    assert texts(parsed(tmp_path / f"b.{ending}", strict(data))) == texts(ordinary)


@pytest.mark.parametrize("ending", ["docx", "pptx", "xlsx"])
def test_parts_whose_names_have_backslashes_are_found(tmp_path: Path, ending: str) -> None:
    data = {
        "docx": word([("Normal", "三十日内付款")]),
        "pptx": slides(("付款", "三十日内付款", "")),
        "xlsx": workbook(甲=[("三十日内付款", 1)]),
    }[ending]
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo("x")
            info.filename = name.replace("/", "\\")
            new.writestr(info, old.read(name))
    assert "三十日内付款" in parsed(tmp_path / f"a.{ending}", buffer.getvalue()).text
