"""The filter of system calls, for every architecture it is written for.

The kernel runs the filter of this machine in tests/airgap/test_protections.py. Here a small
reading of classic BPF runs the others' as well.
"""

from __future__ import annotations

import errno
import socket

import pytest

from kb.sandbox import seccomp

ALLOWED, REFUSED = 0x7FFF0000, 0x00050000 | errno.EACCES
OTHERS_CONNECT = 42
FAST_OPEN = 0x20000000


def run(
    machine: str, number: int, *arguments: int, audit: int | None = None, reads: bool = False
) -> int:
    """What the filter returns for a system call."""
    steps = seccomp.assemble(seccomp.program(machine, reads_documents=reads))
    data = {0: number, 4: seccomp.MACHINES[machine].audit if audit is None else audit}
    data |= {16 + 8 * place: value & 0xFFFFFFFF for place, value in enumerate(arguments)}
    held, place = 0, 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x20:
            held = data.get(value, 0)
        elif code == 0x54:
            held &= value
        else:
            true = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            place += yes if true else no


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize(
    ("family", "kind", "protocol", "meant"),
    [
        (socket.AF_UNIX, socket.SOCK_STREAM, 0, ALLOWED),
        (socket.AF_UNIX, socket.SOCK_DGRAM, 0, ALLOWED),
        (socket.AF_INET, socket.SOCK_STREAM, 0, ALLOWED),
        (socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 6, ALLOWED),
        (socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, 0, ALLOWED),
        (socket.AF_INET, socket.SOCK_DGRAM, 0, REFUSED),
        (socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, 17, REFUSED),
        (socket.AF_INET, socket.SOCK_RAW, 1, REFUSED),
        (socket.AF_INET, socket.SOCK_STREAM, 132, REFUSED),  # SCTP
        (socket.AF_INET, socket.SOCK_STREAM, 262, REFUSED),  # MPTCP
        (socket.AF_INET, 5, 0, REFUSED),  # SOCK_SEQPACKET
        (socket.AF_NETLINK, socket.SOCK_RAW, 0, REFUSED),
        (socket.AF_PACKET, socket.SOCK_RAW, 0, REFUSED),
        (40, socket.SOCK_STREAM, 0, REFUSED),  # AF_VSOCK: to the machine's host
        (1 << 32 | socket.AF_INET, socket.SOCK_DGRAM, 0, REFUSED),  # the kernel reads an int
    ],
)
def test_unix_and_tcp_sockets_are_made_and_no_others(
    machine: str, family: int, kind: int, protocol: int, meant: int
) -> None:
    assert run(machine, seccomp.MACHINES[machine].socket, family, kind, protocol) == meant


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_a_connection_that_hides_in_a_send_is_refused(machine: str) -> None:
    calls = seccomp.MACHINES[machine]
    for flags, meant in ((0, ALLOWED), (0x4000, ALLOWED), (0x4000 | FAST_OPEN, REFUSED)):
        assert run(machine, calls.sendto, 3, 0, 0, flags) == meant
        assert run(machine, calls.sendmmsg, 3, 0, 1, flags) == meant
        assert run(machine, calls.sendmsg, 3, 0, flags) == meant


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_io_uring_is_refused_and_what_has_nothing_to_do_with_a_network_passes(machine: str) -> None:
    assert run(machine, seccomp.MACHINES[machine].io_uring_setup, 8) == REFUSED
    assert run(machine, OTHERS_CONNECT, 3) == ALLOWED


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_another_architectures_numbers_are_refused_whatever_they_mean(machine: str) -> None:
    other = next(one for one in seccomp.MACHINES if one != machine)
    for audit in (0x40000003, 0x40000028, seccomp.MACHINES[other].audit):  # i386, arm
        assert run(machine, OTHERS_CONNECT, audit=audit) == REFUSED
    assert run(machine, 0x40000000 | OTHERS_CONNECT) == REFUSED  # x32


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize("reads", [False, True])
def test_nothing_is_typed_into_a_terminal_and_no_attribute_of_a_file_is_changed(
    machine: str, reads: bool
) -> None:
    ioctl = seccomp.MACHINES[machine].ioctl
    for request in (0x5412, 0x541C, 0x40086602, 0x401C5820, 1 << 32 | 0x5412):
        assert run(machine, ioctl, 0, request, reads=reads) == REFUSED
    for request in (0x5413, 0x5401, 0x541B):  # the window's size, the mode, what waits to be read
        assert run(machine, ioctl, 0, request, reads=reads) == ALLOWED


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_who_reads_documents_may_call_less(machine: str) -> None:
    calls = seccomp.MACHINES[machine]
    assert len(set(calls.reading)) == len(calls.reading) > 25
    for number in calls.reading:
        assert run(machine, number, 3) == ALLOWED
        assert run(machine, number, 3, reads=True) == REFUSED
    assert run(machine, calls.socket, socket.AF_INET, socket.SOCK_DGRAM, reads=True) == REFUSED
    assert run(machine, 0, 3, reads=machine == "x86_64") == ALLOWED  # read


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize("reads", [False, True])
def test_every_jump_lands_on_a_step(machine: str, reads: bool) -> None:
    steps = seccomp.assemble(seccomp.program(machine, reads_documents=reads))
    for place, (_, yes, no, _) in enumerate(steps):
        assert 0 <= yes < 256
        assert 0 <= no < 256
        assert place + 1 + max(yes, no) <= len(steps)
