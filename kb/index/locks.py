"""Locks on files (flock): one writer at a time, and readers whose generation is not swept.

A lock belongs to the file that was opened, not to its name. So whoever holds one looks again
whether the name still leads to that file: a cleaner, a restore or a person may have deleted it,
and then another process locks another file under the same name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.errors import LockHeld, StoreError
from kb.index.faults import damaged, state_faults, store_faults
from kb.statefile import read_tail

_POLL_SECONDS = 0.1
_NONBLOCK = os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
"""A named pipe or a link in the place of a file is noticed, and not waited for or followed."""

_held: set[int] = set()


def _forget_in_child() -> None:
    """A forked child closes its copies: it must not keep a lock that its parent has given up."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


def _open(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags | _NONBLOCK, 0o600)
    _held.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    # Not there any more in a forked child that leaves its parent's `with` block.
    if descriptor in _held:
        _held.discard(descriptor)
        os.close(descriptor)


class WriterLock:
    """The one writer's lock, held."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def verify(self) -> None:
        """Raises StoreError when the file that is locked is not the one under its name any more:
        then another process may be writing as well."""
        if not _is_same(self.path, self._descriptor):
            raise StoreError(
                "this run has lost the lock of the collection, so it commits nothing",
                why=f"{self.path} was deleted or replaced while the run held it",
                hint="find out what deletes or restores files there (a cleaner, a backup, another "
                "run), then run the same command again",
            )


@contextmanager
def writer_lock(path: Path, wait_seconds: float) -> Iterator[WriterLock]:
    """Hold the lock file, with this process's id in it. The kernel frees it when we die.

    Raises:
        LockHeld: another process still holds it after `wait_seconds`.
        StoreError: the file system has no locks, or locks that keep nobody out.
        StoreDamaged: something that is no file stands in its place.
    """
    descriptor = _acquire(path, time.monotonic() + wait_seconds)
    try:
        with store_faults(path):
            _test(path)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield WriterLock(path, descriptor)
    finally:
        _close(descriptor)


def _acquire(path: Path, deadline: float) -> int:
    while True:
        with store_faults(path):
            descriptor = _opened(path)
            try:
                if try_lock(descriptor):
                    # Deleted between the opening and the lock: then we hold nothing.
                    if _is_same(path, descriptor):
                        return descriptor
                    _close(descriptor)
                    continue
                if time.monotonic() >= deadline:
                    raise _held_by(path, descriptor)
            except BaseException:
                _close(descriptor)
                raise
            _close(descriptor)
        time.sleep(_POLL_SECONDS)


def _opened(path: Path) -> int:
    try:
        descriptor = _open(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise _no_file(path) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        _close(descriptor)
        raise _no_file(path)
    return descriptor


def _no_file(path: Path) -> Exception:
    return damaged(
        path,
        "the lock is a link, a folder or a pipe, and not a file",
        hint=f"take it away, it is made anew: rm -r {path}",
    )


def _held_by(path: Path, descriptor: int) -> LockHeld:
    holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return LockHeld(
        f"another process is writing to this collection (process id {holder or 'unknown'})",
        why=f"it holds the lock {path}",
        hint="wait until it is done, or let kb wait: kb reindex --wait 600",
    )


def _test(path: Path) -> None:
    """A lock that is held must be refused to whoever opens the file once more, ourselves too."""
    descriptor = _opened(path)
    try:
        granted = try_lock(descriptor)
    except OSError:
        granted = False
    finally:
        _close(descriptor)
    if granted:
        raise StoreError(
            f"the file system at {path.parent} gives the same lock twice",
            why="two runs at a time would destroy each other's work there "
            "(a network file system that is mounted without locks does this)",
            hint="mount it with locks, or keep the home folder on a local disk: --home",
        )


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def lock_holder(path: Path) -> int | None:
    """The id of the process that holds a writer's lock, None where nobody does.

    The kernel's list is read, and the lock itself not tried: trying it could turn away a writer
    that comes at the same moment.

    Raises:
        OSError: there is no lock file, or the system has no such list (other than Linux).
    """
    status = path.lstat()
    written = read_tail(path, 64).strip()
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    for line in Path("/proc/locks").read_text("ascii").splitlines():
        # 1: FLOCK  ADVISORY  WRITE 4711 fe:00:9978316 0 EOF; waiting ones have an arrow in front
        fields = line.split()
        if len(fields) < 6 or fields[1] != "FLOCK" or fields[3] != "WRITE":
            continue
        on, _, inode = fields[5].rpartition(":")
        # Some filesystems (btrfs, overlays) have another device here than in stat.
        if inode == str(status.st_ino) and (on == device or fields[4] == written):
            return int(fields[4]) or None
    return None


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Raises OSError where the file system has no locks."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def holders(path: Path) -> tuple[int, ...]:
    """The processes that hold a lock on a file, as Linux tells; none where it cannot be told."""
    try:
        facts = path.stat()
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ()
    place = f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}"
    fields = [line.split() for line in lines]
    found = {int(one[4]) for one in fields if place in one and one[4].isdigit()}
    return tuple(sorted(found - {0}))


class Hold:
    """A lock on a file that exists, shared (a reader's) or exclusive (the sweeper's)."""

    def __init__(self, path: Path, *, shared: bool) -> None:
        """
        Raises:
            FileNotFoundError: the file is gone.
            BlockingIOError: it is held.
            StoreDamaged: something else than a file is there.
        """
        with state_faults(path):
            self._descriptor = _open(path, os.O_RDONLY)
        try:
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                raise damaged(path, "it is not a regular file")
            if not try_lock(self._descriptor, shared=shared):
                raise BlockingIOError(errno.EAGAIN, "held by another process", str(path))
            # The file may have been swept between the opening and the lock.
            if not _is_same(path, self._descriptor):
                raise FileNotFoundError(errno.ENOENT, "replaced", str(path))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        # Once only: the number may belong to another file by then.
        _close(self._descriptor)
        self._descriptor = -1
