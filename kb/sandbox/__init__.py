"""The sandbox, in the kernel: what this process and its children can do, whatever code they run.

landlock.py   files and TCP ports
seccomp.py    every other way onto a network
policy.py     what a command may touch
kernel.py     system calls

`available()` says what this machine's kernel offers, `in_force()` what holds in this process.
Nothing is put in force by importing; `enforce()` does it, once, and nothing takes it back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kb.sandbox import kernel, landlock, seccomp
from kb.sandbox.policy import Policy

__all__ = ["NAMES", "Part", "Policy", "available", "enforce", "in_force", "policy"]

log = logging.getLogger(__name__)

NAMES = ("landlock-files", "landlock-tcp", "seccomp-datagrams", "no-new-privileges")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the sandbox, by a name of NAMES. `detail`: what it covers, or why it does not hold.

    Of `available()`, `in_force` says that the kernel offers it."""

    name: str
    in_force: bool
    detail: str


_state: tuple[Part, ...] = ()
_policy: Policy | None = None


def available() -> tuple[Part, ...]:
    """What this kernel offers, a part for each of NAMES. Changes nothing."""
    if not kernel.is_linux():
        return tuple(Part(name, False, "only Linux has it") for name in NAMES)
    abi = landlock.version()
    gap = seccomp.missing()
    return (
        Part("landlock-files", abi >= landlock.FILES, _files_detail(abi)),
        Part("landlock-tcp", abi >= landlock.PORTS, _ports_detail(abi)),
        Part("seccomp-datagrams", not gap, gap or f"{kernel.machine()}: only TCP and Unix sockets"),
        Part("no-new-privileges", True, "set-user-id programs gain no rights"),
    )


def in_force() -> tuple[Part, ...]:
    """What holds in this process, a part for each of NAMES."""
    return _state or tuple(Part(name, False, "not put in force") for name in NAMES)


def policy() -> Policy:
    """What this process may touch: everything may be a source where nothing is in force."""
    return _policy or Policy(sources=(Path("/"),))


def enforce(policy: Policy) -> tuple[Part, ...]:
    """Put all that the kernel offers in force, for good: for this process and its children.

    To be called before any thread is started, because Landlock holds for the calling thread and
    those that it starts. A second policy takes from what the first one left.

    Returns what `in_force()` returns from then on; a part that could not
    be put in force says why, and raises nothing.
    """
    global _policy, _state
    found = available()
    if kernel.is_linux():
        ways: dict[str, Callable[[], None]] = {
            "no-new-privileges": lambda: _forbid_privileges(policy),
            "landlock-files": lambda: _restrict(policy),
            "seccomp-datagrams": lambda: seccomp.restrict(reads_documents=policy.reads_documents),
        }
        failed = {name: why for name, way in ways.items() if (why := _tried(name, way, found))}
        # Landlock's two parts are one call.
        if "landlock-files" in failed:
            failed["landlock-tcp"] = failed["landlock-files"]
        found = tuple(
            Part(part.name, False, failed[part.name]) if part.name in failed else part
            for part in found
        )
    _policy, _state = policy, found
    for part in found:
        log.debug("%s: %s (%s)", part.name, "in force" if part.in_force else "missing", part.detail)
    return found


def _tried(name: str, way: Callable[[], None], offered: tuple[Part, ...]) -> str:
    """Why a part is not in force after all; empty where it is, or where it is not offered."""
    if not next(part for part in offered if part.name == name).in_force:
        return ""
    try:
        way()
    except OSError as error:
        return f"the kernel refuses it: {error.strerror or error}"
    return ""


def _forbid_privileges(policy: Policy) -> None:
    kernel.forbid_new_privileges()
    if policy.reads_documents:
        kernel.keep_only_file_access()


def _restrict(policy: Policy) -> None:
    threads = kernel.thread_count()
    if threads > 1:
        raise OSError(f"{threads} threads run already, and it would hold for one of them")
    landlock.restrict(policy.files(), policy.connect, policy.bind, abi=landlock.version())


def _files_detail(abi: int) -> str:
    if abi == 0:
        return "the kernel has no Landlock, or it is turned off (lsm=landlock,…)"
    if abi < landlock.FILES:
        return f"Landlock ABI {abi}: forbids all renames between folders; needs Linux 5.19"
    gaps = [
        word
        for word, since in (
            ("truncation (Linux 6.2)", landlock.TRUNCATION),
            ("ioctl of devices (6.10)", landlock.DEVICES),
            ("abstract Unix sockets and signals (6.12)", landlock.SCOPES),
        )
        if abi < since
    ]
    return f"Landlock ABI {abi}" + (f", without {', '.join(gaps)}" if gaps else "")


def _ports_detail(abi: int) -> str:
    if abi < landlock.PORTS:
        return f"Landlock ABI {abi} does not know ports; needs Linux 6.7"
    return f"Landlock ABI {abi}"
