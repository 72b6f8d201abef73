"""`kb egress-report`."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

import click

from kb import egress, egress_log
from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.errors import EgressBlocked
from kb.sandbox import Part, in_force

_SHOWN = 20
_NOBODY = 9  # TCP port 9, discard; on loopback, so that nothing leaves even unprotected


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt of the self-test that has to be refused."""

    attempt: str
    refused: bool


@click.command("egress-report", cls=Command, needs=Needs())
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """Allowed destinations, what of the sandbox is in force, blocked attempts, and a self-test.

    The self-test asks for a reserved name and a documentation address (RFC 2606, RFC 5737); the
    egress guard blocks them before the operating system is asked, so nothing leaves. The
    kernel's sandbox is tested past Python, with system calls, on loopback.

    \b
    Example:
      kb egress-report
    """
    settings = app.settings
    kept = egress_log.read(settings.state / egress_log.NAME)
    egress.keep(None)  # the self-test's own refusals are no news
    parts = in_force()
    trials = (*_of_the_guard(), *_of_the_kernel(parts))
    held = all(trial.refused for trial in trials)
    if as_json:
        emit(
            {
                "guard": egress.is_installed(),
                "allowed": ["loopback", *egress.allowed()],
                "self_test": trials,
                "held": held,
                "model_hosts": settings.models.host,
                "walls": parts,
                "refusals": kept,
            }
        )
        return 0 if held else 9
    say("allowed: loopback" + "".join(f", {one}" for one in egress.allowed()))
    for part in parts:
        say(f"{'in force' if part.in_force else 'MISSING'}: {part.name} ({part.detail})")
    for trial in trials:
        say(f"{'blocked' if trial.refused else 'WENT OUT'}: {trial.attempt}")
    say(f"blocked in earlier runs: {len(kept)}")
    for one in kept[-_SHOWN:]:
        say(f"  {one.time}  kb {one.command}: {one.event} to {one.destination}")
    return 0 if held else 9


def _of_the_guard() -> tuple[Trial, ...]:
    return (
        Trial("look up example.invalid", _refused(_look_up)),
        Trial("connect to 192.0.2.1:443", _refused(_connect)),
        Trial("send a datagram to 192.0.2.1:53", _refused(_send)),
    )


def _of_the_kernel(parts: tuple[Part, ...]) -> tuple[Trial, ...]:
    """What Python's hooks do not see; tried for the parts that are in force."""
    holds = {part.name for part in parts if part.in_force}
    trials: list[Trial] = []
    if "landlock-tcp" in holds:
        refused = _refused(_connect_past_python, PermissionError)
        trials.append(Trial(f"connect by system call to 127.0.0.1:{_NOBODY}", refused))
    if "seccomp-datagrams" in holds:
        refused = _refused(_make_datagram_socket, PermissionError)
        trials.append(Trial("make a socket for datagrams", refused))
    return tuple(trials)


def _refused(attempt: Callable[[], None], by: type[Exception] = EgressBlocked) -> bool:
    """Whether this protection refused: not another one, and not merely that nobody answered."""
    try:
        attempt()
    except by:
        return True
    except (EgressBlocked, OSError):
        return False
    return False


def _look_up() -> None:
    socket.getaddrinfo("example.invalid", 443)


def _connect() -> None:
    with socket.socket() as attempt:
        attempt.settimeout(0.2)
        attempt.connect(("192.0.2.1", 443))


def _send() -> None:
    # A TCP socket, which the sandbox lets be made; unconnected, it could send nothing.
    with socket.socket() as attempt:
        attempt.sendto(b"", ("192.0.2.1", 53))


def _make_datagram_socket() -> None:
    socket.socket(type=socket.SOCK_DGRAM).close()


def _connect_past_python() -> None:
    """`connect` of the C library, which raises no audit event."""
    address = socket.AF_INET.to_bytes(2, "little") + _NOBODY.to_bytes(2, "big")
    address += socket.inet_aton("127.0.0.1") + bytes(8)
    with socket.socket() as attempt:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.connect(attempt.fileno(), address, len(address)):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
