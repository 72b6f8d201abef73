"""The zstd layer (RFC 8878): one frame that holds the archive, then skippable frames.

The only importer of zstandard. Every byte of the file belongs to something: the frame's length is
found by walking its blocks, so nothing can hide behind it, and a frame that is cut off is seen.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import IO, Protocol, cast

import zstandard

from kb.bundle.invalid import invalid, truncated

LEVEL = 3
_WINDOW_LOG = 23
# Magic number, a descriptor that says "checksum at the end, size unknown", a window of 8 MiB.
_HEADER = b"\x28\xb5\x2f\xfd\x04\x68"
_RLE, _RESERVED = 1, 3
_MOST_IN_BLOCK = 128 << 10
_CHECKSUM = 4
_SKIPPABLE = 0x184D2A50


class Source(Protocol):
    """A stream to read from: a file, or what decryption puts out. It may return less than asked."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


def read_exactly(source: Source, size: int) -> bytes:
    """Raises InvalidBundle where the stream ends before."""
    return _exactly(source.read, size)


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    parts = []
    while size:
        part = read(size)
        if not part:
            raise truncated()
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class FrameReader:
    """Reads what one zstd frame holds; `digest` is the sha256 of the frame as it is in the file."""

    def __init__(self, source: Source) -> None:
        self._frame = _Frame(source)
        decompressor = zstandard.ZstdDecompressor(max_window_size=1 << _WINDOW_LOG)
        raw = cast(IO[bytes], self._frame)  # of a file's methods only `read` is called
        self._plain = decompressor.stream_reader(raw, read_across_frames=False)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes.

        Raises:
            InvalidBundle: the frame is damaged, or holds less.
        """
        return _exactly(self._read, size)

    def finish(self) -> None:
        """Raises InvalidBundle unless the frame ends here."""
        if self._read(1):
            raise invalid("something follows the last member", "the archive goes on after its end")
        if not self._frame.ended:
            raise invalid("the archive does not end where it should", "a zstd block follows")

    @property
    def digest(self) -> bytes:
        return self._frame.sha256.digest()

    def _read(self, size: int) -> bytes:
        try:
            return self._plain.read(size)
        except zstandard.ZstdError as error:
            raise invalid("it cannot be decompressed", str(error)) from error


class _Frame:
    """The bytes of one frame, block by block, and not one more."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.sha256 = hashlib.sha256()
        self.ended = False
        self._ready = self._take(len(_HEADER))
        if self._ready != _HEADER:
            raise invalid("it is no bundle", "its first bytes are not those of kb's zstd frame")

    def read(self, size: int = -1) -> bytes:
        if not self._ready and not self.ended:
            self._ready = self._next_block()
        size = len(self._ready) if size < 0 else size
        found, self._ready = self._ready[:size], self._ready[size:]
        return found

    def _next_block(self) -> bytes:
        start = self._take(3)
        fields = int.from_bytes(start, "little")
        last, kind, size = fields & 1, fields >> 1 & 3, fields >> 3
        if kind == _RESERVED or size > _MOST_IN_BLOCK:
            raise invalid("it cannot be decompressed", "a zstd block is damaged")
        block = start + self._take(1 if kind == _RLE else size)
        if last:
            block += self._take(_CHECKSUM)
            self.ended = True
        return block

    def _take(self, size: int) -> bytes:
        found = read_exactly(self._source, size)
        self.sha256.update(found)
        return found


class FrameWriter:
    """Compresses into one frame; `digest` is the sha256 of the frame, once it is closed."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._sha256 = hashlib.sha256()
        # With one worker or more, the output does not depend on how many there are.
        parameters = zstandard.ZstdCompressionParameters.from_level(
            LEVEL,
            window_log=_WINDOW_LOG,
            threads=os.cpu_count() or 1,
            write_checksum=True,
            write_content_size=False,
        )
        self._compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()

    def write(self, data: bytes) -> None:
        self._put(self._compressor.compress(data))

    def close(self) -> None:
        self._put(self._compressor.flush())

    @property
    def digest(self) -> bytes:
        return self._sha256.digest()

    def _put(self, data: bytes) -> None:
        self._sha256.update(data)
        self._sink.write(data)


def skippable(number: int, content_size: int) -> bytes:
    """The header of a skippable frame, which every zstd decoder passes over."""
    return (_SKIPPABLE + number).to_bytes(4, "little") + content_size.to_bytes(4, "little")


def at_end(source: Source) -> bool:
    return not source.read(1)
