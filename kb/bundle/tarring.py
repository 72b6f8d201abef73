"""Headers of a tar archive, written in one way only (POSIX.1-2001, ustar and pax).

The reader does not parse a header: it makes the header that the manifest leads it to expect, and
compares the bytes. So a link, a device, a sparse file or another owner cannot occur.
"""

from __future__ import annotations

import tarfile

BLOCK = 512
END = bytes(2 * BLOCK)
_MODE, _MTIME = 0o644, 315_532_800  # 1980-01-01, the oldest time that every archiver knows
_MOST_OCTAL = 8**11


def header(path: str, size: int) -> bytes:
    """The header of a regular file; a pax header before it where ustar's fields do not do."""
    name, records = path.encode(), b""
    if len(name) > 100 or not path.isascii():
        records += _record(b"path", name)
        name = name[:100]
    if size >= _MOST_OCTAL:
        records += _record(b"size", b"%d" % size)
    own = _block(name, 0 if size >= _MOST_OCTAL else size, b"0")
    if not records:
        return own
    return _block(b"pax", len(records), b"x") + records + padding(len(records)) + own


def padding(size: int) -> bytes:
    """What fills a member of this size up to whole blocks."""
    return bytes(-size % BLOCK)


def archive_size(members: list[tuple[str, int]]) -> int:
    """Bytes of the archive that holds members of these paths and sizes."""
    each = (len(header(path, size)) + size + len(padding(size)) for path, size in members)
    return sum(each) + len(END)


def first_size(block: bytes) -> int | None:
    """The size that a member's first block states, if it is a ustar header at all."""
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape").size
    except tarfile.HeaderError:
        return None


def describe(block: bytes) -> str:
    """What a block says that is not the expected header, in words for a person."""
    if not block.strip(b"\0"):
        return "the end of the archive"
    try:
        found = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return "bytes that are no header"
    kinds = {
        tarfile.SYMTYPE: "a symbolic link",
        tarfile.LNKTYPE: "a hard link",
        tarfile.DIRTYPE: "a folder",
        tarfile.CHRTYPE: "a device",
        tarfile.BLKTYPE: "a device",
        tarfile.FIFOTYPE: "a pipe",
        tarfile.GNUTYPE_SPARSE: "a sparse file",
    }
    kind = kinds.get(found.type, "")
    if not kind and not found.isreg():
        kind = f"an entry of type {found.type!r}"
    return f"{kind} named {found.name!r}" if kind else f"{found.name!r} of {found.size} bytes"


def _record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE\\n`, where the length counts its own digits."""
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    length = rest + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)


def _block(name: bytes, size: int, kind: bytes) -> bytes:
    before = name.ljust(100, b"\0") + b"%07o\0" % _MODE + b"0000000\0" * 2
    before += b"%011o\0" % size + b"%011o\0" % _MTIME
    after = kind + bytes(100) + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2 + bytes(167)
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + b"%06o\0 " % checksum + after
