"""What pandoc converts."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from kb.types import ElementKind
from tests.unit.documents.samples import archive, parsed, texts


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


OPEN = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
    )
)


def open_text(paragraph: str, **styles: str) -> bytes:
    """An ODT of one paragraph, with styles of text by their names."""
    made = "".join(
        f'<style:style style:name="{name}" style:family="text"><style:text-properties {of}/>'
        "</style:style>"
        for name, of in styles.items()
    )
    content = (
        f"<office:document-content {OPEN}><office:automatic-styles>{made}"
        "</office:automatic-styles><office:body><office:text><text:p>"
        f"{paragraph}</text:p></office:text></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.text"
    manifest = "<manifest/>"
    return archive(
        mimetype=mimetype,
        **{"content.xml": content, "META-INF__manifest.xml": manifest, "styles.xml": STYLES},
    )


STYLES = f"<office:document-styles {OPEN}/>"


@pytest.mark.process
@pytest.mark.parametrize(
    "style", ['text:display="none"', 'fo:color="#FFFFFF"', 'fo:font-size="1pt"']
)
def test_text_that_no_reader_of_an_odt_sees_is_left_out(tmp_path: Path, style: str) -> None:
    paragraph = 'before <text:span text:style-name="S">UNSEEN</text:span>after'
    assert parsed(tmp_path / "a.odt", open_text(paragraph, S=style)).text == "before after"


@pytest.mark.process
def test_white_text_of_an_odt_on_a_dark_ground_is_read(tmp_path: Path) -> None:
    paragraph = '<text:span text:style-name="S">white on black</text:span>'
    white = 'fo:color="#ffffff" fo:background-color="#000000"'
    assert parsed(tmp_path / "a.odt", open_text(paragraph, S=white)).text == "white on black"
