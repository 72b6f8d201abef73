"""Files and folders: cloning, making durable, replacing atomically, locking. POSIX only.

Knows nothing of what the files mean; kb/index/generation.py does.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kb.errors import LockHeld
from kb.index.faults import store_faults

# linux/fs.h: _IOW(0x94, 9, int). Shares the blocks of a file until one side changes them.
_FICLONE = 0x40049409
# asm-generic/mman-common.h: map the pages now, reading them if need be.
_MADV_POPULATE_READ = 22
_POLL_SECONDS = 0.1
RESERVE = 64 << 20
"""Bytes that must be free before anything writes through a memory map."""
# Folders in which the vector engine prepares a file; a killed reader may leave one behind.
_PASSING = ".atomicwrite"

_held: set[int] = set()


def clone_tree(source: Path, target: Path, fixed: frozenset[str] = frozenset()) -> None:
    """Copy a folder, sharing blocks where the filesystem can, keeping holes where it cannot.

    Files with a name in `fixed` are never changed in place: where blocks cannot be shared, the
    clone has them as hard links.
    """
    target.mkdir(parents=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name.startswith(_PASSING):
                continue
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                clone_tree(path, target / entry.name, fixed)
            else:
                _clone_file(path, target / entry.name, fixed=entry.name in fixed)


def mirror_tree(source: Path, target: Path, fixed: frozenset[str]) -> None:
    """Copy a folder to where it may be changed. Files with a name in `fixed` are never changed in
    place: the copy has them as symbolic links, and so may lie on another filesystem."""
    target.mkdir(parents=True)
    with os.scandir(source) as entries:
        for entry in entries:
            path, there = Path(entry.path), target / entry.name
            if entry.is_dir(follow_symlinks=False):
                mirror_tree(path, there, fixed)
            elif entry.name in fixed:
                there.symlink_to(path.absolute())
            else:
                _clone_file(path, there, fixed=False)


def _clone_file(source: Path, target: Path, *, fixed: bool) -> None:
    with source.open("rb") as old, target.open("xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
            return
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
        if not fixed:
            _copy_data(old.fileno(), new.fileno())
    if fixed:
        target.unlink()
        target.hardlink_to(source)


def data_of(descriptor: int) -> Iterator[tuple[int, int]]:
    """The stretches of a file that are no hole, as [start, end): the engine's files are mostly
    preallocated emptiness."""
    size, end = os.fstat(descriptor).st_size, 0
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, end


def _copy_data(old: int, new: int) -> None:
    os.ftruncate(new, os.fstat(old).st_size)
    for start, end in data_of(old):
        os.lseek(new, start, os.SEEK_SET)
        while start < end:
            sent = os.sendfile(new, old, start, end - start)
            if sent == 0:
                return
            start += sent


class Resident:
    """Keeps files in the kernel's page cache while and after another owner of them lets go.

    The kernel does not drop what is mapped. It may still take the pages when memory is short.
    """

    def __init__(self, folder: Path, names: frozenset[str]) -> None:
        """Map and read every file below `folder` that has one of the names."""
        self._maps: list[mmap.mmap] = []
        # os.walk passes over a folder that vanishes: another reader's, while it loads.
        found = (Path(top, name) for top, _, files in os.walk(folder) for name in files)
        for path in found:
            if path.name in names and path.stat().st_size:
                with path.open("rb") as file:
                    mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
                self._maps.append(mapped)
                with suppress(OSError):  # Linux before 5.14
                    mapped.madvise(_MADV_POPULATE_READ)

    def release(self) -> None:
        for mapped in self._maps:
            mapped.close()
        self._maps.clear()


def require_space(folder: Path, size: int) -> None:
    """Raise OSError (ENOSPC) unless `size` bytes are free.

    A write through a memory map onto a full disk does not fail, it kills the process (SIGBUS);
    so where an engine writes that way, the room is asked for before.
    """
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def tree_size(folder: Path, without: frozenset[str] = frozenset()) -> int:
    """Bytes that the files below take up on the disk, holes and names in `without` not counted."""
    files = (path for path in folder.rglob("*") if path.name not in without and path.is_file())
    return sum(path.stat().st_blocks * 512 for path in files)


def sync_tree(folder: Path) -> None:
    """fsync every file and folder below, the folder itself last."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                sync_tree(Path(entry.path))
            else:
                _sync(entry.path, os.O_RDONLY)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: str | Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, text: str) -> None:
    """Write a new file, or one that nobody reads yet, and fsync it."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, text: str, before: Callable[[], None] = lambda: None) -> None:
    """Replace a file in one step: a reader, or a crash, finds the old text or the new.

    `before` is called when the new text is on the disk and not yet in its place.
    """
    fresh = path.with_name(f".{path.name}.new")
    write_durably(fresh, text)
    before()
    fresh.replace(path)
    sync_folder(path.parent)


def remove_tree(folder: Path) -> None:
    shutil.rmtree(folder)


# --- locks ----------------------------------------------------------------------------


def _forget_in_child() -> None:
    """A forked child closes its copies: it must not keep a lock that its parent has given up."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


def _open(path: Path, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    _held.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    # Not there any more in a forked child that leaves its parent's `with` block.
    if descriptor in _held:
        _held.discard(descriptor)
        os.close(descriptor)


@contextmanager
def writer_lock(path: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the lock file, with this process's id in it. The kernel frees it when we die.

    Raises:
        LockHeld: another process still holds it after `wait_seconds`.
    """
    with store_faults(path):
        descriptor = _open(path, os.O_RDWR | os.O_CREAT)
    try:
        _acquire(path, descriptor, time.monotonic() + wait_seconds)
        with store_faults(path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        _close(descriptor)


def _acquire(path: Path, descriptor: int, deadline: float) -> None:
    while not try_lock(descriptor):
        if time.monotonic() >= deadline:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise LockHeld(
                f"another process is writing to this collection (process id {holder or 'unknown'})",
                why=f"it holds the lock {path}",
                hint="wait until it is done, or let kb wait: kb reindex --wait 600",
            )
        time.sleep(_POLL_SECONDS)


def lock_holder(path: Path) -> int | None:
    """The id of the process that holds a writer's lock, None where nobody does.

    The kernel's list is read, and the lock itself not tried: trying it could turn away a writer
    that comes at the same moment.

    Raises:
        OSError: there is no lock file, or the system has no such list (other than Linux).
    """
    status = path.stat()
    written = path.read_text("ascii", "replace").strip()
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
        """Raises FileNotFoundError when the file is gone, BlockingIOError when it is held."""
        self._descriptor = _open(path, os.O_RDONLY)
        try:
            if not try_lock(self._descriptor, shared=shared):
                raise BlockingIOError(errno.EAGAIN, "held by another process", str(path))
            # The file may have been swept between the opening and the lock.
            if not os.path.samestat(path.stat(), os.fstat(self._descriptor)):
                raise FileNotFoundError(errno.ENOENT, "replaced", str(path))
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        # Once only: the number may belong to another file by then.
        _close(self._descriptor)
        self._descriptor = -1
