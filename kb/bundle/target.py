"""For which machine wheels are (PEP 600), and which lines of the lock file it needs."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kb.bundle.manifest import Target
from kb.errors import UsageError
from kb.requirements import applies, wheel

_TAG = re.compile(
    r"(?P<system>manylinux|linux|macosx)(?P<old>1|2010|2014)?(?:_(?P<major>\d+)_(?P<minor>\d+))?"
    r"_(?P<machine>\w+)"
)
_OLD = {"1": 5, "2010": 12, "2014": 17}
_PYTHON = re.compile(r"3\.(\d+)(\.\d+)?")


def this_machine() -> Target:
    system = {"darwin": "macosx"}.get(sys.platform, sys.platform)
    return Target(system, platform.machine(), platform.python_version())


def this_platform() -> str:
    """The newest platform tag that this machine takes, where it has one that pip knows."""
    here, glibc = this_machine(), platform.libc_ver()
    known = here.system == "linux" and glibc[0] == "glibc"
    newest = f"manylinux_{glibc[1].replace('.', '_')}" if known else here.system
    return f"{newest}_{here.machine}"


def target_for(tag: str, python: str) -> Target:
    """The target of a wheel's platform tag such as `manylinux_2_28_x86_64`, and of a Python.

    Raises:
        UsageError: the tag or the version is not one.
    """
    known, version = _TAG.fullmatch(tag), _PYTHON.fullmatch(python)
    if not known:
        raise UsageError(
            f"'{tag}' is not a platform",
            why="it takes a wheel's platform tag",
            hint="for example --platform manylinux_2_28_x86_64 (Linux with glibc 2.28 or newer)",
        )
    if not version or int(version[1]) < 11:
        raise UsageError(
            f"'{python}' is not a version of Python that kb runs on",
            why="it takes 3.11 or newer, with or without the third number",
            hint="for example --python-version 3.11",
        )
    glibc = f"2.{_glibc(tag)}" if _glibc(tag) else ""
    system = "macosx" if known["system"] == "macosx" else "linux"
    return Target(system, known["machine"], python, glibc)


def platform_tags(tag: str) -> list[str]:
    """The tags that a machine of this one takes, the newest first, as pip wants them."""
    newest = _glibc(tag)
    if not newest:
        return [tag]
    machine = _TAG.fullmatch(tag)["machine"]  # type: ignore[index]  # _glibc has matched it
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, 4, -1)]
    old = sorted(_OLD.items(), key=lambda pair: -pair[1])
    tags += [f"manylinux{name}_{machine}" for name, minor in old if minor <= newest]
    return [*tags, f"linux_{machine}"]


def requirements_for(lock: str, target: Target) -> list[str]:
    """The requirements of a lock file that hold for the target, each with its hashes.

    A version without a third number is taken as the first of its line, so that what is chosen
    runs on all of them.
    """
    environment = _environment(target)
    chosen = []
    for requirement in _joined(lock):
        name, _, rest = requirement.partition(" --hash=")
        pinned, _, marker = name.partition(";")
        if applies(marker, environment):
            chosen.append(f"{pinned.strip()} --hash={rest}")
    return chosen


def with_glibc(target: Target, wheels: Iterable[str]) -> Target:
    """The target with the oldest glibc on which all of these wheels run."""
    needed = [min(found) for name in wheels if (found := [*_needed(name)])]
    if target.system != "linux" or not needed:
        return target
    return replace(target, glibc=f"2.{max(needed)}")


def is_pure(name: str) -> bool:
    """Whether a wheel runs on any machine."""
    return wheel(name)[2] == {"any"}


def pinned(name: str) -> tuple[str, str]:
    """A wheel's project and version, normalised."""
    return wheel(name)[:2]


def check_fit(target: Target, here: Target | None = None, glibc: str | None = None) -> None:
    """Raises UsageError unless what is for the target runs on this machine."""
    here = here or this_machine()
    glibc = platform.libc_ver()[1] if glibc is None else glibc
    ours, theirs = _numbers(here.python), _numbers(target.python)
    fits = (here.system, here.machine, ours[:2]) == (target.system, target.machine, theirs[:2])
    fits = fits and ours >= theirs
    if fits and target.glibc:
        fits = here.system != "linux" or _numbers(glibc) >= _numbers(target.glibc)
    if not fits:
        shown = replace(here, glibc=glibc if here.system == "linux" else "")
        raise UsageError(
            f"the bundle is for another machine: {target}",
            why=f"this one is {str(shown).replace(' or newer', '') or 'unknown'}",
            hint="make one for it: kb bundle create FILE --platform TAG --python-version "
            f"{here.python}",
        )


def _environment(target: Target) -> dict[str, str]:
    full = target.python if target.python.count(".") == 2 else f"{target.python}.0"
    mac = target.system == "macosx"
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Darwin" if mac else "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": ".".join(full.split(".")[:2]),
        "sys_platform": "darwin" if mac else target.system,
        "extra": "",
    }


def _joined(lock: str) -> Iterator[str]:
    for line in lock.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield " ".join(line.split())


def _needed(name: str) -> Iterator[int]:
    """The minor versions of glibc 2 that a wheel's tags ask for; any of them will do."""
    platforms = wheel(name)[2]
    if "any" not in platforms:
        yield from (glibc for one in platforms if (glibc := _glibc(one)))


def _glibc(tag: str) -> int:
    """17 for `manylinux2014_x86_64`; 0 where a tag says nothing of it."""
    known = _TAG.fullmatch(tag)
    if not known or known["system"] != "manylinux":
        return 0
    return _OLD[known["old"]] if known["old"] else int(known["minor"] or 0)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
