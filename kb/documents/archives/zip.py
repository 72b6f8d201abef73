"""ZIP, read where it lies."""

from __future__ import annotations

import os
import stat
import struct
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
    """Links are no documents."""

    packed = True

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.zip = zipfile.ZipFile(file)
        _check_whole(file, self.zip)
        found = [
            info
            for info in self.zip.infolist()
            if not info.filename.endswith("/") and not stat.S_ISLNK(info.external_attr >> 16)
        ]
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


_DIRECTORY_END = struct.Struct("<4s4H2LH")
_ZIP64 = 0xFFFFFFFF


def _check_whole(file: BinaryIO, opened: zipfile.ZipFile) -> None:
    """Of an archive whose end is missing, zipfile finds the directory of an archive in it, and
    takes what lies before for a program that unpacks it; but it begins as an archive does.

    Raises BadZipFile.
    """
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        return
    file.seek(-_DIRECTORY_END.size - len(opened.comment), os.SEEK_END)
    end = _DIRECTORY_END.unpack(file.read(_DIRECTORY_END.size))
    if end[0] == b"PK\x05\x06" and end[6] not in (_ZIP64, opened.start_dir):
        raise zipfile.BadZipFile("its end is missing, with the list of what is in it")


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
    lost="links",
    recognised=_recognised,
    open=lambda path, file: Zip(file),
)
