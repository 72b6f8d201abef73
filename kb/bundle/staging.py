"""Where a bundle is unpacked to before anything of it is placed.

A folder named after the manifest, so that a run that was killed is gone on with: what is there
and has its sum is kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.bundle import steps
from kb.bundle.manifest import Manifest, Member
from kb.errors import LockHeld

PREFIX = ".bundle-"


class Staging:
    """The staging folder of one bundle below the folder it is installed into."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.name = hashlib.sha256(manifest.text()).hexdigest()[:16]
        self.folder = root / f"{PREFIX}{self.name}"
        self.members = self.folder / "members"
        self._part = self.folder / "part"

    def open(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.members.mkdir(exist_ok=True)

    def path(self, member: str) -> Path:
        return self.members / member

    def take(self, member: Member, blocks: Iterator[bytes]) -> None:
        """Write a member to its place here; whole and right, or not at all."""
        place = self.path(member.path)
        if is_same(place, member):
            for _ in blocks:
                pass
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        with self._part.open("wb") as file:
            for block in blocks:
                _write_sparse(file.fileno(), block)
            file.truncate(member.size)
        self._part.replace(place)
        steps.step("member-unpacked")

    def missing(self, manifest: Manifest) -> int:
        """Bytes that are still to be unpacked."""
        return sum(one.size for one in manifest.members if not _has_size(self.path(one.path), one))

    def remove(self) -> None:
        if self.folder.is_dir():
            shutil.rmtree(self.folder)


def is_same(place: Path, member: Member) -> bool:
    """Whether a file is there with this member's size and sum."""
    if not _has_size(place, member):
        return False
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == member.sha256


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold the installations below a folder apart.

    Raises:
        LockHeld: another one is at work.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = root / ".bundle.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise LockHeld(
                f"another installation is running in {root} (process id {holder or 'unknown'})",
                why=f"it holds the lock {path}",
                hint="wait until it is done, then run the command again",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _has_size(place: Path, member: Member) -> bool:
    return place.is_file() and not place.is_symlink() and place.stat().st_size == member.size


def _write_sparse(descriptor: int, block: bytes) -> None:
    """An index's files are mostly preallocated emptiness: what is empty stays a hole."""
    if block == bytes(len(block)):  # `strip` takes eighty times as long
        os.lseek(descriptor, len(block), os.SEEK_CUR)
        return
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]
