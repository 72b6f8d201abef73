"""The network guard: loopback and the allowed destinations, nothing else.

The guard cannot be taken out of a process, so what it allows is tested in processes of its own.
"""

from __future__ import annotations

import json
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kb import egress, egress_log
from kb.errors import EgressBlocked, UsageError


def in_a_new_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout


def test_a_name_is_refused_before_it_is_looked_up() -> None:
    with pytest.raises(EgressBlocked, match=r"example\.invalid"):
        socket.getaddrinfo("example.invalid", 443)


@pytest.mark.parametrize("look_up", [socket.gethostbyname, socket.gethostbyaddr])
def test_every_kind_of_look_up_is_refused(look_up: object) -> None:
    assert callable(look_up)
    with pytest.raises(EgressBlocked):
        look_up("example.invalid")


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "169.254.169.254"])
def test_a_connection_to_another_machine_is_refused(address: str) -> None:
    with socket.socket() as attempt, pytest.raises(EgressBlocked):
        attempt.connect((address, 443))


def test_connect_ex_which_returns_codes_instead_of_raising_is_refused_too() -> None:
    with socket.socket() as attempt, pytest.raises(EgressBlocked):
        attempt.connect_ex(("192.0.2.1", 443))


def test_a_datagram_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as attempt,
        pytest.raises(EgressBlocked, match=r"192\.0\.2\.1:53"),
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


@pytest.mark.process
def test_an_allowed_destination_passes_and_its_neighbouring_port_does_not() -> None:
    # The audit event is raised by hand: nothing is sent, whatever the guard says.
    seen = in_a_new_process(
        "import sys; from kb import egress; egress.install(['10.0.0.5:6333'])\n"
        "for port in (6333, 6334):\n"
        "    try: sys.audit('socket.connect', None, ('10.0.0.5', port)); print('passed')\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    assert seen.splitlines() == ["passed", "EgressBlocked"]


def test_refusals_are_kept_for_the_report() -> None:
    before = len(egress.blocked())
    with pytest.raises(EgressBlocked):
        socket.getaddrinfo("telemetry.invalid", 443)
    assert egress.blocked()[before:] == (egress.Attempt("socket.getaddrinfo", "telemetry.invalid"),)


@pytest.mark.parametrize("text", ["example.org", "example.org:", ":80", "host:0", "host:70000"])
def test_a_destination_needs_a_host_and_a_port(text: str) -> None:
    with pytest.raises(UsageError):
        egress.Destination.parse(text)


def test_an_ipv6_destination_is_written_in_brackets() -> None:
    assert str(egress.Destination.parse("[FD00::5]:6333")) == "[fd00::5]:6333"


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("10.255.0.1", True),
        ("172.16.0.1", True),
        ("172.32.0.1", False),
        ("192.168.1.1", True),
        ("fd12:3456::1", True),
        ("::ffff:10.0.0.1", True),
        ("127.0.0.1", True),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
        ("169.254.169.254", False),  # link-local: a cloud's metadata
        ("fe80::1%eth0", False),
        ("100.64.0.1", False),  # shared by a provider's customers
        ("0.0.0.0", False),
        ("224.0.0.1", False),
    ],
)
def test_what_counts_as_private(host: str, private: bool) -> None:
    assert egress.is_private(host) is private


