"""The network guard: this process talks to loopback and to what `[egress] allow` names.

An audit hook (PEP 578) sees every connection and name look-up that Python code makes and
raises EgressBlocked before the operating system is asked. It cannot be taken out again.
It does not see native code that opens sockets by itself; kb/sandbox does.

A name that is allowed is resolved once in a process, and answered from that ever after: what the
name leads to later is refused.

Imports the standard library alone, because it is installed before anything else is imported.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from kb import egress_log
from kb.errors import EgressBlocked, UsageError

log = logging.getLogger(__name__)

_LOOKUPS = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_SENDS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_PRIVATE = tuple(
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)  # RFC 1918, RFC 4193
_REMEMBERED = 1000
_KEPT_A_PROCESS = 200
_FILE_VARIABLE = "KB_EGRESS_LOG"
"""Tells a process that this one starts where attempts are kept: `command:file`."""

_ask_system = socket.getaddrinfo


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

    @property
    def is_name(self) -> bool:
        return _address(self.host) is None and not is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A blocked one: the audit event and where it wanted to go."""

    event: str
    destination: str


class _Guard:
    def __init__(self) -> None:
        self.installed = False
        self.public = False
        self.allowed: set[Destination] = set()
        self.pinned: dict[str, tuple[str, ...]] = {}
        self.turned_away: dict[str, str] = {}
        self.blocked: deque[Attempt] = deque(maxlen=_REMEMBERED)
        self.file: Path | None = None
        self.command = ""
        self.room = _KEPT_A_PROCESS

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if event in _SENDS:
            self.check_send(event, args[1])
        elif event in _LOOKUPS:
            self.check_lookup(event, args[0])

    def check_send(self, event: str, address: object) -> None:
        if not isinstance(address, tuple) or len(address) < 2:
            return  # Unix sockets (str, bytes) and connected sockets (None) leave no machine
        host, port = str(address[0]).lower(), address[1]
        if not self.permits(host, port):
            self.block(event, f"{host}:{port}")

    def check_lookup(self, event: str, host: object) -> None:
        if isinstance(host, tuple):
            host = host[0] if host else None
        name = _text(host)
        if name is None or is_loopback(name):
            return
        if not any(d.host == name or name in self.addresses(d) for d in self.allowed):
            self.block(event, name)

    def permits(self, host: str, port: object) -> bool:
        return is_loopback(host) or any(
            d.port == port and (d.host == host or host in self.addresses(d)) for d in self.allowed
        )

    def addresses(self, destination: Destination) -> tuple[str, ...]:
        """A name's addresses, asked for once: a name that changes its address later is refused.

        Public ones count only where they are allowed. None for what is no name, and for a name
        that cannot be resolved now."""
        name = destination.host
        if not destination.is_name:
            return ()
        if name not in self.pinned:
            try:
                found = _ask_system(name, None, type=socket.SOCK_STREAM)
            except OSError as error:
                log.info("%s could not be resolved: %s", name, error)
                return ()
            answers = dict.fromkeys(str(entry[4][0]) for entry in found)
            for one in answers:
                if not (self.public or is_private(one)):
                    log.warning("%s leads to %s, a public address, which is blocked", name, one)
                    self.turned_away[name] = one
            self.pinned[name] = tuple(one for one in answers if self.public or is_private(one))
        return self.pinned[name]

    def block(self, event: str, destination: str) -> NoReturn:
        attempt = Attempt(event, destination)
        self.blocked.append(attempt)
        # Whatever goes wrong with keeping it, it stays blocked.
        with contextlib.suppress(Exception):
            self.keep(attempt)
        log.warning("egress blocked: %s to %s", event, destination)
        raise EgressBlocked(
            f"a connection to {destination} was blocked",
            why=f"{event}: only loopback and the destinations of [egress] allow may be reached",
            hint="if this destination is yours, add it as host:port to [egress] allow",
        )

    def keep(self, attempt: Attempt) -> None:
        """The first of a process, so that one that tries for ever does not push out the others."""
        if self.file is not None and self.room > 0:
            self.room -= 1
            egress_log.append(self.file, self.command, attempt.event, attempt.destination)


_guard = _Guard()


