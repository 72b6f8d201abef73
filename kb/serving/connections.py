"""Connections within bounds: nobody holds one for long without asking, and whoever asks finds one.

uvicorn has no limit of time for a request's head or body, and counts silent connections among
those that it limits. Here a head and a body have their time; where connections are too many, the
one that has owed the rest of a request longest makes room. A request that is being answered is
never cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
BODY_SECONDS = 60.0
BODY_BYTES = 1 << 20
"""What an upload sends in that time at least, else it has ended."""
MOST = 256
MOST_EACH = 64
"""Connections of one address."""


class Connection(H11Protocol):
    """One connection. `_silent` are those of the process that have sent no whole request yet,
    the longest silent first. `exempt` are addresses behind which there are many people."""

    exempt: ClassVar[frozenset[str]] = frozenset()

    _all: ClassVar[set[Connection]] = set()
    _silent: ClassVar[dict[Connection, None]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._timer: asyncio.TimerHandle | None = None
        self._has_head = False
        self._received = 0
        super().connection_made(transport)
        _send_at_once(transport)
        self._address = self.client[0] if self.client else ""
        self._make_room()
        self._all.add(self)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._all.discard(self)
        self._silent.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._received += len(data)
        self._note_progress()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle is not None and not self.cycle.response_complete:
            self._note_progress()  # the next request had come already
        elif not self.transport.is_closing():
            self._wait_for_head()

    def _note_progress(self) -> None:
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return  # half a head: its time runs on
        if not cycle.more_body:
            self._silent.pop(self, None)
            self._stop_timer()
        elif not self._has_head:
            self._has_head = True
            self._wait_for_body()

    def _wait_for_body(self) -> None:
        self._stop_timer()
        self._received = 0
        self._timer = self.loop.call_later(BODY_SECONDS, self._judge_body)

    def _judge_body(self) -> None:
        cycle: Any = self.cycle
        if cycle is not None and cycle.more_body and self._received >= BODY_BYTES:
            self._wait_for_body()
        else:
            self._give_up()

    def _wait_for_head(self) -> None:
        self._stop_timer()
        self._silent.pop(self, None)
        self._silent[self] = None
        self._has_head = False
        self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        cycle: Any = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:
            self.transport.abort()

    def _make_room(self) -> None:
        own = [one for one in self._all if one._address == self._address]
        if len(own) >= MOST_EACH and self._address not in self.exempt:
            self._drop(one for one in self._silent if one._address == self._address)
        elif len(self._all) >= MOST:
            self._drop(self._silent)

    def _drop(self, silent: Any) -> None:
        oldest = next(iter(silent), None)
        if oldest is not None:
            self._silent.pop(oldest, None)
            oldest.transport.abort()
        else:
            self.transport.abort()  # all of them are being answered


def _send_at_once(transport: asyncio.Transport) -> None:
    """Without this a response's body waits 40 ms for the head to be acknowledged (Nagle's
    algorithm against delayed acknowledgements). asyncio does it only for sockets whose protocol
    was named when they were made."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):  # closed already
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
