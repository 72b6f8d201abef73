"""Landlock: a process takes rights from itself and its children, and cannot take them back.

Linux's own interface, by system call (https://docs.kernel.org/userspace-api/landlock.html,
linux/landlock.h). What the kernel offers depends on its ABI version:

    2   files (Linux 5.19)          5   ioctl of devices (6.10)
    3   truncation of files (6.2)   6   abstract Unix sockets and signals (6.12)
    4   TCP ports (6.7)

Version 1 (5.13) forbids every link and rename between folders, which the store lives by.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from kb.sandbox import kernel

FILES, TRUNCATION, PORTS, DEVICES, SCOPES = 2, 3, 4, 5, 6
"""The ABI version from which on each can be restricted."""

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION = 1
_BENEATH, _PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_CHAR, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK = 1 << 6, 1 << 7, 1 << 8, 1 << 9
_MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = 1 << 10, 1 << 11, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEV
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1

READ = READ_FILE | READ_DIR
RUN = READ | EXECUTE
WRITE = (
    READ | WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _REFER
    | _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO | _MAKE_SYM
)  # fmt: skip
"""Everything in a folder but to run programs and to make devices."""
SOCKETS = _MAKE_SOCK
OUTPUT = WRITE_FILE | _TRUNCATE
"""Write a file that is there, and read nothing."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("access", ctypes.c_uint64), ("port", ctypes.c_uint64))


def version() -> int:
    """The kernel's ABI version; 0 where Landlock is not there or turned off."""
    if not kernel.is_linux():
        return 0
    try:
        return kernel.syscall(_CREATE, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(
    files: Mapping[Path, int], connect: Iterable[int], bind: Iterable[int], *, abi: int
) -> None:
    """Leave this thread, and every thread and process that it starts, only these rights.

    What the version does not know stays as it was. A path that is not there, or may not be
    opened, is passed over: nothing can be reached through it.

    Args:
        files: rights by file or folder, for all that lies below it.
        connect, bind: TCP ports, at whatever address.
        abi: at most the kernel's; FILES at least.

    Raises:
        OSError: the kernel refuses. Nothing is restricted then.
    """
    handled = _handled(abi)
    size = 24 if abi >= SCOPES else 16 if abi >= PORTS else 8
    rules = kernel.syscall(_CREATE, ctypes.byref(handled), size, 0)
    try:
        for path, access in files.items():
            _allow(rules, path, access & handled.files)
        if handled.ports:
            for ports, right in ((connect, _CONNECT_TCP), (bind, _BIND_TCP)):
                for port in ports:
                    rule = _Port(right, port)
                    kernel.syscall(_ADD_RULE, rules, _PORT, ctypes.byref(rule), 0)
        kernel.syscall(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _handled(abi: int) -> _Ruleset:
    """All that this version can restrict."""
    files = (1 << 14) - 1
    files |= _TRUNCATE if abi >= TRUNCATION else 0
    files |= _IOCTL_DEV if abi >= DEVICES else 0
    ports = _BIND_TCP | _CONNECT_TCP if abi >= PORTS else 0
    scopes = _ABSTRACT_SOCKETS | _SIGNALS if abi >= SCOPES else 0
    return _Ruleset(files, ports, scopes)


def _allow(rules: int, path: Path, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            access &= _OF_A_FILE
        rule = _Beneath(access, handle)
        kernel.syscall(_ADD_RULE, rules, _BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)
