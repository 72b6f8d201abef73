"""What a command and its children asked the kernel for, read from strace: every socket address
they named, and whether it leaves the machine.

A guard inside the process sees what Python does; strace sees what the process does. It stands
outside, in the way of the kernel itself, so native code is seen like any other.
"""

from __future__ import annotations

import ipaddress
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Files, for the sake of the resolver's own, and programs. A ring (io_uring) can send without
# a call that strace would see. `?` is for what an architecture does not have.
_CALLS = "%network,io_uring_setup,execve,?execveat,?open,openat,?openat2"

_LINE = re.compile(r"(\d+)\s+(.*)", re.DOTALL)
_UNFINISHED = re.compile(r"(\w+)\((.*?),? ?<unfinished \.\.\.>(?:\) += \?)?", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)\) += (.*)", re.DOTALL)
_WHOLE = re.compile(r"(\w+)\((.*)\) += (.*)", re.DOTALL)
_FAMILY = re.compile(r"sa_family=(\w+)")
_PLACE = re.compile(
    r'sin_port=htons\((?P<port4>\d+)\), sin_addr=inet_addr\("(?P<ip4>[^"]+)"\)'
    r'|sin6_port=htons\((?P<port6>\d+)\).*?inet_pton\(AF_INET6, "(?P<ip6>[^"]+)"'
)
_PATH = re.compile(r'"([^"]*)"')

_NAMING = frozenset({"connect", "bind", "sendto", "sendmsg", "sendmmsg"})
_OPENING = frozenset({"open", "openat", "openat2"})
_OF_THE_MACHINE = frozenset({"AF_UNIX", "AF_LOCAL", "AF_NETLINK", "AF_UNSPEC"})
_LOOK_UP_PORTS = frozenset({53, 853, 5353, 5355})
_RESOLVER_FILES = frozenset({"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf"})
_RESOLVER_SOCKETS = ("/systemd/resolve/", "/avahi-daemon/", "/dbus/system_bus_socket")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: which process made it, its arguments and its result as strace shows them.
    The result is `?` where the process ended within the call."""

    pid: int
    name: str
    arguments: str
    result: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A call that leaves the machine, or tries to, or asks for a name."""

    call: Call
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.call.name}({self.call.arguments}) = {self.call.result}"


def traced(command: list[str], file: Path, calls: str = _CALLS) -> list[str]:
    """The command under strace, which writes to `file`. No content: strings are cut to nothing."""
    options = ["--seccomp-bpf", "-s", "0", "-e", "signal=none", "-e", f"trace={calls}"]
    return ["strace", "-f", *options, "-o", str(file), *command]


def why_not() -> str:
    """Why nothing can be traced on this machine; empty where it can."""
    if not shutil.which("strace"):
        return "strace is not installed (Debian: apt-get install strace)"
    tried = subprocess.run(
        traced(["true"], Path("/dev/null")), capture_output=True, text=True, check=False
    )
    lines = tried.stderr.strip().splitlines()
    return f"strace may not trace here: {lines[-1] if lines else ''}" if tried.returncode else ""


def read(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a trace. A call that another process interrupted is put together again.

    Raises:
        ValueError: a line is none that strace is known to write. Nothing is passed over.
    """
    begun: dict[int, Call] = {}
    for line in filter(None, (line.rstrip("\n") for line in lines)):
        numbered = _LINE.fullmatch(line)
        if not numbered:
            raise ValueError(f"not a line of strace -f: {line!r}")
        pid, text = int(numbered[1]), numbered[2]
        if text.startswith(("+++ ", "--- ")):
            continue
        if whole := _WHOLE.fullmatch(text):
            if resumed := _RESUMED.fullmatch(text):
                raise ValueError(f"not understood: {resumed[0]!r}")
            yield Call(pid, *whole.groups())
        elif parts := _RESUMED.fullmatch(text):
            start = begun.pop(pid)
            if start.name != parts[1]:
                raise ValueError(f"{start.name} was begun and {parts[1]} resumed: {line!r}")
            yield Call(pid, start.name, start.arguments + parts[2], parts[3])
        elif cut := _UNFINISHED.fullmatch(text):
            begun[pid] = Call(pid, cut[1], cut[2], "?")
        else:
            raise ValueError(f"not understood: {line!r}")
    yield from begun.values()


def leaks(calls: Iterable[Call]) -> tuple[Leak, ...]:
    """What leaves the machine: every address that is neither loopback nor a Unix socket, whether
    the kernel allowed it or not, and every look-up of a name, also one that a service of this
    machine would make."""
    return tuple(Leak(call, reason) for call in calls for reason in _reasons(call))


def opened(calls: Iterable[Call]) -> frozenset[str]:
    """The paths that were asked for, relative ones as they were given; there or not."""
    named = (_PATH.search(call.arguments) for call in calls if call.name in _OPENING)
    return frozenset(path[1] for path in named if path)


def started(calls: Iterable[Call]) -> frozenset[str]:
    """The programs that were started, by their paths."""
    begun = (call for call in calls if call.name in ("execve", "execveat") and call.result == "0")
    named = (_PATH.search(call.arguments) for call in begun)
    return frozenset(path[1] for path in named if path)


def _reasons(call: Call) -> Iterator[str]:
    if call.name == "io_uring_setup":
        yield "a ring, whose calls are not seen here"
    elif call.name in _OPENING:
        path = _PATH.search(call.arguments)
        if path and path[1] in _RESOLVER_FILES:
            yield "a name look-up"
    elif call.name == "socket":
        family = call.arguments.partition(",")[0]
        if family not in _OF_THE_MACHINE | {"AF_INET", "AF_INET6"}:
            yield "a socket of another kind"
    elif call.name in _NAMING:
        yield from _addresses(call)


def _addresses(call: Call) -> Iterator[str]:
    families = _FAMILY.findall(call.arguments)
    places = list(_PLACE.finditer(call.arguments))
    if call.name in ("connect", "bind") and not families:
        yield "an address that strace could not read"
    if len(places) != sum(family in ("AF_INET", "AF_INET6") for family in families):
        yield "an address that was not understood"
    for place in places:
        address = ipaddress.ip_address(place["ip4"] or place["ip6"])
        port = int(place["port4"] or place["port6"])
        if port in _LOOK_UP_PORTS and call.name != "bind":
            yield "a name look-up"
        elif not (getattr(address, "ipv4_mapped", None) or address).is_loopback:
            yield "not this machine"
    for family in families:
        # nscd is asked for users as well. Where it does not run, what comes next tells which.
        nscd = "/nscd/" in call.arguments and "ENOENT" not in call.result
        if family == "AF_UNIX" and (
            nscd or any(one in call.arguments for one in _RESOLVER_SOCKETS)
        ):
            yield "a name look-up"
        elif family not in _OF_THE_MACHINE | {"AF_INET", "AF_INET6"}:
            yield "a socket of another kind"
