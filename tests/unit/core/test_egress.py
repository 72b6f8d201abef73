"""The network guard: loopback and the allowed destinations, nothing else.

The guard cannot be taken out of a process, so what it allows is tested in processes of its own.
"""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from kb import egress
from kb.errors import EgressRefused, UsageError


def in_a_new_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout


def test_a_name_is_refused_before_it_is_looked_up() -> None:
    with pytest.raises(EgressRefused, match=r"example\.invalid"):
        socket.getaddrinfo("example.invalid", 443)


@pytest.mark.parametrize("look_up", [socket.gethostbyname, socket.gethostbyaddr])
def test_every_kind_of_look_up_is_refused(look_up: object) -> None:
    assert callable(look_up)
    with pytest.raises(EgressRefused):
        look_up("example.invalid")


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "169.254.169.254"])
def test_a_connection_to_another_machine_is_refused(address: str) -> None:
    with socket.socket() as attempt, pytest.raises(EgressRefused):
        attempt.connect((address, 443))


def test_connect_ex_which_returns_codes_instead_of_raising_is_refused_too() -> None:
    with socket.socket() as attempt, pytest.raises(EgressRefused):
        attempt.connect_ex(("192.0.2.1", 443))


def test_a_datagram_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as attempt,
        pytest.raises(EgressRefused, match=r"192\.0\.2\.1:53"),
    ):
        attempt.sendto(b"hello", ("192.0.2.1", 53))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_answers(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port), timeout=5) as connection:
            assert connection.getpeername()[1] == port


@pytest.mark.parametrize(
    ("host", "stays"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("LOCALHOST.", True),
        ("::ffff:192.0.2.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("10.0.0.1", False),
    ],
)
def test_what_counts_as_loopback(host: str, stays: bool) -> None:
    assert egress.is_loopback(host) is stays


def test_an_allowed_destination_passes_and_its_neighbouring_port_does_not() -> None:
    # The audit event is raised by hand: nothing is sent, whatever the guard says.
    seen = in_a_new_process(
        "import sys; from kb import egress; egress.install(['192.0.2.1:6333'])\n"
        "for port in (6333, 6334):\n"
        "    try: sys.audit('socket.connect', None, ('192.0.2.1', port)); print('passed')\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    assert seen.splitlines() == ["passed", "EgressRefused"]


def test_refusals_are_kept_for_the_report() -> None:
    before = len(egress.refusals())
    with pytest.raises(EgressRefused):
        socket.getaddrinfo("telemetry.invalid", 443)
    assert egress.refusals()[before:] == (
        egress.Refusal("socket.getaddrinfo", "telemetry.invalid"),
    )


@pytest.mark.parametrize("text", ["example.org", "example.org:", ":80", "host:0", "host:70000"])
def test_a_destination_needs_a_host_and_a_port(text: str) -> None:
    with pytest.raises(UsageError):
        egress.Destination.parse(text)


def test_an_ipv6_destination_is_written_in_brackets() -> None:
    assert str(egress.Destination.parse("[FD00::5]:6333")) == "[fd00::5]:6333"
