"""What pandoc converts."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from kb.types import ElementKind
from tests.unit.documents.samples import parsed, texts


@pytest.mark.process
def test_rtf_org_and_rst_are_read(tmp_path: Path) -> None:
    assert parsed(tmp_path / "a.rtf", r"{\rtf1\ansi The pump weighs 35 kg.\par}").text == (
        "The pump weighs 35 kg."
    )
    org = parsed(tmp_path / "a.org", "* 水泵\n** 参数\n重量为35公斤。\n")
    assert [(e.kind.value, e.level) for e in org.elements] == [
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
    ]
    rst = parsed(tmp_path / "a.rst", "水泵手册\n========\n\n重量为35公斤。\n")
    assert texts(rst) == ["水泵手册", "重量为35公斤。"]


@pytest.mark.process
def test_a_document_with_a_footnote_is_read_with_it(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.rst", "泵重 35 公斤 [1]_ 。\n\n.. [1] 不含电机。\n")
    assert "泵重 35 公斤[1]" in document.text.replace(" [", "[")
    assert texts(document)[-1] == "不含电机。"


@pytest.mark.process
def test_rst_cannot_include_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    document = parsed(tmp_path / "a.rst", f"Text.\n\n.. include:: {tmp_path}/secret.txt\n")
    assert "the secret" not in document.text


@pytest.mark.process
def test_odt_and_epub_are_read(tmp_path: Path) -> None:
    pypandoc: Any = importlib.import_module("pypandoc")
    for name in ("a.odt", "a.epub"):
        pypandoc.convert_text(
            "# 水泵\n\n重量为35公斤。\n",
            name.split(".")[1],
            format="md",
            outputfile=str(tmp_path / name),
            extra_args=["--metadata", "title=手册"],
        )
        document = parsed(tmp_path / name)
        assert "水泵" in texts(document, ElementKind.HEADING)
        assert "重量为35公斤。" in texts(document)
