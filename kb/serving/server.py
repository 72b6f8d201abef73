"""The socket, and the process's signals. uvicorn is imported here and in connections.py alone."""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from kb.errors import UsageError
from kb.serving.connections import MOST, Connection

_PATIENCE_SECONDS = 1  # answers end when they are told; this is for who does not read


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address in figures. Port 0 is any free one.

    Raises:
        UsageError: the port is taken or none, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=MOST)
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise UsageError(
            f"kb cannot listen on {host}, port {port}",
            why="another program listens there" if taken else str(error),
            hint="take another port: kb serve --port 0 takes any free one"
            if taken
            else "correct serve.host and serve.port",
        ) from error


def run(
    app: Any,
    listening: socket.socket,
    *,
    started: Callable[[], None],
    stop: Callable[[], None],
    proxies: frozenset[str] = frozenset(),
) -> signal.Signals:
    """Serve an ASGI application until SIGINT or SIGTERM comes, and return which.

    Args:
        started: called when requests are being answered.
        stop: called when the signal has come; it ends what is being answered.
        proxies: addresses that stand for many people, and may have as many connections as all.
    """
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=type("OurConnection", (Connection,), {"exempt": proxies}),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # a search's question is in its address
        proxy_headers=False,  # anybody could claim to be a proxy
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE_SECONDS,
    )
    server = _Server(config, started, stop)
    server.run(sockets=[listening])
    return server.stopped_by


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.stopped_by = signal.SIGTERM
        self._tell_started = started
        self._tell_stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._tell_stop()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stopped_by = signal.Signals(sig)
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's own it does not raise them once more at the end."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self.handle_exit) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)
