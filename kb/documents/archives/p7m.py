"""A signed file (CAdES, S/MIME): the file that the signature encloses, an invoice or a contract."""

from __future__ import annotations

import base64
import binascii
import re
from typing import BinaryIO

from kb.documents.archives.members import Container, Entry, named
from kb.documents.converters.common.signed import enclosed, is_encrypted
from kb.documents.detect import Content
from kb.documents.failures import damaged, protected
from kb.documents.formats import Format, extension

_WRITTEN = re.compile(rb"\s*(?:-----BEGIN |M[A-Za-z0-9+/\s]{20})")
_ARMOUR = re.compile(rb"-----[A-Z0-9 ]+-----")


class _Signed:
    """The one member: called as the file is without `.p7m`, a mail where that says nothing."""

    packed = True

    def __init__(self, path: str, data: bytes) -> None:
        plain = _plain(data)
        if is_encrypted(plain):
            raise protected(path)
        content = enclosed(plain)
        if content is None:
            raise damaged(path, ValueError("no file is enclosed in the signature"))
        self._content = content
        name = path.rpartition("/")[2].rpartition(".")[0] or "content"
        name = name if extension(name) else f"{name}.eml"
        self.entries = named([(name, Entry(len(content), len(data), 0))])

    def read(self, entry: Entry) -> bytes:
        return self._content

    def close(self) -> None:
        """Nothing is open."""


def _plain(data: bytes) -> bytes:
    """The bytes of the signature, which some programs write in base64."""
    if data[:1] == b"\x30":
        return data
    try:
        return base64.b64decode(_ARMOUR.sub(b"", data))
    except binascii.Error:
        return data


def _opened(path: str, file: BinaryIO) -> Container:
    with file:
        return _Signed(path, file.read())


def _recognised(content: Content) -> bool:
    return content.ending == "p7m" and (
        content.data[:1] == b"\x30" or bool(_WRITTEN.match(content.head))
    )


FORMAT = Format(
    name="p7m",
    endings=("p7m",),
    kept="the file that is signed, as a document",
    lost="the signature",
    recognised=_recognised,
    open=_opened,
)
