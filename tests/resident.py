"""A process that keeps its models: many questions, and each model is loaded once.

    python -m tests.resident     serves at the socket that is its standard input

Each request is a whole command line, run by `kb.cli.main.run` in this process: for questions whose
subject is the answer. It is not confined by the sandbox, which would stay for the next one, and
its start is not its own; what tests these, starts a process for each command (tests/commands.py).
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence

from tests.warm import LARGEST, Command, Warm, take_streams


class Resident:
    """The process, started at the first command. Not for several threads."""

    def __init__(self, warm: Warm) -> None:
        self._warm = warm
        self._command: Command | None = None
        self._socket: socket.socket | None = None

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: tuple[int, int, int],
        umask: int = -1,
    ) -> Command:
        """As Warm.start, for kb.cli alone, and with the umask as it is."""
        assert (module, umask) == ("kb.cli", -1)
        here, there = socket.socketpair(type=socket.SOCK_SEQPACKET)
        message = json.dumps([list(arguments), dict(environment), os.getcwd()]).encode()
        with there:
            socket.send_fds(self._connected(environment), [message], [*streams, there.fileno()])
        assert self._command is not None
        return Command(self._command.pid, here)

    def close(self) -> None:
        if self._command and self._socket:
            self._socket.close()
            self._command.wait(60)
            self._command = self._socket = None

    def _connected(self, environment: Mapping[str, str]) -> socket.socket:
        if self._socket is None:
            self._socket, there = socket.socketpair(type=socket.SOCK_SEQPACKET)
            with there, open(os.devnull, "wb") as nowhere:
                streams = (there.fileno(), nowhere.fileno(), nowhere.fileno())
                self._command = self._warm.start("tests.resident", [], environment, streams)
        return self._socket


def main() -> None:
    control = socket.socket(fileno=os.dup(0))
    _keep_models()
    while True:
        message, streams, _, _ = socket.recv_fds(control, LARGEST, 4)
        if not message:
            return
        arguments, environment, folder = json.loads(message)
        with socket.socket(fileno=streams.pop()) as reply:
            before = _processor_seconds()
            take_streams(streams, [])
            code = _answer(arguments, environment, folder)
            _let_streams_go()
            reply.send(json.dumps((code, _processor_seconds() - before)).encode())


def _answer(arguments: list[str], environment: dict[str, str], folder: str) -> int:
    from kb.cli.main import run

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", closefd=False)
    try:
        return run(arguments)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _let_streams_go() -> None:
    """Whoever reads them is to see their end."""
    take_streams([os.open(os.devnull, os.O_RDWR)] * 3, [])


def _keep_models() -> None:
    """What is opened once stays open for the next command that asks for the same."""
    from kb.models import connect

    opened: dict[str, connect.Models] = {}
    open_models = connect.open_models

    def keep(*arguments: object, **options: object) -> connect.Models:
        key = repr((arguments, sorted(options.items())))
        if key not in opened:
            opened[key] = open_models(*arguments, **options)  # type: ignore[arg-type]
            vars(opened[key])["close"] = lambda: None
        return opened[key]

    vars(connect)["open_models"] = keep


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
