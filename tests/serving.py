"""A running `kb serve`, and a client of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from tests.commands import Kb, Running, running


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def reason(self) -> str:
        """What an error of ours says first."""
        return str(self.json["error"]["what"])


@dataclass(frozen=True)
class Client:
    """Asks the server that printed `announced` (`kb serve --json`)."""

    announced: dict[str, Any]

    def __call__(self, path: str, body: object = None, *, method: str = "", **headers: str) -> Got:
        """A body that is no text is sent as JSON. A header's `-` is written `_`; "" leaves out
        one that is sent by itself."""
        sent = {"Authorization": f"Bearer {self.announced['token']}"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str | None) else json.dumps(body)
        address = urlsplit(self.announced["url"])
        assert address.hostname is not None
        connection = HTTPConnection(address.hostname, address.port, timeout=300)
        try:
            data = text.encode() if text is not None else None
            given = {name: value for name, value in sent.items() if value}
            connection.request(method or ("GET" if data is None else "POST"), path, data, given)
            return _got(connection.getresponse())
        finally:
            connection.close()


def _got(response: HTTPResponse) -> Got:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Got(response.status, headers, response.read().decode())


@dataclass
class Server:
    """The process, what it printed at the start, and its end. `log`: its standard error."""

    process: Running
    client: Client
    log: Path
    _out: IO[bytes]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and what was printed after the start."""
        os.kill(self.process.pid, number)
        code = self.process.wait(60)
        return code, self._out.read().decode()


@contextmanager
def serving(kb: Kb, log: Path, *arguments: str, before: tuple[str, ...] = ()) -> Iterator[Server]:
    """`kb BEFORE serve --port 0 --json ARGUMENTS`, until the block ends."""
    command = kb.command(*before, "serve", "--port", "0", "--json", *arguments)
    reading, writing = os.pipe()
    with ExitStack() as opened:
        out = opened.enter_context(open(reading, "rb"))
        errors = opened.enter_context(log.open("wb"))
        with open(writing, "wb") as printed:
            started = running(command, kb.environment(), printed, errors)
            process = opened.enter_context(started)
        line = out.readline()
        assert line, log.read_text(encoding="utf-8")
        server = Server(process, Client(json.loads(line)["serve"]), log, out)
        yield server
        with suppress(ProcessLookupError):  # it has been stopped
            server.stop()
