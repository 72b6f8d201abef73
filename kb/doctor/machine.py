"""Python, the packages, a library of the system, and the clock."""

from __future__ import annotations

import ctypes
import platform
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import kb
from kb import lockfile
from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, ok, skipped, warning
from kb.errors import ModelError, UsageError

LEAST_PYTHON = (3, 11)
_NAMED = 5
_VERSION = re.compile(r"^Version: (\S+)", re.MULTILINE)


def python(running: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """The version of Python."""
    version = ".".join(map(str, running))
    if running < LEAST_PYTHON:
        return failed(
            f"Python {version}, kb needs 3.11 or newer",
            "make the environment anew with a newer one: make clean setup PYTHON=python3.12",
            UsageError,
        )
    return ok(f"Python {version}, {sys.executable}")


def packages(
    lock: Path | None = None,
    there: dict[str, str] | None = None,
    unmet: Callable[[], list[str]] | None = None,
) -> Finding:
    """The installed packages against requirements.lock. Other versions, as pip or uv choose them
    for a wheel of kb, will do where every package has what it asks for.

    Args:
        there: versions by package, of this environment where it is None.
        unmet: what packages ask for and do not have.
    """
    file = lock or lockfile.find()
    if file is None:
        return skipped("requirements.lock was not brought along with this installation")
    wanted: dict[str, list[lockfile.Locked]] = {}
    for entry in lockfile.read(file.read_text("utf-8")):
        wanted.setdefault(entry.name, []).append(entry)
    installed = _installed(wanted) if there is None else there
    wrong = [
        f"{name} {installed[name]} instead of {' or '.join(one.version for one in entries)}"
        for name, entries in wanted.items()
        if name in installed and installed[name] not in {one.version for one in entries}
    ]
    # An entry with a marker may be meant for another Python.
    gone = [
        f"{name} is missing"
        for name, entries in wanted.items()
        if name not in installed and not any(one.marker for one in entries)
    ]
    if wrong or gone:
        if not (missing := (unmet or requirements_unmet)()):
            return ok(
                f"all that kb asks for is there; {len(wrong) + len(gone)} other than in {file}: "
                f"{_first([*gone, *wrong])}"
            )
        return failed(
            _first(missing),
            f'bring them back: "{sys.executable}" -m pip install --require-hashes --no-deps '
            f'-r "{file}"',
            UsageError,
        )
    return ok(f"{len(wanted)} packages as locked in {file}")


def requirements_unmet() -> list[str]:
    """Imported only where versions differ: most of the time nobody needs packaging."""
    from kb.requirements import unmet

    return unmet()


def _installed(names: Iterable[str]) -> dict[str, str]:
    """The versions of those that are there, read from the head of their metadata: to parse all of
    it takes a third of a second for 150 packages. A package that an old pip installed with
    `setup.py install`, as Debian 12's does with langdetect, has PKG-INFO in METADATA's place."""
    found = {}
    for name in names:
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        text = package.read_text("METADATA") or package.read_text("PKG-INFO") or ""
        found[name] = next(iter(_VERSION.findall(text)), "without a version")
    return found


def _first(complaints: list[str]) -> str:
    more = len(complaints) - _NAMED
    return ", ".join(complaints[:_NAMED]) + (f", and {more} more" if more > 0 else "")


def openmp(library: str = "libgomp.so.1") -> Finding:
    """The OpenMP library of gcc, which llama.cpp is linked with on Linux."""
    if platform.system() != "Linux":
        return skipped("only llama.cpp's wheel for Linux needs it")
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return failed(
            f"the embedded engine (llama.cpp) cannot be loaded without it: {error}",
            "install it: sudo apt-get install libgomp1 (Debian, Ubuntu), "
            "sudo dnf install libgomp (Red Hat)",
            ModelError,
        )
    return ok(f"{library} is there")


def clock(context: DoctorContext) -> Finding:
    """The clock, against the day of this version's installation and of what is in the store."""
    known = {"this kb was installed": Path(kb.__file__).stat().st_mtime}
    for live in context.collections:
        if live.manifest is not None:
            made = datetime.fromisoformat(live.manifest.created).timestamp()
            known[f"the live generation of '{live.name}' was committed"] = made
    event, instant = max(known.items(), key=lambda item: item[1])
    if context.now < instant:
        return warning(
            f"it says {_moment(context.now)}, but {event} on {_moment(instant)}",
            "set it: sudo date -s 'YYYY-MM-DD HH:MM', then sudo hwclock --systohc; a network that "
            "has a time server: sudo timedatectl set-ntp true",
        )
    return ok(_moment(context.now))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
