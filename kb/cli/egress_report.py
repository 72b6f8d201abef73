"""`kb egress-report`."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import click

from kb import egress
from kb.cli.app import App, emit, json_option, pass_app, say
from kb.errors import EgressRefused


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt of the self-test that the guard has to refuse."""

    attempt: str
    refused: bool


@click.command("egress-report")
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """Which destinations are allowed, and a self-test that anything else is refused.

    The self-test asks for a reserved name and a documentation address (RFC 2606, RFC 5737); the
    guard refuses before the operating system is asked, so nothing leaves.

    \b
    Example:
      kb egress-report
    """
    settings = app.settings
    trials = (
        Trial("look up example.invalid", _refused_lookup("example.invalid")),
        Trial("connect to 192.0.2.1:443", _refused_connection("192.0.2.1", 443)),
        Trial("send a datagram to 192.0.2.1:53", _refused_datagram("192.0.2.1", 53)),
    )
    held = all(trial.refused for trial in trials)
    if as_json:
        emit(
            {
                "guard": egress.is_installed(),
                "allowed": ["loopback", *egress.allowed()],
                "self_test": trials,
                "held": held,
                "model_hosts": settings.models.host,
            }
        )
    else:
        say("allowed: loopback" + "".join(f", {one}" for one in egress.allowed()))
        for trial in trials:
            say(f"{'refused' if trial.refused else 'WENT OUT'}: {trial.attempt}")
    return 0 if held else 9


def _refused_lookup(name: str) -> bool:
    try:
        socket.getaddrinfo(name, 443)
    except EgressRefused:
        return True
    except OSError:
        return False
    return False


def _refused_connection(host: str, port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(0.2)
        try:
            attempt.connect((host, port))
        except EgressRefused:
            return True
        except OSError:
            return False
    return False


def _refused_datagram(host: str, port: int) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as attempt:
        try:
            attempt.sendto(b"", (host, port))
        except EgressRefused:
            return True
        except OSError:
            return False
    return False
