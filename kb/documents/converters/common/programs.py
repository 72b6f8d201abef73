"""Programs that convert, as guests: in a folder of their own that is deleted afterwards, without a
network where the kernel allows to take it away, at most for a fixed time. None outlives the worker
that started it: the kernel kills it when that one dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from kb.documents.failures import damaged
from kb.errors import DamagedDocument, LimitExceeded
from kb.types import SourceFile

SECONDS = 200
_MOST_OUTPUT = 300 << 20
_PR_SET_PDEATHSIG = 1
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


def output(source: SourceFile, file: Path) -> bytes:
    """What the program has written."""
    if not file.exists() or not file.stat().st_size:
        raise _not_read(source, "the program that converts it has written nothing")
    if file.stat().st_size > _MOST_OUTPUT:
        raise LimitExceeded(
            f"'{source.path}' holds too much",
            why=f"converted, it is more than {_MOST_OUTPUT >> 20} MiB",
            hint="split the document, or exclude it",
        )
    return file.read_bytes()


def run(
    source: SourceFile, command: list[str], folder: str, accepted: tuple[int, ...] = (0,)
) -> int:
    """Run a program to its end, and end it where it does not. Returns its exit code."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=_environment(folder),
                start_new_session=os.name == "posix",
                preexec_fn=functools.partial(_fence.put_up, os.getpid())
                if os.name == "posix"
                else None,
            )
        except OSError as error:
            raise damaged(source.path, error) from error
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            raise LimitExceeded(
                f"'{source.path}' takes too long",
                why=f"{Path(command[0]).name} did not end within {SECONDS} seconds",
                hint="save the document in a newer format, or exclude it",
            ) from error
        finally:
            _kill_group(process)
        if code not in accepted:
            output.seek(0)
            raise _not_read(source, f"{Path(command[0]).name} ended with {code}: {_last(output)}")
        return code


def _last(output: IO[bytes]) -> str:
    lines = output.read(20_000).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "nothing said")[:160]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The program and what it has started: they are a group of their own."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _environment(folder: str) -> Mapping[str, str]:
    return {**os.environ, "HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"}


def _not_read(source: SourceFile, why: str) -> DamagedDocument:
    return DamagedDocument(
        f"'{source.path}' cannot be converted",
        why=why,
        hint="open it in the program it was made with and save it in a newer format",
    )


class _Fence:
    """What a program gets between fork and exec: an end with its parent's, and no network.

    The C library is looked up here, before any fork, after which nothing may be loaded.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None) if os.name == "posix" else None
        self.prctl = getattr(libc, "prctl", None)
        self.unshare = getattr(libc, "unshare", None)

    def put_up(self, parent: int) -> None:
        if self.prctl:
            self.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the kernel was told
                os._exit(1)
        # A network of its own has no devices. Root may have one, others in a user space of theirs;
        # where neither is allowed, sandbox and profile above still keep links from being followed.
        if self.unshare and self.unshare(_NEW_NETWORK) != 0:
            self.unshare(_NEW_USER | _NEW_NETWORK)


_fence = _Fence()
