"""What a signature encloses: messages of S/MIME that are signed or packed, and not encrypted (CMS,
RFC 5652 and 3274, in BER)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

_SIGNED = bytes.fromhex("2a864886f70d010702")
_PACKED = bytes.fromhex("2a864886f70d0109100109")
_ENVELOPED = bytes.fromhex("2a864886f70d010703")
_OCTETS, _OID, _SEQUENCE, _CONTENT = 0x04, 0x06, 0x30, 0xA0
_CONSTRUCTED = 0x20
_DEEPEST = 24
_MOST_UNPACKED = 256 << 20


class _Broken(ValueError):
    """The bytes are no BER."""


class _Value(NamedTuple):
    """`start` and `end` of its content, and where the next value begins."""

    tag: int
    start: int
    end: int
    after: int


def enclosed(data: bytes) -> bytes | None:
    """What is signed, or packed; None where the data is encrypted, holds nothing, or is damaged."""
    try:
        kind, content = _typed(data, _value(data, 0, len(data)))
        if kind not in (_SIGNED, _PACKED):
            return None
        message = next(_values(data, content))
        # Version and algorithms come before it; certificates and signatures are no sequences.
        parts = [part for part in _values(data, message) if part.tag == _SEQUENCE]
        _, content = _typed(data, parts[-1])
        text = b"".join(_octets(data, content, 0))
    except (ValueError, IndexError, StopIteration):
        return None
    return _unpacked(text) if kind == _PACKED else text


def is_encrypted(data: bytes) -> bool:
    try:
        kind, _ = _typed(data, _value(data, 0, len(data)))
    except (ValueError, IndexError):
        return False
    return kind == _ENVELOPED


def _unpacked(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(data, _MOST_UNPACKED)
    except zlib.error:
        return None


def _typed(data: bytes, value: _Value) -> tuple[bytes, _Value]:
    """Of a sequence of a type and its content: both."""
    kind, content = [*_values(data, value)][:2]
    if value.tag != _SEQUENCE or kind.tag != _OID or content.tag != _CONTENT:
        raise _Broken
    return data[kind.start : kind.end], content


def _octets(data: bytes, value: _Value, depth: int) -> Iterator[bytes]:
    """The bytes of an octet string, which may come in pieces."""
    if depth > _DEEPEST:
        raise _Broken
    for part in _values(data, value):
        if part.tag == _OCTETS:
            yield data[part.start : part.end]
        elif part.tag == _OCTETS | _CONSTRUCTED:
            yield from _octets(data, part, depth + 1)


def _values(data: bytes, value: _Value) -> Iterator[_Value]:
    at = value.start
    while at < value.end:
        part = _value(data, at, value.end)
        yield part
        at = part.after


def _value(data: bytes, at: int, end: int, depth: int = 0) -> _Value:
    """The value at a place. Of one without a length, which ends with two zeros, the values inside
    are passed over."""
    if at + 2 > end or depth > _DEEPEST or data[at] & 0x1F == 0x1F:
        raise _Broken
    tag, size = data[at], data[at + 1]
    start = at + 2
    if size == 0x80:
        place = start
        while data[place : place + 2] != b"\0\0":
            place = _value(data, place, end, depth + 1).after
        return _Value(tag, start, place, place + 2)
    if size > 0x80:
        start += size - 0x80
        size = int.from_bytes(data[at + 2 : start], "big")
    if start + size > end:
        raise _Broken
    return _Value(tag, start, start + size, start + size)
