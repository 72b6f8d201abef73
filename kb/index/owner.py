"""Whose the home folder is. What root writes into another user's home the user cannot read or
change any more, so a writer refuses."""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kb.errors import StoreError


def require_own(*folders: Path) -> None:
    """Each folder lies in the one before it; those that are not there are passed over.

    Raises:
        StoreError: what this process writes into one of them would be another user's than it is.
        OSError: that cannot be told.
    """
    for folder in folders:
        try:
            owner = folder.stat().st_uid
        except FileNotFoundError:
            continue
        if owner != os.geteuid() and owner != _given_to_new_files(folders):
            raise StoreError(
                f"the folder {folder} belongs to another user",
                why=f"it is {_name(owner)}'s, and this runs as {_name(os.geteuid())}: what one of "
                "them writes the other cannot use",
                hint=f"run it as that user: sudo -u {_name(owner)} kb …; or give the folder away: "
                f"chown -R {_name(os.geteuid())} {folder}",
            )


def _given_to_new_files(folders: Sequence[Path]) -> int:
    """The owner that a new file has there: a mounted file system may give all of it to one. In
    the sandbox only the innermost folder can be tried; nobody's, where none can."""
    innermost = folders[-1]
    for folder in (innermost, *innermost.parents):
        if folder.is_dir():
            try:
                with tempfile.TemporaryFile(dir=folder) as probe:
                    return os.fstat(probe.fileno()).st_uid
            except PermissionError:
                break
    return -1


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
