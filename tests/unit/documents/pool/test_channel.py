"""Messages over a socket, whose other end may be anybody."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from kb.documents.pool.channel import MOST_BYTES, Channel, TooLong


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_messages_arrive_whole_whatever_pieces_they_come_in(
    ends: tuple[Channel, socket.socket],
) -> None:
    channel, other = ends
    data = struct.pack(">Q", 3) + b"abc" + struct.pack(">Q", 0) + struct.pack(">Q", 2) + b"de"
    found: list[bytes] = []
    for byte in data:
        other.sendall(bytes([byte]))
        found += channel.arrived()[0]
    assert found == [b"abc", b"", b"de"]


def test_half_a_message_is_not_waited_for(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    other.sendall(struct.pack(">Q", 1000) + b"abc")
    assert channel.arrived() == ([], False)
    other.close()
    assert channel.arrived() == ([], True)


def test_a_message_longer_than_any_document_is_not_read(
    ends: tuple[Channel, socket.socket],
) -> None:
    channel, other = ends
    other.sendall(struct.pack(">Q", MOST_BYTES + 1))
    with pytest.raises(TooLong):
        channel.arrived()


def test_nobody_waits_for_one_that_does_not_read(ends: tuple[Channel, socket.socket]) -> None:
    channel, _ = ends
    assert channel.offer(b"x")
    assert not channel.offer(bytes(1 << 24))
