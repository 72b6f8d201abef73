"""Which format a file is in: by its content first, by its name where content does not tell."""

from __future__ import annotations

import functools
import io
import zipfile

from kb.documents.failures import damaged, protected, unsupported
from kb.documents.formats import Format, endings, extension, formats
from kb.documents.text.encoding import is_text
from kb.errors import DamagedDocument, LimitExceeded, UnsupportedFormat

MOST_XML = 300 << 20
_MOST_UNPACKED = 1 << 30
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_MANIFEST = "META-INF/manifest.xml"


class Content:
    """A file's bytes, and what formats ask of them. Nothing is looked at twice."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.ending = extension(name)

    def starts(self, *magic: bytes) -> bool:
        return self.data.startswith(magic)

    @functools.cached_property
    def is_text(self) -> bool:
        return is_text(self.data[:65_536])

    @functools.cached_property
    def head(self) -> bytes:
        return self.data[:4096]

    @property
    def brand(self) -> bytes:
        """ISO 14496-12: the brand says whether it is an image, a film or music."""
        return self.data[8:12] if self.data[4:8] == b"ftyp" else b""

    # --- ZIP, and what is packed in one ---

    @property
    def is_zip(self) -> bool:
        return self.data.startswith(b"PK\x03\x04")

    @functools.cached_property
    def members(self) -> list[zipfile.ZipInfo]:
        if not self.is_zip:
            return []
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return archive.infolist()

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """What is in the ZIP."""
        return frozenset(member.filename.replace("\\", "/") for member in self.members)

    @functools.cached_property
    def mimetype(self) -> bytes:
        """What an OpenDocument file or an EPUB says that it is."""
        return self.beginning("mimetype", 100)

    def beginning(self, member: str, most: int) -> bytes:
        """A member's first bytes, none where it is not there."""
        if member not in self.names:
            return b""
        with (
            zipfile.ZipFile(io.BytesIO(self.data)) as archive,
            archive.open(member) as file,
        ):
            return file.read(most)

    @functools.cached_property
    def office(self) -> str:
        """docx, pptx or xlsx, of a file of ISO 29500; "" of any other."""
        if "[Content_Types].xml" not in self.names:
            return ""
        for folder, kind in _OFFICE:
            if any(name.startswith(folder) for name in self.names):
                return kind
        return self.ending if self.ending in ("docx", "pptx", "xlsx") else ""

    # --- OLE2: what Microsoft's programs of 1997 to 2003 write ---

    @property
    def is_ole2(self) -> bool:
        return self.data.startswith(_OLE2)

    def has_stream(self, *streams: str) -> bool:
        """Names of OLE2 streams stand in its directory in UTF-16, whole sectors of it in a row."""
        return self.is_ole2 and any(
            stream.encode("utf-16-le") + b"\0\0" in self.data for stream in streams
        )


def detect(name: str, data: bytes) -> Format:
    """The format of a file's bytes.

    Raises:
        ProtectedDocument: it is encrypted.
        LimitExceeded: it is an archive that unpacks to too much.
        DamagedDocument: neither the content nor the name makes sense.
        UnsupportedFormat: no parser reads it.
    """
    content = Content(name, data)
    try:
        _check_encryption(content)
        found = _found(content)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise damaged(name, error) from error
    if found is None:
        raise _unread(content)
    if content.is_zip and found.convert is not None:
        _check_size(content)
        if any(member.flag_bits & 1 for member in content.members):
            raise protected(name)
    return found


def _found(content: Content) -> Format | None:
    for one in formats():
        if one.recognised is not None and one.recognised(content):
            return one
    if content.is_zip or content.is_ole2 or content.brand or not content.is_text:
        return None
    for one in formats():
        if one.by_ending and content.ending in one.endings:
            return one
    return next((one for one in formats() if one.guessed and one.guessed(content)), None)


def _check_encryption(content: Content) -> None:
    """Raises ProtectedDocument for an encrypted file of OLE2, OpenDocument or OFD."""
    data = content.data
    if content.is_ole2:
        streams = ("EncryptedPackage", "DRMContent")
        if any(stream.encode("utf-16-le") in data for stream in streams):
            raise protected(content.name)
        if data[512:514] == b"\xec\xa5" and data[523] & 1:  # [MS-DOC] FibBase.fEncrypted
            raise protected(content.name)
    manifest = content.beginning(_MANIFEST, 1 << 20) if b"opendocument" in content.mimetype else b""
    if b"encryption-data" in manifest or {"OFD.xml", "Encryptions.xml"} <= content.names:
        raise protected(content.name)


def _check_size(content: Content) -> None:
    members = content.members
    xml = sum(m.file_size for m in members if m.filename.endswith((".xml", ".xhtml", ".rels")))
    if xml > MOST_XML or sum(m.file_size for m in members) > _MOST_UNPACKED:
        raise LimitExceeded(
            f"'{content.name}' unpacks to too much",
            why=f"more than {MOST_XML >> 20} MiB of XML or {_MOST_UNPACKED >> 20} MiB in all",
            hint="split the document, or exclude it",
        )


def _unread(content: Content) -> DamagedDocument | UnsupportedFormat:
    name, ending = content.name, content.ending
    if content.is_zip or content.brand or ending not in endings():
        return unsupported(name, ending)
    if content.is_ole2:
        return DamagedDocument(
            f"'{name}' is damaged",
            why="it is an OLE2 container without a document in it",
            hint="get an undamaged copy of the file",
        )
    return DamagedDocument(
        f"'{name}' is not what its name says",
        why=f"its content is no .{ending} file, nor text in any known encoding",
        hint="get an undamaged copy, or give it the extension of its real format",
    )
