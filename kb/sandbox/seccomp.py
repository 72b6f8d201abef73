"""A filter of system calls for what Landlock does not know: everything but TCP.

Landlock restricts TCP by port. This filter leaves a process no other way onto a network:

* `socket` makes Unix sockets, and TCP sockets over IPv4 and IPv6. No UDP (so no DNS), no raw or
  packet sockets, no netlink, no vsock, no SCTP or MPTCP, which Landlock would let pass.
* TCP Fast Open, which connects with `sendto` and is not seen by Landlock, is refused.
* io_uring, whose requests are not system calls, is refused.
* A system call of another architecture (32-bit code, x32) has other numbers and is refused.
* `ioctl` types nothing into a terminal (TIOCSTI, TIOCLINUX), for the shell that started kb would
  run it, and changes no attributes of files (chattr).

A process that reads documents (`reads_documents`) is left less, of what Landlock does not know
either: it changes no mode, owner, time or extended attribute, connects to no socket of a daemon,
reads no other process, and leaves nothing in System V memory, queues or a keyring.

What is refused fails with EACCES. The program is classic BPF over `struct seccomp_data`
(linux/seccomp.h, linux/filter.h).
"""

from __future__ import annotations

import ctypes
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from kb.sandbox import kernel

_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
_ALL_THREADS, _KEEP_SPECULATION = 1 << 0, 1 << 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_REFUSE = _ERRNO | errno.EACCES

_NUMBER, _ARCHITECTURE = 0, 4
_FAST_OPEN = 0x20000000  # MSG_FASTOPEN
_TYPE_MASK = 0xF  # of a socket's type; flags lie above it
_X32 = 0x40000000
_LOAD, _AND = 0x20, 0x54  # BPF_LD|W|ABS, BPF_ALU|AND|K
_JEQ, _JGE, _JSET, _RETURN = 0x15, 0x35, 0x45, 0x06


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture as the kernel's audit names it, and its numbers of the system calls."""

    audit: int
    seccomp: int
    socket: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    ioctl: int
    reading: tuple[int, ...]
    """What a process that reads documents may not call."""
    io_uring_setup: int = 425


_NEWER = (438, 442, 452, 463, 466, 469)
"""pidfd_getfd, mount_setattr, fchmodat2, setxattrat, removexattrat, file_setattr: the same on every
architecture."""

MACHINES = {
    "x86_64": _Machine(
        0xC000003E, 317, socket=41, sendto=44, sendmsg=46, sendmmsg=307, ioctl=16,
        reading=(
            42,  # connect
            90, 91, 268,  # chmod, fchmod, fchmodat
            92, 93, 94, 260,  # chown, fchown, lchown, fchownat
            132, 235, 261, 280,  # utime, utimes, futimesat, utimensat
            188, 189, 190, 197, 198, 199,  # setxattr, removexattr, and their kin
            29, 30, 31, 64, 68, 240,  # shmget, shmat, shmctl, semget, msgget, mq_open
            248, 249, 250,  # add_key, request_key, keyctl
            101, 310, 311, 312,  # ptrace, process_vm_readv, process_vm_writev, kcmp
            165, 166, 304, 298, 321, 323,  # mount, umount2, open_by_handle_at, perf, bpf, userfault
            *_NEWER,
        ),
    ),
    "aarch64": _Machine(
        0xC00000B7, 277, socket=198, sendto=206, sendmsg=211, sendmmsg=269, ioctl=29,
        reading=(
            203,  # connect
            52, 53,  # fchmod, fchmodat
            54, 55,  # fchownat, fchown
            88,  # utimensat
            5, 6, 7, 14, 15, 16,  # setxattr, removexattr, and their kin
            194, 195, 196, 190, 186, 180,  # shmget, shmctl, shmat, semget, msgget, mq_open
            217, 218, 219,  # add_key, request_key, keyctl
            117, 270, 271, 272,  # ptrace, process_vm_readv, process_vm_writev, kcmp
            40, 39, 265, 241, 280, 282,  # mount, umount2, open_by_handle_at, perf, bpf, userfault
            *_NEWER,
        ),
    ),
}  # fmt: skip

CONTROLS = {
    "TIOCSTI": 0x5412,
    "TIOCLINUX": 0x541C,
    "FS_IOC_SETFLAGS": 0x40086602,
    "FS_IOC32_SETFLAGS": 0x40046602,
    "FS_IOC_FSSETXATTR": 0x401C5820,
}
"""Requests of `ioctl` that are refused (asm-generic/ioctls.h, linux/fs.h)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction. Jumps name a label, which a later step bears; "" is the next step."""

    code: int
    value: int
    yes: str = ""
    no: str = ""
    label: str = ""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("steps", ctypes.POINTER(_Instruction)))


