"""A compressed tar, or a single compressed file: unpacked once per process, into a file without a
name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import tempfile
from typing import Any, BinaryIO

from kb.documents.archives.limits import MOST_UNPACKED, check_ratio, unpacks_to_too_much
from kb.documents.archives.members import Container, Entry, named
from kb.documents.archives.tar import Tar
from kb.documents.failures import damaged
from kb.documents.formats import Format
from kb.errors import UnreadableFile

_BLOCK = 1 << 20
_COMPRESSORS: dict[bytes, Any] = {b"\x1f\x8b": gzip, b"BZh": bz2, b"\xfd7zXZ\x00": lzma}


def _compressed(path: str, file: BinaryIO) -> Container:
    """A compressed tar; a compressed file that is none holds one member, called like itself."""
    with file:
        plain = _unpacked(path, file)
    try:
        return Tar(path, plain)
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


FORMAT = Format(
    name="tar.gz",
    endings=("tgz", "gz", "bz2", "xz"),
    kept="each member as a document; a compressed file that is no tar is one member",
    lost="links, devices",
    recognised=lambda content: content.starts(*_COMPRESSORS),
    open=_compressed,
)
