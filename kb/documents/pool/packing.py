"""Values as they cross from a parsing process: lines of JSON, compressed as one stream where they
are many; the first byte says whether they are.

A large table is some 80 MB of JSON. Neither side ever holds all of it as text: lines are packed
and unpacked one after another. What comes may be anything, so unpacking is bounded.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from kb.documents.pool.channel import MOST_BYTES
from kb.documents.pool.checks import NotAllowed

_QUICKLY = 1
_BLOCK = 1 << 16
_PLAIN, _PACKED = b"\x00", b"\x01"
_SMALL = 1 << 14
"""Bytes up to which nothing is compressed: they are packed nine times as fast without."""


def pack(values: Iterable[Any]) -> bytes:
    lines = map(_line, values)
    begun = bytearray()
    for line in lines:
        begun += line
        if len(begun) > _SMALL:
            break
    else:
        return _PLAIN + begun
    packer = zlib.compressobj(_QUICKLY)
    packed = bytearray(_PACKED + packer.compress(begun))
    for line in lines:
        packed += packer.compress(line)
    return bytes(packed + packer.flush())


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def unpack(packed: bytes, *, most: int = MOST_BYTES) -> Iterator[Any]:
    """The values, one after another.

    Args:
        most: bytes of JSON.

    Raises:
        NotAllowed: it is nothing that `pack` gives, or more than `most`.
    """
    kind, body = packed[:1], packed[1:]
    if kind not in (_PLAIN, _PACKED) or (kind == _PLAIN and len(body) > _SMALL):
        raise NotAllowed("it is not packed")
    for line in _plain_lines(body) if kind == _PLAIN else _lines(body, most):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise NotAllowed("it is no JSON in UTF-8") from error


def _plain_lines(body: bytes) -> Iterator[bytes]:
    lines = body.split(b"\n")
    if lines.pop():
        raise NotAllowed("it does not end where it should")
    yield from lines


def _lines(packed: bytes, most: int) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    waiting, read = bytearray(), 0
    try:
        block = unpacker.decompress(packed, _BLOCK)
        while block:
            read += len(block)
            if read > most:
                raise NotAllowed("it is longer than any document")
            start, end = 0, block.find(b"\n")
            while end >= 0:
                yield bytes(waiting + block[start:end])
                waiting.clear()
                start, end = end + 1, block.find(b"\n", end + 1)
            waiting += block[start:]
            block = unpacker.decompress(unpacker.unconsumed_tail, _BLOCK)
    except zlib.error as error:
        raise NotAllowed("it is not packed") from error
    if waiting or not unpacker.eof or unpacker.unused_data:
        raise NotAllowed("it does not end where it should")