def is_loopback(host: str) -> bool:
    """Whether a name or address stays on this machine."""
    name = host.lower().rstrip(".").split("%")[0]
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def is_private(host: str) -> bool:
    """Whether an address is loopback or of a private network (RFC 1918, RFC 4193). Link-local
    ones, where clouds have their metadata, and those that providers share (RFC 6598) are not."""
    address = _address(host)
    if address is None:
        return is_loopback(host)
    return address.is_loopback or any(address in network for network in _PRIVATE)


def install(allow: Iterable[str] = (), *, public: bool = False) -> None:
    """Put the guard in force in this process and add destinations (`host:port`) to the allowed.

    May be called again, to allow more once the configuration is read.

    Args:
        public: whether public addresses may be among them, and names that lead to such.

    Raises:
        UsageError: a destination is malformed, or a public address that may not be.
    """
    if not _guard.installed:
        sys.addaudithook(_guard.hook)
        _guard.installed = True
        command, separator, file = os.environ.get(_FILE_VARIABLE, "").partition(":")
        if separator and _guard.file is None:
            _guard.command, _guard.file = f"{command} (worker)", Path(file)
    wanted = [Destination.parse(text) for text in allow]
    for destination in wanted:
        if not (public or destination.is_name or is_private(destination.host)):
            raise UsageError(
                f"'{destination}' in egress.allow is not a private address",
                why="documents and questions would leave the building: only 10.0.0.0/8, "
                "172.16.0.0/12, 192.168.0.0/16 and fc00::/7 are private",
                hint="correct egress.allow, or set egress.allow_public = true if that is meant",
            )
    _guard.allowed.update(wanted)
    _guard.public = _guard.public or public
    if any(destination.is_name for destination in wanted):
        socket.getaddrinfo = _getaddrinfo


def _getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> Any:
    """`socket.getaddrinfo`, which answers for an allowed name with what it was resolved to."""
    name = _text(host)
    named = next((d for d in _guard.allowed if d.host == name and d.is_name), None)
    if name is None or named is None:
        return _ask_system(host, port, family, type, proto, flags)
    found = []
    for address in _guard.addresses(named):
        with contextlib.suppress(socket.gaierror):  # of the other family than is asked for
            found += _ask_system(address, port, family, type, proto, flags)
    if not found and name in _guard.turned_away:
        _guard.block("socket.getaddrinfo", f"{name} ({_guard.turned_away[name]})")
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, f"{name} could not be resolved")
    return found


def pin() -> None:
    """Resolve every allowed name now. Afterwards no look-up is needed any more."""
    for destination in _guard.allowed:
        _guard.addresses(destination)


def permits(host: str, port: int) -> bool:
    """Whether the guard lets a connection pass. A name that is not allowed is not looked up."""
    return _guard.permits(host.lower().strip("[]"), port)


def block(event: str, destination: str) -> NoReturn:
    """Block what the guard cannot see by itself, such as a redirect. Raises EgressBlocked."""
    _guard.block(event, destination)


def keep(file: Path | None, command: str = "") -> None:
    """Keep what is blocked in this process, and in the workers that it starts, in this file too.

    `command` is written beside them. None: keep no more.
    """
    _guard.file, _guard.command = file, command
    if file is None:
        os.environ.pop(_FILE_VARIABLE, None)
    else:
        os.environ[_FILE_VARIABLE] = f"{command}:{file}"


def keep_instead(file: Path) -> None:
    """Where what is blocked in this process is kept, keep it in this file from now on."""
    if _guard.file is not None:
        _guard.file = file


def keep_foreign(attempt: egress_log.BlockedAttempt) -> None:
    """Keep what a worker says was blocked in it, beside what was blocked in this process."""
    if _guard.file is not None:
        with contextlib.suppress(OSError):  # as with one's own: it stays blocked
            egress_log.add(_guard.file, attempt)


def is_installed() -> bool:
    return _guard.installed


def allowed() -> tuple[str, ...]:
    """The allowed destinations besides loopback, sorted."""
    return tuple(sorted(str(destination) for destination in _guard.allowed))


def blocked() -> tuple[Attempt, ...]:
    """What was blocked in this process so far, in order; the last thousand."""
    return tuple(_guard.blocked)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address in figures, without its zone; IPv4 where it is IPv4 in IPv6's clothes."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _text(host: object) -> str | None:
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    return None if host is None else str(host).lower()
