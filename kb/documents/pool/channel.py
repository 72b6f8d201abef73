"""Messages over a socket: eight bytes of length, then so many bytes."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

_LENGTH = struct.Struct(">Q")
_BLOCK = 1 << 18
MOST_BYTES = 1 << 28
"""Of one message: several times what the longest document takes."""


class TooLong(Exception):
    """The other side announces more than any document takes."""


class Channel:
    """One end. A worker's waits; the other one, whose worker may be anything, never does."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._read = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: bytes) -> None:
        """Raises OSError where the other end is gone."""
        self._socket.sendall(_LENGTH.pack(len(message)))
        self._socket.sendall(message)

    def offer(self, message: bytes) -> bool:
        """Send without waiting; whether all of it went."""
        whole = _LENGTH.pack(len(message)) + message
        try:
            return self._socket.send(whole, socket.MSG_DONTWAIT) == len(whole)
        except OSError:
            return False

    def receive(self) -> bytes | None:
        """The next message, waited for; None when the other end is closed."""
        while True:
            for message in self._whole():
                return message
            block = self._socket.recv(_BLOCK)
            if not block:
                return None
            self._read += block

    def arrived(self) -> tuple[list[bytes], bool]:
        """The messages that are here, and whether the other end is closed.

        Raises:
            TooLong: the next message is longer than MOST_BYTES.
        """
        closed = False
        while True:
            try:
                block = self._socket.recv(_BLOCK, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError:
                block = b""
            if not block:
                closed = True
                break
            self._read += block
            if len(self._read) > MOST_BYTES + _BLOCK:
                break
        return [*self._whole()], closed

    def _whole(self) -> Iterator[bytes]:
        while len(self._read) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._read)
            if length > MOST_BYTES:
                raise TooLong(f"a message of {length:,} bytes")
            end = _LENGTH.size + length
            if len(self._read) < end:
                return
            message = bytes(self._read[_LENGTH.size : end])
            del self._read[:end]
            yield message

    def close(self) -> None:
        self._socket.close()
