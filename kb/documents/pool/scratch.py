"""A folder for what the workers unpack, which is deleted even after a process was killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

_PREFIX = "kb-parse-"
_SECONDS_TO_LOCK = 60
_OFFICE_SOCKETS = Path("/tmp")


class Scratch:
    """A temporary folder whose owner holds a lock on it. Copies of documents must not stay behind
    where a process was killed, so each new owner deletes the folders that nobody holds."""

    def __init__(self) -> None:
        _sweep()
        self.path = tempfile.mkdtemp(prefix=_PREFIX)
        self._handle = _lock(self.path)

    def delete(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or just deleted by another process
            # A new folder is locked a moment after it is made.
            if time.time() - folder.stat().st_mtime < _SECONDS_TO_LOCK:
                continue
            handle = _lock(str(folder))
            if handle is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def sweep_office_sockets(folder: Path = _OFFICE_SOCKETS) -> None:
    """Delete what LibreOffice leaves behind where it was killed, or may not delete its socket:
    this user's, at which nobody listens any more."""
    if sys.platform == "win32":
        return
    for place in folder.glob(f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_*"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as attempt:
            try:
                attempt.connect(str(place))
            except ConnectionRefusedError:
                if place.is_socket():
                    place.unlink()


def _lock(folder: str) -> int | None:
    """A handle that holds the folder, or None where another process does."""
    if sys.platform == "win32":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
