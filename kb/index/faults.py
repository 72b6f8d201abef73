"""What the operating system, SQLite and the disk may answer, as kb's own errors."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from kb.errors import StoreDamaged, StoreError

REPAIR = "repair it with kb check --repair, or go back one generation with kb rollback"

_HINTS = {
    errno.ENOSPC: "free some space on the disk, then run the same command again",
    errno.EDQUOT: "free some of your quota, then run the same command again",
    errno.EACCES: "give yourself access to the folder, or choose another with --home",
    errno.EPERM: "give yourself access to the folder, or choose another with --home",
    errno.EROFS: "the disk is mounted read-only: choose another folder with --home",
    **dict.fromkeys(
        (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS),
        "its file system may be mounted without locks: mount it with them, or keep the home "
        "folder on a local disk with --home",
    ),
}
ELSE = "check the folder's owner, permissions and free space; kb -v says more"
_NO_FILE = frozenset(
    {errno.ELOOP, errno.EISDIR, errno.ENOTDIR, errno.ENXIO, errno.EINVAL, errno.ENODEV}
)
"""What the system says of a link, a folder, a named pipe or a device in the place of a file."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_DAMAGE_SIGNS = ("no such table", "no such column", "decode to UTF-8", "malformed JSON")
"""What a flipped bit makes of the schema's names, and of a text that is stored."""


class store_faults:
    """Turn a fault while working on `path` into StoreError or StoreDamaged.

    A class, since a run enters it some ten times a document, and a generator takes nine times as
    long.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            return
        if isinstance(error, sqlite3.Error):
            raise _from_sqlite(self._path, error) from error
        if isinstance(error, OSError):
            raise StoreError(
                f"the store at {self._path} cannot be used",
                why=error.strerror or str(error),
                hint=_HINTS.get(error.errno or 0, ELSE),
            ) from error
        if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)):
            raise damaged(self._path, str(error)) from error


@contextmanager
def state_faults(path: Path) -> Iterator[None]:
    """As `store_faults`, for a small file of state: where it is no file, or does not hold what it
    is to hold (ValueError), that is StoreDamaged. A file that is not there stays an OSError."""
    try:
        with store_faults(path):
            try:
                yield
            except FileNotFoundError as error:
                raise _Missing from error
            except OSError as error:
                if error.errno in _NO_FILE:
                    raise damaged(path, error.strerror or str(error)) from error
                raise
            except ValueError as error:
                raise damaged(path, str(error)) from error
    except _Missing as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error


class _Missing(Exception):
    """FileNotFoundError on its way through `store_faults`."""


def system_hint(message: str) -> str | None:
    """What to do about an error of the operating system that an engine tells as text alone."""
    known = (code for code in _HINTS if os.strerror(code) in message)
    return next((_HINTS[code] for code in known), None)


def damaged(path: Path, why: str, hint: str = REPAIR) -> StoreDamaged:
    return StoreDamaged(f"the store is damaged at {path}", why=why, hint=hint)


def _from_sqlite(path: Path, error: sqlite3.Error) -> StoreError | StoreDamaged:
    # The low byte is the primary code; the rest says where it happened.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DAMAGE or any(sign in str(error) for sign in _DAMAGE_SIGNS):
        return damaged(path, str(error))
    full = code == sqlite3.SQLITE_FULL
    return StoreError(
        f"the store at {path} cannot be used",
        why=str(error),
        hint=_HINTS[errno.ENOSPC] if full else ELSE,
    )
