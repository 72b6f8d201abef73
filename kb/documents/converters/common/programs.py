"""Programs that convert, as guests: in a folder of their own that is deleted afterwards, without a
network where the kernel allows to take it away, at most for a fixed time. None outlives the worker
that started it: the kernel kills it when that one dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from kb.documents.failures import damaged
from kb.documents.formats import Program
from kb.errors import DamagedDocument, LimitExceeded, MissingProgram

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

SECONDS = 200
_MOST_OUTPUT = 300 << 20
_MOST_WRITTEN = 4 << 30
_TOO_LARGE = getattr(signal, "SIGXFSZ", 25)
_PR_SET_PDEATHSIG = 1
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


def on_path(*names: str) -> str:
    """The first of these programs that is on PATH. Raises FileNotFoundError."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise FileNotFoundError(f"{names[0]} is not on PATH")


def needed(program: Program, path: str) -> str:
    """Where a program is that the file `path` needs.

    Raises:
        MissingProgram: it is not there.
    """
    try:
        return program.find()
    except OSError as error:
        raise MissingProgram(
            f"'{path}' needs {program.name}", why=str(error), hint=program.fix
        ) from error


def output(path: str, file: Path) -> bytes:
    """What the program has written."""
    if not file.exists() or not file.stat().st_size:
        raise _not_read(path, "the program that converts it has written nothing")
    if file.stat().st_size > _MOST_OUTPUT:
        raise LimitExceeded(
            f"'{path}' holds too much",
            why=f"converted, it is more than {_MOST_OUTPUT >> 20} MiB",
            hint="split the document, or exclude it",
        )
    return file.read_bytes()


def run(
    path: str,
    command: list[str],
    folder: str,
    accepted: tuple[int, ...] = (0,),
    *,
    most: int = _MOST_WRITTEN,
) -> int:
    """Run a program to its end, and end it where it does not. Returns its exit code.

    Args:
        path: of the file that it reads, which is only shown.
        folder: where it runs, and what it calls home.
        accepted: exit codes with which it has done its work.
        most: how many bytes it may write in all into `folder`.

    Raises:
        DamagedDocument: it ended with another exit code.
        LimitExceeded: it wrote too much, or took too long.
    """
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
                preexec_fn=functools.partial(_fence.put_up, os.getpid(), most)
                if os.name == "posix"
                else None,
            )
        except OSError as error:
            raise damaged(path, error) from error
        try:
            code = _wait(path, process, Path(folder), most)
        finally:
            _kill_group(process)
        if code == -_TOO_LARGE:
            raise _wrote_too_much(path, most)
        if code not in accepted:
            output.seek(0)
            raise _not_read(path, f"{Path(command[0]).name} ended with {code}: {_said(output)}")
        return code


def _wait(path: str, process: subprocess.Popen[bytes], folder: Path, most: int) -> int:
    """Until it ends, has written too much in all its files, or takes too long. The kernel looks at
    the size of each file (`_Fence`)."""
    until = time.monotonic() + SECONDS
    pause = 0.02
    while True:
        try:
            code = process.wait(pause)
        except subprocess.TimeoutExpired:
            code = None
        pause = min(0.5, pause * 2)
        if _written(folder) > most:
            raise _wrote_too_much(path, most)
        if code is not None:
            return code
        if time.monotonic() > until:
            raise LimitExceeded(
                f"'{path}' takes too long",
                why=f"{Path(str(process.args[0])).name} did not end within {SECONDS} seconds",  # type: ignore[index]
                hint="save the document in a newer format, or exclude it",
            )


def _written(folder: Path) -> int:
    """Bytes of all files below; one that goes while it is counted counts nothing."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size


def _wrote_too_much(path: str, most: int) -> LimitExceeded:
    return LimitExceeded(
        f"'{path}' holds too much",
        why=f"converted, or unpacked, it is more than {most >> 20} MiB",
        hint="split the document, or exclude it",
    )


def _said(output: IO[bytes]) -> str:
    """Its last two lines: the last one may only be that there was an error."""
    lines = output.read(20_000).decode("utf-8", "replace").split("\n")
    said = [line.strip() for line in lines if line.strip()][-2:]
    return "; ".join(said)[:200] or "nothing said"


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


def _not_read(path: str, why: str) -> DamagedDocument:
    return DamagedDocument(
        f"'{path}' cannot be converted",
        why=why,
        hint="open it in the program it was made with and save it in a newer format",
    )


class _Fence:
    """What a program gets between fork and exec: an end with its parent's, a largest size of a
    file, and no network.

    The C library is looked up here, before any fork, after which nothing may be loaded.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None) if os.name == "posix" else None
        self.prctl = getattr(libc, "prctl", None)
        self.unshare = getattr(libc, "unshare", None)

    def put_up(self, parent: int, most: int) -> None:
        if resource is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        if self.prctl:
            self.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the kernel was told
                os._exit(1)
        # A network of its own has no devices. Root may have one, others in a user space of theirs;
        # where neither is allowed, sandbox and profile above still keep links from being followed.
        if self.unshare and self.unshare(_NEW_NETWORK) != 0:
            self.unshare(_NEW_USER | _NEW_NETWORK)


_fence = _Fence()
