"""The kinds of archives, each a `kb.documents.archives.members.Container`.

A ZIP and a tar are read where they lie; a compressed tar is unpacked once per process, into a
file without a name.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import mmap
import os
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from kb.documents.archives.limits import (
    MOST_MAILS,
    MOST_MEMBERS,
    MOST_UNPACKED,
    check_ratio,
    too_many,
    unpacks_to_too_much,
)
from kb.documents.archives.members import Container, Entry, named
from kb.documents.converters import eml, msg
from kb.documents.formats import Format, damaged
from kb.documents.text.encoding import decode_names
from kb.errors import LimitExceeded, UnreadableFile

_BLOCK = 1 << 20


def open_container(kind: Format, path: str, file: BinaryIO) -> Container:
    """Open a container, which closes the file. `path` is only shown.

    Raises:
        DocumentError, or what the container's library raises.
    """
    try:
        if kind is Format.ZIP:
            return _Zip(file)
        if kind is Format.TAR:
            return _Tar(path, file)
        if kind is Format.TAR_GZ:
            return _compressed(path, file)
        if kind is Format.MBOX:
            return _Mailbox(file)
        with file:
            data = file.read()
        return eml.Attachments(data) if kind is Format.MAIL else msg.Attachments(data)
    except BaseException:
        file.close()
        raise


class _Zip:
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


class _Tar:
    """Links, devices and FIFOs are no documents; what a link points to has its own name."""

    packed = True

    def __init__(self, path: str, file: BinaryIO) -> None:
        self.file = file
        self.tar = tarfile.TarFile(fileobj=file)
        found: list[tarfile.TarInfo] = []
        for info in self.tar:
            if info.isreg():
                found.append(info)
            if len(found) > MOST_MEMBERS:
                raise too_many(path)
        names = decode_names([info.name.encode("utf-8", "surrogateescape") for info in found])
        # What a sparse file takes is not told; one too large for it is refused by its ratio.
        self.entries = named(
            (name, Entry(info.size, 1 if info.issparse() else info.size, info))
            for name, info in zip(names, found, strict=True)
        )

    def read(self, entry: Entry) -> bytes:
        member = self.tar.extractfile(entry.key)
        assert member is not None, "only regular files are listed"
        data = member.read(entry.size)
        if len(data) < entry.size:
            raise EOFError("the archive ends within this member")
        return data

    def close(self) -> None:
        self.tar.close()
        self.file.close()


_COMPRESSORS: dict[bytes, Any] = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ": lzma}


def _compressed(path: str, file: BinaryIO) -> Container:
    """A compressed tar; a compressed file that is none holds one member, called like itself."""
    with file:
        plain = _unpacked(path, file)
    try:
        return _Tar(path, plain)
    except tarfile.ReadError:
        return _Single(path, plain)


def _unpacked(path: str, file: BinaryIO) -> BinaryIO:
    packed = os.fstat(file.fileno()).st_size
    head = file.read(8)
    file.seek(0)
    module = next(module for magic, module in _COMPRESSORS.items() if head.startswith(magic))
    plain = tempfile.TemporaryFile()  # noqa: SIM115 (the container closes it)
    try:
        with module.open(file) as stream:
            while block := stream.read(_BLOCK):
                plain.write(block)
                if plain.tell() > MOST_UNPACKED:
                    raise unpacks_to_too_much(path)
                check_ratio(path, plain.tell(), packed)
    except OSError as error:
        plain.close()
        if error.errno is None:  # a format error of gzip or bz2
            raise damaged(path, error) from error
        raise UnreadableFile(
            f"'{path}' could not be unpacked",
            why=error.strerror or type(error).__name__,
            hint=f"make room in {tempfile.gettempdir()}, or set TMPDIR to a larger disk",
        ) from error
    except BaseException:
        plain.close()
        raise
    plain.seek(0)
    return plain


class _Single:
    packed = True

    def __init__(self, path: str, file: BinaryIO) -> None:
        self.file = file
        size = file.seek(0, os.SEEK_END)
        name = path.rpartition("/")[2].rpartition(".")[0] or "content"
        self.entries = named([(name, Entry(size, size, 0))])

    def read(self, entry: Entry) -> bytes:
        self.file.seek(0)
        return self.file.read(entry.size)

    def close(self) -> None:
        self.file.close()


_FROM_LINE = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\r?\n(?=>?[\x21-\x39\x3b-\x7e]+[: ])"
)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)


class _Mailbox:
    """Mails in the order of the file, numbered: one that is appended leaves the others' names
    alone. (RFC 4155; a line "From " within a mail is quoted by ">", as in mboxrd.)"""

    packed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.entries = named(self._mails())
        if len(self.entries) > MOST_MAILS:
            raise LimitExceeded(
                "the mailbox holds too many mails",
                why=f"more than {MOST_MAILS:,}",
                hint="split it, for example by year",
            )

    def _mails(self) -> Iterator[tuple[str, Entry]]:
        lines = list(_FROM_LINE.finditer(self.map))
        ends = [line.start() for line in lines[1:]] + [len(self.map)]
        for number, (line, end) in enumerate(zip(lines, ends, strict=True), start=1):
            key = line.end(), end
            size = len(self._mail(*key))
            yield f"{number:04d}.eml", Entry(size, size, key)

    def _mail(self, start: int, end: int) -> bytes:
        return _QUOTED_FROM.sub(rb"\1", self.map[start:end])

    def read(self, entry: Entry) -> bytes:
        return self._mail(*entry.key)

    def close(self) -> None:
        self.map.close()
        self.file.close()
