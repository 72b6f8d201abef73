"""Standard input and output as the connection, which nothing else may write to."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator

from kb.mcp.protocol import serve
from kb.mcp.running import ThreadRunner
from kb.session import Session
from kb.session.view import View

_BLOCK = 65536


def run(session: Session) -> None:
    """Serve whoever started this process, until standard input ends.

    What any library prints meanwhile goes to standard error.
    """
    wire = os.dup(1)
    os.dup2(2, 1)
    try:
        asyncio.run(_run(session, wire))
    finally:
        os.dup2(wire, 1)
        os.close(wire)


async def _run(session: Session, wire: int) -> None:
    view = View(session, session.collections)
    runner = ThreadRunner(session.halt)
    try:
        await serve(lambda context: (view, runner), _lines(0), _Writer(wire))
    finally:
        runner.close()


async def _lines(source: int) -> AsyncIterator[str]:
    """The lines of a file descriptor. Its thread reads it without a buffer of Python's, so that
    the process can end while it waits."""
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[bytes] = asyncio.Queue()

    def pump() -> None:
        while True:
            try:
                block = os.read(source, _BLOCK)
            except OSError:
                block = b""
            try:
                loop.call_soon_threadsafe(read.put_nowait, block)
            except RuntimeError:  # the loop is closed: the process ends
                return
            if not block:
                return

    threading.Thread(target=pump, name="kb-mcp-input", daemon=True).start()
    left = b""
    while block := await read.get():
        *lines, left = (left + block).split(b"\n")
        for line in lines:
            if line.strip():
                yield line.decode("utf-8", errors="replace")
    if left.strip():
        yield left.decode("utf-8", errors="replace")


class _Writer:
    """What the SDK writes messages to."""

    def __init__(self, wire: int) -> None:
        self._wire = wire

    async def write(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self._wire, data) :]

    async def flush(self) -> None:
        """Nothing is kept back."""
