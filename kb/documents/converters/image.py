"""Images, read by OCR."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.ocr import read_paragraphs
from kb.documents.detect import Content
from kb.documents.failures import damaged
from kb.documents.formats import Format
from kb.errors import LimitExceeded
from kb.types import ParsedDocument, SourceFile

MOST_PIXELS = 100_000_000
MOST_PAGES = 500
_LONGEST_SIDE = 4000
_MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """The text of an image; of a TIFF, page by page."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # its own limit only warns; MOST_PIXELS is checked instead
    builder = Builder(source)
    try:
        with Image.open(io.BytesIO(data)) as image:
            frames = getattr(image, "n_frames", 1)
            paged = frames > 1 and image.format == "TIFF"
            for number, frame in enumerate(_frames(image, paged), start=1):
                for paragraph in _read_on_any_ground(frame):
                    builder.paragraph(paragraph, page=number if paged else None)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise damaged(source.path, error) from error
    return builder.document()


def _frames(image: Any, paged: bool) -> Iterator[Any]:
    """Each page of a TIFF, the first frame of anything else, no larger than can be read."""
    from PIL import ImageOps, ImageSequence

    for number, frame in enumerate(ImageSequence.Iterator(image)):
        if number == MOST_PAGES or frame.width * frame.height > MOST_PIXELS:
            raise LimitExceeded(
                "the image is too large",
                why=f"more than {MOST_PAGES} pages or {MOST_PIXELS:,} pixels",
                hint="split it or scale it down",
            )
        frame = ImageOps.exif_transpose(frame)
        if max(frame.size) > _LONGEST_SIDE:
            frame.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        yield frame
        if not paged:
            return


def _read_on_any_ground(image: Any) -> list[str]:
    """Letters on a transparent ground may be black or white."""
    from PIL import Image

    if not image.has_transparency_data:
        return read_paragraphs(image.convert("RGB"))
    readings = []
    for ground in ("white", "black"):
        opaque = Image.new("RGBA", image.size, ground)
        opaque.alpha_composite(image.convert("RGBA"))
        readings.append(read_paragraphs(opaque.convert("RGB")))
    return max(readings, key=lambda lines: sum(map(len, lines)))


def _recognised(content: Content) -> bool:
    data = content.data
    if content.starts(*_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return True
    if content.brand in (b"avif", b"avis"):
        return True
    return data.startswith(b"BM") and int.from_bytes(data[2:6], "little") in (0, len(data))


FORMAT = Format(
    name="image",
    endings=("png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "gif", "avif"),
    kept="the text, by OCR (Chinese, English, Japanese); a TIFF's pages with their numbers",
    lost="what is no text",
    convert=convert,
    recognised=_recognised,
)
