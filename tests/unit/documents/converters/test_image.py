"""Images, by OCR."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from kb.errors import (
    DamagedDocument,
    EmptyDocument,
    LimitExceeded,
)
from tests.unit.documents.samples import (
    parsed,
    picture,
    saved_image,
    texts,
)

pytestmark = pytest.mark.ocr


def test_an_image_is_read_line_by_line(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.png", saved_image(picture("First line 123", "Second line 456")))
    assert texts(document) == ["First line 123", "Second line 456"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_image_formats(tmp_path: Path, kind: str) -> None:
    document = parsed(tmp_path / f"a.{kind.lower()}", saved_image(picture("Serial X300"), kind))
    assert "X300" in document.text


@pytest.mark.parametrize("colour", ["black", "white"])
def test_letters_on_a_transparent_ground_are_read(tmp_path: Path, colour: str) -> None:
    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((40, 60), "Serial X300", fill=colour, font_size=52)
    assert parsed(tmp_path / "a.png", saved_image(image)).text == "Serial X300"


def test_every_page_of_a_tiff_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    picture("Page one").save(
        buffer, "TIFF", save_all=True, append_images=[picture("Page two"), picture("Page three")]
    )
    document = parsed(tmp_path / "fax.tiff", buffer.getvalue())
    assert [element.page for element in document.elements] == [1, 2, 3]
    assert texts(document)[2] == "Page three"


def test_an_image_without_text_is_empty(tmp_path: Path) -> None:
    image = Image.new("RGB", (300, 300), "white")
    ImageDraw.Draw(image).ellipse((60, 60, 240, 240), fill="red")
    with pytest.raises(EmptyDocument):
        parsed(tmp_path / "a.png", saved_image(image))


def test_a_truncated_image_is_damaged(tmp_path: Path) -> None:
    data = saved_image(picture("Serial X300"), "JPEG")
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "a.jpg", data[: len(data) // 3])


def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded):
        parsed(tmp_path / "a.png", saved_image(Image.new("1", (20_000, 20_000))))


def test_a_photograph_of_a_telephone_is_read(tmp_path: Path, shared: Path) -> None:
    data = (shared / "eval/docs-real/heic/unstructured__DA-1p.heic").read_bytes()
    document = parsed(tmp_path / "a.heic", data)
    assert "We arrived in the dead of night" in document.text


def test_a_damaged_photograph_is_a_named_failure(tmp_path: Path) -> None:
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "a.heic", b"\0\0\0\x24ftypheic" + bytes(100))