def _argument(place: int) -> int:
    """Where the low half of an argument lies. The kernel takes these arguments as C ints."""
    return 16 + 8 * place


def program(machine: str, *, reads_documents: bool = False) -> tuple[Step, ...]:
    """The filter for an architecture of MACHINES."""
    calls = MACHINES[machine]
    refused = (calls.io_uring_setup, *(calls.reading if reads_documents else ()))
    return (
        Step(_LOAD, _ARCHITECTURE),
        Step(_JEQ, calls.audit, no="refuse"),
        Step(_LOAD, _NUMBER),
        Step(_JGE, _X32, yes="refuse"),
        Step(_JEQ, calls.socket, yes="socket"),
        Step(_JEQ, calls.sendto, yes="flags in 3"),
        Step(_JEQ, calls.sendmmsg, yes="flags in 3"),
        Step(_JEQ, calls.sendmsg, yes="flags in 2"),
        Step(_JEQ, calls.ioctl, yes="request"),
        *(Step(_JEQ, number, yes="refuse") for number in refused),
        Step(_RETURN, _ALLOW),
        Step(_LOAD, _argument(1), label="request"),
        *(Step(_JEQ, request, yes="refuse") for request in CONTROLS.values()),
        Step(_RETURN, _ALLOW),
        Step(_LOAD, _argument(3), label="flags in 3"),
        Step(_JSET, _FAST_OPEN, yes="refuse", no="allow"),
        Step(_LOAD, _argument(2), label="flags in 2"),
        Step(_JSET, _FAST_OPEN, yes="refuse", no="allow"),
        Step(_LOAD, _argument(0), label="socket"),
        Step(_JEQ, socket.AF_UNIX, yes="allow"),
        Step(_JEQ, socket.AF_INET, yes="stream"),
        Step(_JEQ, socket.AF_INET6, yes="stream", no="refuse"),
        Step(_LOAD, _argument(1), label="stream"),
        Step(_AND, _TYPE_MASK),
        Step(_JEQ, socket.SOCK_STREAM, no="refuse"),
        Step(_LOAD, _argument(2)),
        Step(_JEQ, 0, yes="allow"),
        Step(_JEQ, socket.IPPROTO_TCP, yes="allow", no="refuse"),
        Step(_RETURN, _REFUSE, label="refuse"),
        Step(_RETURN, _ALLOW, label="allow"),
    )


def assemble(steps: Sequence[Step]) -> list[tuple[int, int, int, int]]:
    """The steps as (code, jump if so, jump if not, value), jumps counted in steps."""
    places = {step.label: place for place, step in enumerate(steps) if step.label}

    def jump(place: int, label: str) -> int:
        return places[label] - place - 1 if label else 0

    return [
        (step.code, jump(place, step.yes), jump(place, step.no), step.value)
        for place, step in enumerate(steps)
    ]


def missing() -> str:
    """Why the filter cannot be used here; empty where it can."""
    if not kernel.is_linux():
        return "only Linux has it"
    calls = MACHINES.get(kernel.machine())
    if calls is None:
        return f"no filter is written for {kernel.machine()}"
    action = ctypes.c_uint32(_ERRNO)
    try:
        kernel.syscall(calls.seccomp, _GET_ACTION_AVAIL, 0, ctypes.byref(action))
    except OSError as error:
        return f"the kernel does not have it: {error.strerror}"
    return ""


def restrict(*, reads_documents: bool = False) -> None:
    """Put the filter in force for all threads of this process and all that they start. A second
    one adds to the first.

    Needs `no_new_privs`. Cannot be undone.

    Raises:
        OSError: the kernel refuses. Nothing is filtered then.
    """
    machine = kernel.machine()
    steps = [
        _Instruction(*step) for step in assemble(program(machine, reads_documents=reads_documents))
    ]
    code = (_Instruction * len(steps))(*steps)
    whole = _Program(len(steps), ctypes.cast(code, ctypes.POINTER(_Instruction)))
    # Without the second flag kernels before 5.16 make all that computes slower, against attacks
    # that read their own process.
    flags = _ALL_THREADS | _KEEP_SPECULATION
    left_out = kernel.syscall(
        MACHINES[machine].seccomp, _SET_MODE_FILTER, flags, ctypes.byref(whole)
    )
    if left_out:
        raise OSError(errno.EBUSY, f"thread {left_out} has a filter of its own")
