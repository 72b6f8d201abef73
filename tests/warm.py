"""`kb` without its start: a process that has imported everything forks once a command.

    python -m tests.warm FD     serves at a socket that it was given, until that is closed

What a command does, its sandbox, its processes, its signals and its exit code are those of a
process of its own. What it does not repeat is what Python needs for imports at the start, and for
taking everything down at the end. tests/commands.py says when it is used.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import kb

REPOSITORY = Path(__file__).parent.parent
LARGEST = 1 << 17
_SPENT = [0.0]


def possible() -> bool:
    """Whether this system has what it takes: Linux, and process descriptors."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def processor_seconds() -> float:
    """What the commands of this process have cost so far, user and system, without those that
    still run."""
    return _SPENT[0]


@dataclass(frozen=True)
class Request:
    """A Python module to run as a program: where, with what. `umask` below 0: as it is."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    umask: int

    def run(self) -> None:
        """In this process, as if it had just been started for it."""
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        if self.umask >= 0:
            os.umask(self.umask)
        tempfile.tempdir = None  # TMPDIR says
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
        sys.argv = [self.module, *self.arguments]
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


# --- who asks ---------------------------------------------------------------------------


@dataclass
class Command:
    """A command that runs. Its end is waited for with `wait`."""

    pid: int
    _reply: socket.socket
    _end: tuple[int, float] | None = field(default=None, init=False)

    def wait(self, seconds: float | None = None) -> int:
        """The exit code; negative where a signal ended it. Raises TimeoutError."""
        if self._end is None:
            self._reply.settimeout(seconds)
            code, spent = json.loads(self._reply.recv(LARGEST))
            self._reply.close()
            self._end = (code, spent)
            _SPENT[0] += spent
        return self._end[0]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


class Start(Protocol):
    """Starts a command: `Warm.start`, or another's."""

    def __call__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: tuple[int, int, int],
        umask: int = -1,
    ) -> Command: ...


class Warm:
    """The process that forks, started at the first command. One a process of the tests."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: tuple[int, int, int],
        umask: int = -1,
    ) -> Command:
        """`python -m MODULE ARGUMENTS` on these file descriptors."""
        request = Request(module, list(arguments), dict(environment), os.getcwd(), umask)
        here, there = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with there:
            message = json.dumps(asdict(request)).encode()
            socket.send_fds(self._connected(), [message], [*streams, there.fileno()])
        return Command(int(here.recv(LARGEST)), here)

    def close(self) -> None:
        if self._process and self._socket:
            self._socket.close()
            self._process.wait(60)
            self._process = self._socket = None
            _SPENT[0] = 0.0  # from here on the system counts it as this process's child

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket, there = socket.socketpair(type=socket.SOCK_SEQPACKET)
            with there:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.warm", str(there.fileno())],
                    pass_fds=[there.fileno()],
                    cwd=REPOSITORY,
                    stdin=subprocess.DEVNULL,
                )
        return self._socket


def communicate(
    start: Start,
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    typed: bytes = b"",
    umask: int = -1,
    seconds: float,
) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error, once nobody holds these open any more.

    Raises:
        TimeoutExpired: the command was killed after so many seconds.
    """
    deadline = time.monotonic() + seconds
    pipes = [os.pipe(), os.pipe()]
    with tempfile.TemporaryFile() as stdin:
        stdin.write(typed)
        stdin.seek(0)
        command = start(
            module, arguments, environment, (stdin.fileno(), pipes[0][1], pipes[1][1]), umask
        )
    for _, writing in pipes:
        os.close(writing)
    read: dict[int, bytearray] = {reading: bytearray() for reading, _ in pipes}
    with selectors.DefaultSelector() as waiting:
        for reading in read:
            waiting.register(reading, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(0.0, deadline - time.monotonic()))
            for key, _ in ready:
                piece = os.read(key.fd, 1 << 16)
                read[key.fd] += piece
                if not piece:
                    waiting.unregister(key.fd)
                    os.close(key.fd)
            if not ready:
                command.kill()
                for one in [*waiting.get_map().values()]:
                    os.close(one.fd)
                raise subprocess.TimeoutExpired([module, *arguments], seconds)
    out, err = read.values()
    return command.wait(60), bytes(out), bytes(err)


# --- who forks --------------------------------------------------------------------------

_LIBRARIES = (
    *("ollama", "httpx", "rjieba", "opencc", "qdrant_edge", "xllamacpp", "pyrage", "zstandard"),
    *("cryptography.hazmat.primitives.asymmetric.ed25519", "rich.progress", "starlette.routing"),
    "tests.dictionaries",
)
_LEFT_OUT = ("__main__", "worker_preload", "integrations")
"""Modules that few commands need, or that do something when they are imported."""


def main() -> None:
    _import_everything()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        request = _serve(control)
    if request:
        os._exit(_exit_code(request.run))


def _exit_code(program: Callable[[], None]) -> int:
    """What Python does at the end of a program, but for taking 2,000 modules down."""
    code: object = 0
    try:
        program()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    with contextlib.suppress(ValueError):  # a reader that went away: it is closed
        sys.stderr.flush()
    if isinstance(code, str):
        os.write(2, f"{code}\n".encode())
    return code if isinstance(code, int) else int(code is not None)


def _import_everything() -> None:
    for found in pkgutil.walk_packages(kb.__path__, "kb."):
        if found.name.rpartition(".")[2] not in _LEFT_OUT:
            importlib.import_module(found.name)
    for name in _LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # or the first collection of every child copies all of it
    threads = len(os.listdir("/proc/self/task"))
    assert threads == 1, f"an import has started {threads - 1} threads: a fork would lose them"


def _serve(control: socket.socket) -> Request | None:
    """Forks for each request and says how each child ended. Returns in a child with its request;
    in this process once nobody can ask any more."""
    running: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as waiting:
        waiting.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fd in running:
                    waiting.unregister(key.fd)
                    os.close(key.fd)
                    _report_end(*running.pop(key.fd))
                    continue
                message, streams, _, _ = socket.recv_fds(control, LARGEST, 4)
                if not message:
                    return None
                pid = os.fork()
                if not pid:
                    take_streams(streams, [*running])
                    return Request(**json.loads(message))
                *ours, last = streams
                for stream in ours:
                    os.close(stream)
                reply = socket.socket(fileno=last)
                reply.send(str(pid).encode())
                handle = os.pidfd_open(pid)
                waiting.register(handle, selectors.EVENT_READ)
                running[handle] = (pid, reply)


def _report_end(pid: int, reply: socket.socket) -> None:
    _, status, usage = os.wait4(pid, 0)
    end = (os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime)
    with reply, contextlib.suppress(BrokenPipeError):  # who asked has given up
        reply.send(json.dumps(end).encode())


def take_streams(streams: list[int], handles: list[int]) -> None:
    """The first three become this process's own; it keeps nothing of the others."""
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    for descriptor in {*streams, *handles}:
        os.close(descriptor)


if __name__ == "__main__":
    main()
