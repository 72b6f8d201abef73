"""The C library's doors to the kernel that Python has no function for. Linux alone."""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_PR_GET_NO_NEW_PRIVS = 39
_CAPABILITIES_3 = 0x20080522  # linux/capability.h
_OPENS_ANY_FILE = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def is_linux() -> bool:
    return sys.platform == "linux"


def machine() -> str:
    """The processor's architecture as this process sees it: `x86_64`, `aarch64`, …

    A 32-bit interpreter on a 64-bit kernel is told apart, because its system calls are others.
    """
    wide = sys.maxsize > 1 << 32
    return platform.machine() if wide else f"{platform.machine()} (32 bit)"


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Integers are handed over as C longs, anything else as ctypes does it.

    Raises:
        OSError: the kernel refuses, with its errno.
    """
    sent = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(_libc().syscall(ctypes.c_long(number), *sent))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def forbid_new_privileges() -> None:
    """From now on no program that is started gains rights by set-user-id bits or file
    capabilities (PR_SET_NO_NEW_PRIVS). Cannot be undone. Raises OSError."""
    longs = [ctypes.c_ulong(one) for one in (1, 0, 0, 0)]
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, *longs) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def new_privileges_forbidden() -> bool:
    return bool(_libc().prctl(_PR_GET_NO_NEW_PRIVS, *[ctypes.c_ulong(0)] * 4) == 1)


class _CapabilityHead(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):  # 32 capabilities; there are two of them
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def keep_only_file_access() -> None:
    """Of what the administrator's account may do beyond others, keep that it opens any file: to
    read other processes' environment, for one, is lost. Cannot be undone once new privileges are
    forbidden. Raises OSError."""
    head, sets = _CapabilityHead(_CAPABILITIES_3, 0), (_CapabilitySets * 2)()
    for call, keep in ((_libc().capget, None), (_libc().capset, _OPENS_ANY_FILE)):
        if keep is not None:
            for part, mask in zip(sets, (keep, 0), strict=True):
                part.permitted &= mask
                part.effective &= mask
                part.inheritable = 0
        if call(ctypes.byref(head), sets) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))


def thread_count() -> int:
    """The threads of this process, those of native libraries too; 1 where nobody started one."""
    return len(os.listdir("/proc/self/task"))
