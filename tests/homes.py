"""Homes that are made once a session, whatever number of processes runs the tests."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.index.disk import data_of


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name`, which `build` has filled: in the first process that asks, while the others
    wait. It is shared: who changes it works on a copy."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of all workers
    place, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            place.mkdir(mode=0o700)
            build(place)
            done.touch()
    return place


def copied(source: Path, target: Path) -> Path:
    """A copy of a home, to be changed. The engine's files are mostly holes, and stay so."""
    shutil.copytree(source, target, copy_function=_copy)
    return target


def _copy(source: str, target: str) -> None:
    with open(source, "rb") as old, open(target, "wb") as new:
        os.truncate(new.fileno(), os.fstat(old.fileno()).st_size)
        for start, end in data_of(old.fileno()):
            os.pwrite(new.fileno(), os.pread(old.fileno(), end - start, start), start)
    shutil.copystat(source, target)
