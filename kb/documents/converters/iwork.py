"""Documents of Apple's Pages, Numbers and Keynote: the PDF that older ones hold for previews.

Their own form has no description; the newer programs save a picture of the first page alone.
"""

from __future__ import annotations

import io
import zipfile

from kb.documents.converters import pdf
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.errors import UnsupportedFormat
from kb.types import ParsedDocument, SourceFile

_PREVIEW = "QuickLook/Preview.pdf"
_OWN = {"Index/Document.iwa", "Index.zip", "index.xml", "index.apxl", _PREVIEW}
_ENDINGS = ("pages", "numbers", "key")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """
    Raises:
        UnsupportedFormat: it holds no PDF.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if _PREVIEW not in archive.namelist():
            raise UnsupportedFormat(
                f"no parser reads '{source.path}'",
                why="the document holds no PDF of itself, as those of older programs did",
                hint="open it in Pages, Numbers or Keynote and export it as PDF",
            )
        preview = archive.read(_PREVIEW)
    return pdf.convert(source, preview)


def _recognised(content: Content) -> bool:
    return content.ending in _ENDINGS and bool(content.names & _OWN)


FORMAT = Format(
    name="iwork",
    endings=_ENDINGS,
    kept="as `pdf`, from the PDF that the document holds for previews",
    lost="documents that hold none, as those of the newer programs (listed as failed)",
    convert=convert,
    recognised=_recognised,
)
