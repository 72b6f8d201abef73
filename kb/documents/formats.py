"""Which format a file is in: by its content first, by its name where content does not tell."""

from __future__ import annotations

import io
import re
import zipfile
from enum import StrEnum

from kb.documents.text.encoding import is_text
from kb.errors import (
    DamagedDocument,
    DocumentError,
    LimitExceeded,
    ProtectedDocument,
    UnsupportedFormat,
)


class Format(StrEnum):
    TEXT = "text"
    CODE = "code"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    HTML = "html"
    XML = "xml"
    MAIL = "eml"
    ORG = "org"
    RST = "rst"
    RTF = "rtf"
    PDF = "pdf"
    IMAGE = "image"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    ODT = "odt"
    EPUB = "epub"
    MSG = "msg"
    DOC = "doc"
    PPT = "ppt"
    XLS = "xls"
    ODS = "ods"
    ZIP = "zip"
    TAR = "tar"
    TAR_GZ = "tar.gz"
    MBOX = "mbox"


ARCHIVES = frozenset({Format.ZIP, Format.TAR, Format.TAR_GZ, Format.MBOX})
"""Formats without a text of their own: only what is in them is a document."""

CONTAINERS = ARCHIVES | {Format.MAIL, Format.MSG}


_CODE = (
    "py pyi c h cc cpp hpp cs java kt go rs rb php js jsx ts tsx mjs swift scala lua pl r sql sh "
    "bash zsh ps1 bat cmd toml ini cfg conf env yaml yml properties gradle cmake mk css scss less "
    "vue svelte tex bib proto graphql diff patch"
)
_NAMES = {
    Format.TEXT: "txt text log srt vtt",
    Format.CODE: _CODE,
    Format.MARKDOWN: "md markdown mdown mkd",
    Format.CSV: "csv tsv tab",
    Format.JSON: "json ipynb geojson",
    Format.JSON_LINES: "jsonl ndjson",
    Format.HTML: "html htm xhtml",
    Format.XML: "xml rss atom xsd xsl xslt wsdl",
    Format.MAIL: "eml mht mhtml",
    Format.ORG: "org",
    Format.RST: "rst",
    Format.MBOX: "mbox mbx",
}
_EXTENSIONS = {ending: kind for kind, endings in _NAMES.items() for ending in endings.split()}
_BINARY = (
    "pdf png jpg jpeg gif bmp tif tiff webp avif docx docm dotx pptx pptm ppsx xlsx xlsm odt ods "
    "epub msg doc dot ppt pps xls rtf zip tar tgz gz bz2 xz"
)
_BINARY_EXTENSIONS = frozenset(_BINARY.split())
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE2_STREAMS = (
    ("WordDocument", Format.DOC),
    ("PowerPoint Document", Format.PPT),
    ("Workbook", Format.XLS),
    ("Book", Format.XLS),
    ("__properties_version1.0", Format.MSG),
)
_MAGIC = (
    (b"{\\rtf", Format.RTF),
    (b"\x89PNG\r\n", Format.IMAGE),
    (b"\xff\xd8\xff", Format.IMAGE),
    (b"GIF8", Format.IMAGE),
    (b"II*\x00", Format.IMAGE),
    (b"MM\x00*", Format.IMAGE),
    (b"PK\x05\x06", Format.ZIP),
    (b"\x1f\x8b", Format.TAR_GZ),
    (b"BZh", Format.TAR_GZ),
    (b"\xfd7zXZ\x00", Format.TAR_GZ),
)
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
# A ZIP that holds one of these is a program's own format and no archive of documents.
_PACKAGES = ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml")
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_MAIL = re.compile(rb"(?:[\x21-\x39\x3b-\x7e]+:[ \t].*\r?\n(?:[ \t]+.*\r?\n)*){3}")
_MBOX = re.compile(rb"From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n>?[\x21-\x39\x3b-\x7e]+[: ]")
_MAIL_FIELDS = re.compile(rb"^(?:from|to|subject|date|received|message-id):", re.I | re.M)

MOST_XML = 300 << 20
_MOST_UNPACKED = 1 << 30


def detect(name: str, data: bytes) -> Format:
    """The format of a file's bytes.

    Raises:
        ProtectedDocument: it is encrypted.
        LimitExceeded: it is an archive that unpacks to too much.
        DamagedDocument: neither the content nor the name makes sense.
        UnsupportedFormat: no parser reads it.
    """
    if b"%PDF-" in data[:1024]:
        return Format.PDF
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.IMAGE
    if data[4:8] == b"ftyp":
        return _boxed_image(name, data)
    if data[257:262] == b"ustar":
        return Format.TAR
    if data.startswith(b"BM") and int.from_bytes(data[2:6], "little") in (0, len(data)):
        return Format.IMAGE
    if data.startswith(_OLE2):
        return _ole2(name, data)
    if data.startswith(b"PK\x03\x04"):
        return _zip(name, data)
    return _textual(name, data)


def _boxed_image(name: str, data: bytes) -> Format:
    """ISO 14496-12: the brand says whether it is an image, a film or music."""
    if data[8:12] in (b"avif", b"avis"):
        return Format.IMAGE
    if data[8:12] in _HEIF:
        raise UnsupportedFormat(
            f"no parser reads '{name}'",
            why="HEIC images need a decoder that is not part of kb",
            hint="save the image as JPEG or PNG",
        )
    raise unsupported(name)