@pytest.mark.process
@pytest.mark.parametrize("text", ["8.8.8.8:443", "169.254.169.254:80", "[2001:db8::1]:6333"])
def test_a_public_address_may_not_be_allowed_unless_that_is_configured(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        egress.install([text])
    assert "egress.allow_public" in caught.value.hint
    assert text not in egress.allowed()
    assert in_a_new_process(
        f"from kb import egress; egress.install([{text!r}], public=True); print(*egress.allowed())"
    ).split() == [text]


NAMES = """
import json, socket, sys
from pathlib import Path
from kb import egress
hosts, addresses = Path("/etc/hosts"), []
egress.install(["gpu.test:6333"], public={public})
for address in {answers}:
    hosts.write_text(f"127.0.0.1 localhost\\n{{address}} gpu.test\\n")
    try:
        found = socket.getaddrinfo("gpu.test", 6333, type=socket.SOCK_STREAM)[0][4][0]
    except OSError as error:
        found = type(error).__name__
    except egress.EgressBlocked as error:
        found = error.what
    addresses.append(found)
moved = socket.gethostbyname("gpu.test")
try:
    sys.audit("socket.connect", None, (moved, 6333))
except egress.EgressBlocked:
    moved = "refused"
print(json.dumps([addresses, moved]))
"""


def with_a_hosts_file_of_its_own(code: str, folder: Path) -> tuple[list[str], str]:
    """Runs NAMES where /etc/hosts is another file, which it may write: its answers in turn, and
    what became of the last address, looked up in another way."""
    if not shutil.which("unshare"):
        pytest.skip("unshare (util-linux) is not installed")
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    begin = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    inside = f"mount --bind {hosts} /etc/hosts && "
    if subprocess.run([*begin, inside + "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow mount namespaces")
    done = subprocess.run(
        [*begin, inside + 'exec "$0" -c "$1"', sys.executable, code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    addresses, moved = json.loads(done.stdout)
    return addresses, moved


@pytest.mark.process
def test_a_name_that_changes_its_address_is_answered_as_it_was_first(tmp_path: Path) -> None:
    code = NAMES.format(public=False, answers=["10.0.0.5", "10.0.0.6"])
    addresses, moved = with_a_hosts_file_of_its_own(code, tmp_path)
    assert addresses == ["10.0.0.5", "10.0.0.5"]
    assert moved == "refused", "another way to look it up leads to an address that is not pinned"


@pytest.mark.process
def test_a_name_that_leads_to_a_public_address_is_refused(tmp_path: Path) -> None:
    code = NAMES.format(public=False, answers=["198.51.100.7"])
    addresses, moved = with_a_hosts_file_of_its_own(code, tmp_path)
    assert addresses == ["a connection to gpu.test (198.51.100.7) was blocked"]
    assert moved == "refused"
    code = NAMES.format(public=True, answers=["198.51.100.7"])
    assert with_a_hosts_file_of_its_own(code, tmp_path) == (["198.51.100.7"], "198.51.100.7")


PHONES_HOME = """
import socket
from pathlib import Path
from kb import egress
egress.keep(Path({file!r}), "ingest")
egress.install()
for place in {places!r}:
    try:
        socket.getaddrinfo(place, 443)
        print("WENT OUT")
    except egress.EgressBlocked:
        print("refused")
"""


@pytest.mark.process
def test_what_was_refused_is_seen_by_later_processes(tmp_path: Path) -> None:
    file = tmp_path / egress_log.NAME
    in_a_new_process(PHONES_HOME.format(file=str(file), places=["telemetry.invalid"]))
    (kept,) = egress_log.read(file)
    assert (kept.command, kept.event) == ("ingest", "socket.getaddrinfo")
    assert kept.destination == "telemetry.invalid"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_file_of_refusals_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / egress_log.NAME
    for number in range(2500):
        egress_log.append(file, "ingest", "socket.connect", f"{number}.{'x' * 300}")
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 600_000
    assert egress_log.read(file)[-1].destination.startswith("2499.x")
    assert len(egress_log.read(file)[-1].destination) == 255


@pytest.mark.process
def test_one_process_that_tries_for_ever_does_not_push_out_what_others_left(tmp_path: Path) -> None:
    file = tmp_path / egress_log.NAME
    places = [f"{number}.invalid" for number in range(300)]
    in_a_new_process(PHONES_HOME.format(file=str(file), places=places))
    assert len(egress_log.read(file)) == 200


@pytest.mark.process
def test_a_refusal_that_cannot_be_kept_is_a_refusal_all_the_same(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    link, folder = tmp_path / "link.jsonl", tmp_path / "folder.jsonl"
    link.symlink_to(victim)
    folder.mkdir()
    for file in (link, folder, tmp_path / "no-home" / "egress.jsonl"):
        code = PHONES_HOME.format(file=str(file), places=["telemetry.invalid"])
        assert in_a_new_process(code).split() == ["refused"]
    assert victim.read_text() == "mine"
    assert not (tmp_path / "no-home").exists()


def test_a_line_that_was_cut_off_hides_no_other(tmp_path: Path) -> None:
    file = tmp_path / egress_log.NAME
    egress_log.append(file, "ask", "socket.connect", "10.0.0.1:80")
    with file.open("a") as opened:
        opened.write('{"time": "2026\n[]\n{"pid": 3}\n')
    egress_log.append(file, "ask", "socket.connect", "10.0.0.2:80")
    assert [one.destination for one in egress_log.read(file)] == ["10.0.0.1:80", "10.0.0.2:80"]
