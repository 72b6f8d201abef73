"""Of a book, what its reader sees, and all of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.unit.documents.samples import parsed, texts

_CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)
_PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>书</dc:title><dc:identifier id="i">i'
    "</dc:identifier><dc:language>zh</dc:language></metadata><manifest><item id='x' href='x.xhtml' "
    "media-type='application/xhtml+xml'/></manifest><spine><itemref idref='x'/></spine></package>"
)


def book(path: Path, body: str, sheet: str = "", style: str = "", order: str = "") -> Path:
    page = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><link rel="stylesheet" '
        f'href="a.css"/><style>{style}</style></head><body><p>总机555</p>{body}</body></html>'
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/epub+zip")
        package.writestr("META-INF/container.xml", _CONTAINER)
        package.writestr("c.opf", _PACKAGE.replace("<itemref", f"<itemref {order}"))
        package.writestr("x.xhtml", page)
        package.writestr("a.css", sheet)
    return path


@pytest.mark.process
@pytest.mark.parametrize(
    ("body", "sheet", "style"),
    [
        ("<p style='display:none'>总机666</p>", "", ""),
        ("<p class='x'>总机666</p>", "", ".x{display:none}"),
        ("<p class='x'>总机666</p>", ".x{color:#fff}", ""),
        ("<div class='x'><p>总机666</p></div>", ".x > p{font-size:0}", ""),
    ],
)
def test_what_the_styles_hide_is_left_out(
    tmp_path: Path, body: str, sheet: str, style: str
) -> None:
    found = texts(parsed(book(tmp_path / "a.epub", f"{body}<p>分机777</p>", sheet, style)))
    assert found[-2:] == ["总机555", "分机777"]


@pytest.mark.process
def test_what_they_show_stays(tmp_path: Path) -> None:
    sheet = "body{background:#003366} .x{color:#fff}"
    found = texts(parsed(book(tmp_path / "a.epub", "<p class='x'>总机777</p>", sheet)))
    assert "总机777" in found


@pytest.mark.process
def test_notes_and_pages_beside_the_order_are_read(tmp_path: Path) -> None:
    space = 'xmlns:epub="http://www.idpf.org/2007/ops"'
    body = (
        f'<p {space}>Fee 120<a epub:type="noteref" href="#a">1</a> yuan, 77<a href="#b">2</a> m</p>'
        f'<aside {space} epub:type="footnote" id="b"><p>Measured in May.</p></aside>'
        f'<section {space} epub:type="rearnotes"><p id="a">Without tax.</p></section>'
    )
    found = texts(parsed(book(tmp_path / "a.epub", body, order='linear="no"')))
    assert found[1:] == ["总机555", "Fee 120[1] yuan, 77[2] m", "Measured in May.", "Without tax."]


@pytest.mark.process
def test_a_page_that_is_not_there_is_named_and_takes_no_other_with_it(tmp_path: Path) -> None:
    path = book(tmp_path / "a.epub", "<p>分机777</p>")
    with zipfile.ZipFile(path) as package:
        members = {name: package.read(name) for name in package.namelist()}
    order = members["c.opf"].decode().replace("</manifest>", '<item id="y" href="a/y.xhtml" '
        'media-type="application/xhtml+xml"></item></manifest>')  # fmt: skip
    members["c.opf"] = order.replace("</spine>", "<itemref idref='y'/></spine>").encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, data in members.items():
            package.writestr(name, data)
    document = parsed(path)
    assert texts(document)[-2:] == ["总机555", "分机777"]
    assert document.losses == ("'a/y.xhtml', which the book lists and does not hold",)
