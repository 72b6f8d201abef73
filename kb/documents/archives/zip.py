"""ZIP, read where it lies."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from kb.documents.archives.members import Entry, named
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.documents.text.encoding import decode_names

# A ZIP that holds one of these is a program's own format and no archive of documents.
_PACKAGES = frozenset(
    {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml"}
)


class Zip:
    packed = True

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.zip = zipfile.ZipFile(file)
        found = [info for info in self.zip.infolist() if not info.filename.endswith("/")]
        names = _zip_names(found)
        self.entries = named(
            (name, Entry(info.file_size, info.compress_size, info, bool(info.flag_bits & 1)))
            for name, info in zip(names, found, strict=True)
        )

    def read(self, entry: Entry) -> bytes:
        with self.zip.open(entry.key) as member:
            return member.read(entry.size)

    def close(self) -> None:
        self.zip.close()
        self.file.close()


_UTF8_NAME = 0x800


def _zip_names(found: list[zipfile.ZipInfo]) -> list[str]:
    """A name is UTF-8 where its flag says so, and else whatever the machine used that made the
    archive (APPNOTE.TXT 4.4.4 names code page 437, which Chinese Windows does not use)."""
    raw = [
        None if info.flag_bits & _UTF8_NAME else info.orig_filename.encode("cp437", "replace")
        for info in found
    ]
    guessed = iter(decode_names([name for name in raw if name is not None]))
    return [
        info.orig_filename if name is None else next(guessed)
        for info, name in zip(found, raw, strict=True)
    ]


def _recognised(content: Content) -> bool:
    empty = content.starts(b"PK\x05\x06")
    return empty or (content.is_zip and not content.names & _PACKAGES)


FORMAT = Format(
    name="zip",
    endings=("zip",),
    kept="each member as a document",
    recognised=_recognised,
    open=lambda path, file: Zip(file),
)
