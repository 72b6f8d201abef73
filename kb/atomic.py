"""Files that are replaced in one step: whoever reads one finds the old content or the new.

Nothing is forced onto the disk unless it is asked for: `fsync` the content, `fsync_folder` the
name. A file that must survive a power cut needs both; one that can be made again needs neither.

Standard library alone: kb/reporting/reporter.py starts with it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replaced(
    path: Path,
    *,
    fsync: bool,
    fsync_folder: bool,
    mode: int | None = None,
    locked: bool = False,
) -> Iterator[Path]:
    """Give the path of a draft beside `path`, where nothing lies yet; what the block puts there
    takes the place of `path` when the block ends. After an exception the draft is deleted and
    `path` is as it was.

    Args:
        mode: the file's permissions, None for those that it was made with.
        locked: nobody else writes this file now. The draft then has one name, so that killed
            writers leave one behind and not many.

    Raises:
        OSError: it cannot be written, or renamed.
    """
    part = "" if locked else f".{os.urandom(6).hex()}"
    draft = path.with_name(f".{path.name}{part}.new")
    if locked:
        draft.unlink(missing_ok=True)
    try:
        yield draft
        if mode is not None:
            draft.chmod(mode)
        if fsync:
            sync(draft)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if fsync_folder:
        sync(path.parent)


def replace_text(
    path: Path,
    text: str,
    *,
    fsync: bool,
    fsync_folder: bool,
    mode: int | None = None,
    locked: bool = False,
) -> None:
    """Replace a file by a text in UTF-8; see `replaced`. Nobody else can read the draft, ever,
    where `mode` does not let them. Raises OSError."""
    with replaced(path, fsync=fsync, fsync_folder=fsync_folder, mode=mode, locked=locked) as draft:
        _create(draft, text.encode(), 0o666 if mode is None else mode)


def write_once(path: Path, content: bytes, *, mode: int) -> None:
    """Put a durable file in its place, whole, unless one is there: of two that try, one wins.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    try:
        _create(draft, content, mode)
        sync(draft)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def keep_owner(path: Path) -> None:
    """As root: give a file that this process made, or replaced, to whom its folder belongs.

    A reader is let into another user's home, and what it leaves there that user must be able to
    use. What has a second name may be somebody else's file, and is left as it is.

    Raises OSError.
    """
    if os.geteuid() != 0:
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        own, folder = os.fstat(descriptor), path.parent.stat()
        alone = stat.S_ISDIR(own.st_mode) or (stat.S_ISREG(own.st_mode) and own.st_nlink == 1)
        if alone and own.st_uid == 0 != folder.st_uid:
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """fsync a file or a folder. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        file.write(content)
