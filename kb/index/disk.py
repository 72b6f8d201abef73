"""Files and folders: cloning, making durable, replacing atomically. POSIX only.

Knows nothing of what the files mean; kb/index/generation.py does.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from kb import atomic
from kb.index.faults import damaged, state_faults

# linux/fs.h: _IOW(0x94, 9, int). Shares the blocks of a file until one side changes them.
_FICLONE = 0x40049409
# asm-generic/mman-common.h: map the pages now, reading them if need be.
_MADV_POPULATE_READ = 22
RESERVE = 64 << 20
"""Bytes that must be free before anything writes through a memory map."""
# Folders in which the vector engine prepares a file; a killed reader may leave one behind.
_PASSING = ".atomicwrite"


def clone_tree(source: Path, target: Path, fixed: frozenset[str] = frozenset()) -> None:
    """Copy a folder, sharing blocks where the filesystem can, keeping holes where it cannot. What
    is neither a file nor a folder stays behind: whoever opens a named pipe waits for ever.

    Files with a name in `fixed` are never changed in place: where blocks cannot be shared, the
    clone has them as hard links. The target may be there already, empty.
    """
    target.mkdir(parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name.startswith(_PASSING):
                continue
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                clone_tree(path, target / entry.name, fixed)
            elif entry.is_file():
                _clone_file(path, target / entry.name, fixed=entry.name in fixed)


def keep_owners(folder: Path) -> None:
    """As root: what lies in the folder belongs to whom the folder belongs; see `atomic`.

    Raises OSError.
    """
    if os.geteuid() == 0:
        for above, folders, files in os.walk(folder):
            for name in (*folders, *files):
                atomic.keep_owner(Path(above, name))


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
            elif entry.is_file():
                _clone_file(path, there, fixed=False)


def _clone_file(source: Path, target: Path, *, fixed: bool) -> None:
    with source.open("rb") as old, target.open("xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
            if fixed:  # its time tells that it is the same (kb/index/checksums.py)
                times = os.fstat(old.fileno())
                os.utime(new.fileno(), ns=(times.st_atime_ns, times.st_mtime_ns))
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


def require_files(folder: Path) -> None:
    """Whoever opens a named pipe waits for ever. Raises StoreDamaged: something is there
    that is neither a file nor a folder, nor leads to one."""
    for top, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(top, name)
            with state_faults(path), suppress(FileNotFoundError):
                mode = path.stat().st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    raise damaged(path, "it is neither a file nor a folder")


def sync_tree(folder: Path) -> None:
    """fsync every file and folder below, the folder itself last."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                sync_tree(Path(entry.path))
            else:
                atomic.sync(Path(entry.path))
    atomic.sync(folder)


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
    with atomic.replaced(path, fsync=False, fsync_folder=True, locked=True) as fresh:
        write_durably(fresh, text)
        before()


def remove_tree(folder: Path) -> None:
    shutil.rmtree(folder)
