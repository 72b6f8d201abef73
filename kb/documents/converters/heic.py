"""Photographs of telephones (HEIC, HEIF), read by OCR. The only importer of pi_heif."""

from __future__ import annotations

from kb.documents.converters import image
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    import pi_heif

    pi_heif.register_heif_opener()
    return image.convert(source, data)


FORMAT = Format(
    name="heic",
    endings=("heic", "heif", "hif"),
    kept="as `image`",
    lost="as `image`",
    convert=convert,
    recognised=lambda content: content.brand in _BRANDS,
)