def extension(name: str) -> str:
    stem, dot, ending = name.rsplit("/", 1)[-1].rpartition(".")
    return ending.lower() if dot and stem else ""


def _textual(name: str, data: bytes) -> Format:
    ending = extension(name)
    if not is_text(data[:65_536]):
        if ending in _BINARY_EXTENSIONS or ending in _EXTENSIONS:
            raise DamagedDocument(
                f"'{name}' is not what its name says",
                why=f"its content is no .{ending} file, nor text in any known encoding",
                hint="get an undamaged copy, or give it the extension of its real format",
            )
        raise unsupported(name)
    if _HTML.match(data[:4096].lstrip(b"\xef\xbb\xbf")):
        return Format.HTML
    head = data[:4096]
    known = _EXTENSIONS.get(ending)
    if known is not Format.MAIL and _MBOX.match(head):
        return Format.MBOX
    if known and known is not Format.MBOX:
        return known
    if head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<?xml"):
        return Format.XML
    if _MAIL.match(head) and len(_MAIL_FIELDS.findall(head)) >= 2:
        return Format.MAIL
    return Format.TEXT


def _ole2(name: str, data: bytes) -> Format:
    """Names of OLE2 streams stand in its directory in UTF-16, whole sectors of it in a row."""
    if any(stream.encode("utf-16-le") in data for stream in ("EncryptedPackage", "DRMContent")):
        raise protected(name)
    if data[512:514] == b"\xec\xa5" and data[523] & 1:  # [MS-DOC] FibBase.fEncrypted
        raise protected(name)
    for stream, kind in _OLE2_STREAMS:
        if stream.encode("utf-16-le") + b"\0\0" in data:
            return kind
    if extension(name) in _BINARY_EXTENSIONS:
        raise DamagedDocument(
            f"'{name}' is damaged",
            why="it is an OLE2 container without a document in it",
            hint="get an undamaged copy of the file",
        )
    raise unsupported(name)


def _zip(name: str, data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            kind = _zip_kind(name, archive, {member.filename for member in members})
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise damaged(name, error) from error
    if kind is not Format.ZIP:
        _check_size(name, members)
        if any(member.flag_bits & 1 for member in members):
            raise protected(name)
    return kind


def _zip_kind(name: str, archive: zipfile.ZipFile, names: set[str]) -> Format:
    mimetype = _beginning(archive, "mimetype", 100) if "mimetype" in names else b""
    manifest = "META-INF/manifest.xml"
    if b"opendocument" in mimetype and manifest in names:
        held = _beginning(archive, manifest, 1 << 20)
        if b"encryption-data" in held:
            raise protected(name)
    if b"epub" in mimetype:
        return Format.EPUB
    if b"opendocument.text" in mimetype:
        return Format.ODT
    if b"opendocument.spreadsheet" in mimetype:
        return Format.ODS
    if "xl/workbook.bin" in names:
        raise unsupported(name)
    for folder, kind in (("word/", Format.DOCX), ("ppt/", Format.PPTX), ("xl/", Format.XLSX)):
        if "[Content_Types].xml" in names and any(one.startswith(folder) for one in names):
            return kind
    if "[Content_Types].xml" in names and extension(name) in ("docx", "pptx", "xlsx"):
        return Format(extension(name))
    if "META-INF/container.xml" in names:
        return Format.EPUB
    if names.intersection(_PACKAGES):
        raise unsupported(name)
    return Format.ZIP


def _beginning(archive: zipfile.ZipFile, member: str, most: int) -> bytes:
    with archive.open(member) as file:
        return file.read(most)


def _check_size(name: str, members: list[zipfile.ZipInfo]) -> None:
    xml = sum(m.file_size for m in members if m.filename.endswith((".xml", ".xhtml", ".rels")))
    if xml > MOST_XML or sum(m.file_size for m in members) > _MOST_UNPACKED:
        raise LimitExceeded(
            f"'{name}' unpacks to too much",
            why=f"more than {MOST_XML >> 20} MiB of XML or {_MOST_UNPACKED >> 20} MiB in all",
            hint="split the document, or exclude it",
        )


def damaged(name: str, error: BaseException) -> DocumentError:
    detail = " ".join(str(error).split())[:160]
    return DamagedDocument(
        f"'{name}' is damaged",
        why=f"{type(error).__name__}: {detail}" if detail else type(error).__name__,
        hint="open it in the program it was made with and save it again, or get another copy",
    )


def protected(name: str) -> ProtectedDocument:
    return ProtectedDocument(
        f"'{name}' needs a password",
        why="it is encrypted",
        hint="save a copy without the password, or exclude the file",
    )


def unsupported(name: str) -> UnsupportedFormat:
    ending = extension(name)
    return UnsupportedFormat(
        f"no parser reads '{name}'",
        why=f"the format .{ending} is not known" if ending else "its format is not recognised",
        hint="convert it to PDF, DOCX or text, or exclude it, e.g. in .kbignore",
    )
