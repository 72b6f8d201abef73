"""The network guard: this process talks to loopback and to what `[egress] allow` names.

An audit hook (PEP 578) sees every connection and name look-up that Python code makes and
raises EgressRefused before the operating system is asked. It cannot be taken out again.
It does not see native code that opens sockets by itself.

Imports the standard library alone, because it is installed before anything else is imported.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from kb.errors import EgressRefused, UsageError

log = logging.getLogger(__name__)

_LOOKUPS = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


@dataclass(frozen=True, slots=True)
class Destination:
    """A host (name or address, lower case) and a port, 1 to 65535."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Destination:
        """Read `host:port` or `[v6]:port`. Raises UsageError."""
        host, _, port = text.strip().rpartition(":")
        host = host.strip("[]").lower()
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise UsageError(
                f"'{text}' is not a destination",
                why="[egress] allow takes host:port, with a port from 1 to 65535",
                hint='write for example allow = ["10.0.0.5:11434"]',
            )
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused attempt: the audit event and where it wanted to go."""

    event: str
    destination: str


class _Guard:
    def __init__(self) -> None:
        self.installed = False
        self.allowed: set[Destination] = set()
        self.pinned: dict[Destination, frozenset[str]] = {}
        self.refusals: list[Refusal] = []

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if event in _SENDS:
            self.check_send(event, args[1])
        elif event in _LOOKUPS:
            self.check_lookup(event, args[0])

    def check_send(self, event: str, address: object) -> None:
        if not isinstance(address, tuple) or len(address) < 2:
            return  # Unix sockets (str, bytes) and connected sockets (None) leave no machine
        host, port = str(address[0]).lower(), address[1]
        if is_loopback(host):
            return
        if isinstance(port, int) and any(
            d.port == port and (d.host == host or host in self.addresses(d)) for d in self.allowed
        ):
            return
        self.refuse(event, f"{host}:{port}")

    def check_lookup(self, event: str, host: object) -> None:
        if isinstance(host, tuple):
            host = host[0] if host else None
        if isinstance(host, bytes | bytearray):
            host = host.decode("ascii", "replace")
        if host is None or is_loopback(str(host)):
            return
        if any(d.host == str(host).lower() for d in self.allowed):
            return
        self.refuse(event, str(host))

    def addresses(self, destination: Destination) -> frozenset[str]:
        """A name's addresses, asked for once: a name that changes its address later is refused."""
        if destination not in self.pinned:
            self.pinned[destination] = frozenset()  # the look-up below comes through the hook
            try:
                found = socket.getaddrinfo(destination.host, destination.port)
            except OSError as error:
                del self.pinned[destination]
                log.debug("%s could not be resolved: %s", destination.host, error)
                return frozenset()
            self.pinned[destination] = frozenset(str(entry[4][0]) for entry in found)
        return self.pinned[destination]

    def refuse(self, event: str, destination: str) -> None:
        self.refusals.append(Refusal(event, destination))
        log.warning("egress refused: %s to %s", event, destination)
        raise EgressRefused(
            f"a connection to {destination} was refused",
            why=f"{event}: only loopback and the destinations of [egress] allow may be reached",
            hint="if this destination is yours, add it as host:port to [egress] allow",
        )


_guard = _Guard()


def is_loopback(host: str) -> bool:
    """Whether a name or address stays on this machine."""
    name = host.lower().rstrip(".").split("%")[0]
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def install(allow: Iterable[str] = ()) -> None:
    """Put the guard in force in this process and add destinations (`host:port`) to the allowed.

    May be called again, to allow more once the configuration is read.
    """
    _guard.allowed.update(Destination.parse(text) for text in allow)
    if not _guard.installed:
        sys.addaudithook(_guard.hook)
        _guard.installed = True


def is_installed() -> bool:
    return _guard.installed


def allowed() -> tuple[str, ...]:
    """The allowed destinations besides loopback, sorted."""
    return tuple(sorted(str(destination) for destination in _guard.allowed))


def refusals() -> tuple[Refusal, ...]:
    """What was refused in this process so far, in order."""
    return tuple(_guard.refusals)
