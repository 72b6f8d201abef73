"""The process that forks workers: it imports once what all of them need.

It is started by `Starter` with nothing but a socket, an empty standard input and no terminal, and
told over the socket what to import, which worker to fork and which to kill. It tells of each
worker how it ended. When the socket closes, its starter is gone: it kills its workers and ends;
when it is itself killed, the kernel kills them.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence, Set
from typing import IO, Any, NoReturn

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_BASE = "kb.documents.pool.preload"
_SECONDS_TO_END = 10


class Starter:
    """The process, seen from where it was started. Threads may share it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.last_line = ""
        """What a worker wrote to standard error last."""
        self._lock = threading.Lock()
        self._listeners: dict[int, Callable[[int | None], None]] = {}
        self._read = b""
        self._number = 0
        self._socket, theirs = socket.socketpair()
        with theirs:
            code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
            )
        assert self._process.stderr is not None
        lines = threading.Thread(
            target=self._pass_on, args=(self._process.stderr,), name="parser log", daemon=True
        )
        lines.start()

    def fileno(self) -> int:
        return self._socket.fileno()

    def load(self, modules: Sequence[str]) -> None:
        """Import modules, and call their `load()`, before the next worker is forked. A name that
        begins with a dot stands for what files with this ending want to have imported."""
        self._tell({"load": modules})

    def fork(self, end: socket.socket, modules: Sequence[str]) -> int:
        """Fork a worker that serves at this end of a socket. Returns its number."""
        with self._lock:
            self._number += 1
            number = self._number
        self._tell({"fork": number, "load": modules}, end)
        return number

    def when_ended(self, number: int, listener: Callable[[int | None], None]) -> None:
        """Call a listener with a worker's exit code, once that is known; with None where it never
        will be."""
        self._listeners[number] = listener

    def kill(self, number: int) -> None:
        self._tell({"kill": number})

    def listen(self) -> None:
        """Read what has been said, and tell the listeners."""
        with self._lock:
            try:
                block = self._socket.recv(1 << 16, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                block = b""
            *lines, self._read = (self._read + block).split(b"\n")
            for line in lines:
                number, code = json.loads(line)
                self._ended(number, code)
            if not block:
                for number in list(self._listeners):
                    self._ended(number, None)

    def is_alive(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def end(self) -> None:
        """End it, and its workers, and wait until they are gone."""
        if self.owner != os.getpid():
            return
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_END)
        self._process.kill()
        self._process.wait()

    def _ended(self, number: int, code: int | None) -> None:
        listener = self._listeners.pop(number, None)
        if listener:
            listener(code)

    def _tell(self, message: dict[str, Any], *ends: socket.socket) -> None:
        data = json.dumps(message).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):  # it is gone: `listen` says so
            socket.send_fds(self._socket, [data], [end.fileno() for end in ends])

    def _pass_on(self, stream: IO[bytes]) -> None:
        """What workers write to standard error belongs to the log of the run."""
        with stream:
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip()
                self.last_line = "".join(c if c.isprintable() else "_" for c in text)[:500]
                log.warning("%s", self.last_line)


_shared: Starter | None = None
_sharing = threading.Lock()


def shared() -> Starter:
    """The one of this process, started where there is none yet."""
    global _shared
    with _sharing:
        if _shared is None or not _shared.is_alive():
            _shared = Starter()
            atexit.register(_shared.end)
        return _shared


# --- within the process ---------------------------------------------------------------


def main() -> NoReturn:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_terminal()
    try:
        _Forks(control).serve()
    finally:
        os._exit(0)


class _Forks:
    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, int] = {}
        self.told: set[str] = set()
        self.loaded: set[str] = set()
        self.read = b""
        self.ends: list[int] = []
        # A child that ends wakes the loop.
        self.woken, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        self.waker = waker
        importlib.import_module(_BASE)

    def serve(self) -> None:
        while True:
            watched: list[Any] = [self.control, self.woken]
            ready, _, _ = select.select(watched, [], [])
            if self.woken in ready:
                os.read(self.woken, 1 << 12)
            self.reap()
            if self.control in ready:
                block, ends, _, _ = socket.recv_fds(self.control, 1 << 16, 64)
                if not block:
                    break
                self.ends += ends
                *lines, self.read = (self.read + block).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        for pid in self.children:
            os.waitpid(pid, 0)

    def obey(self, order: dict[str, Any]) -> None:
        names = {*order.get("load", ())} - self.told
        self.told |= names
        for name in sorted(modules_of(names) - self.loaded):
            self.loaded.add(name)
            importlib.import_module(name).load()
        if "fork" in order:
            self.fork(order["fork"], self.ends.pop(0))
        for pid, number in self.children.items():
            if number == order.get("kill"):
                os.kill(pid, signal.SIGKILL)

    def fork(self, number: int, end: int) -> None:
        me = os.getpid()
        pid = os.fork()
        if pid:
            self.children[pid] = number
            os.close(end)
            return
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.control.close()
            os.close(self.woken)
            os.close(self.waker)
            _die_with(me)
            importlib.import_module("kb.documents.pool.worker").serve(socket.socket(fileno=end))
            code = 0
        except BaseException:
            logging.getLogger(__name__).exception("a parsing process ends")
        finally:
            os._exit(code)

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                number = self.children.pop(pid, None)
                if number is not None:
                    ended = json.dumps([number, os.waitstatus_to_exitcode(status)])
                    self.control.sendall(ended.encode() + b"\n")


def modules_of(names: Set[str]) -> set[str]:
    """What `Starter.load` was told, as modules."""
    endings = {name for name in names if name.startswith(".")}
    wanted = {name.removeprefix(".") for name in endings}
    formats = importlib.import_module("kb.documents.formats")
    return {*names} - endings | (formats.preloads(wanted) if wanted else set())


def _leave_terminal() -> None:
    """In a session of its own a process has no terminal, into which it could type."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return  # there is none
    with contextlib.suppress(OSError):
        os.setsid()


def _die_with(parent: int) -> None:
    """End with the process that forked this one, even in the middle of a file (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
