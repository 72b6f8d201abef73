"""The tracer itself: it sees what leaves the machine, by whatever way, and nothing else."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.airgap.machine import environment, watch
from tests.airgap.tracing import Call, leaks, opened, read, started

# --- how a trace is read --------------------------------------------------------------

TRACE = """\
11 execve("/usr/bin/pandoc", [""..., ...], 0x7ffd /* 9 vars */) = 0
11 execve("/opt/nothing", [""..., ...], 0x7ffd /* 9 vars */) = -1 ENOENT (No such file or directory)
11 openat(AT_FDCWD, "/home/张飞/a b.txt", O_RDONLY|O_CLOEXEC) = 3
11 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 4
11 connect(4, {sa_family=AF_UNIX, sun_path="/tmp/kb/s.sock"}, 39 <unfinished ...>
12 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP <unfinished ...>
11 <... connect resumed>) = 0
12 <... socket resumed>) = 5
12 connect(5, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16 \
<unfinished ...>
11 +++ exited with 0 +++
12 +++ killed by SIGKILL +++
"""


def test_calls_are_read_whole_also_where_others_came_between() -> None:
    calls = [call for call in read(TRACE.splitlines()) if call.name in ("socket", "connect")]
    assert [(call.pid, call.name, call.result) for call in calls] == [
        (11, "socket", "4"),
        (11, "connect", "0"),
        (12, "socket", "5"),
        (12, "connect", "?"),
    ]
    assert calls[1].arguments == '4, {sa_family=AF_UNIX, sun_path="/tmp/kb/s.sock"}, 39'


def test_a_call_in_which_its_process_died_counts() -> None:
    [leak] = leaks(read(TRACE.splitlines()))
    assert (leak.call.pid, leak.reason) == (12, "not this machine")


def test_files_and_programs_are_told() -> None:
    calls = [*read(TRACE.splitlines())]
    assert opened(calls) == {"/home/张飞/a b.txt"}
    assert started(calls) == {"/usr/bin/pandoc"}


@pytest.mark.parametrize(
    "line",
    ["no process id", "7 strace: something new", "7 <... connect resumed>) = 0", "7 connect(3, {"],
)
def test_a_line_that_is_not_understood_is_not_passed_over(line: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        list(read([line]))


# --- what is a leak -------------------------------------------------------------------

V4 = '{{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr("{}")}}'
V6 = (
    "{{sa_family=AF_INET6, sin6_port=htons({}), sin6_flowinfo=htonl(0), "
    'inet_pton(AF_INET6, "{}", &sin6_addr), sin6_scope_id=0}}'
)
MESSAGE = "{{msg_name={}, msg_namelen=16, msg_iov=[...], msg_iovlen=1, msg_flags=0}}"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("connect", "3, " + V4.format(11434, "127.0.0.1") + ", 16"),
        ("bind", "3, " + V6.format(0, "::1") + ", 28"),
        ("connect", "3, " + V6.format(80, "::ffff:127.0.0.1") + ", 28"),
        ("connect", '3, {sa_family=AF_UNIX, sun_path="/tmp/kb-1/s.sock"}, 110'),
        ("bind", '3, {sa_family=AF_UNIX, sun_path=@"abstract"}, 110'),
        ("bind", "3, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12"),
        ("sendto", '3, ""..., 5, MSG_NOSIGNAL, NULL, 0'),
        ("sendmsg", "3, {msg_name=NULL, msg_namelen=0, msg_iov=[...], msg_iovlen=1}, 0"),
        ("socket", "AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP"),
        ("getsockname", "3, " + V4.format(80, "192.0.2.1") + ", [16]"),
        ("openat", 'AT_FDCWD, "/etc/ssl/openssl.cnf", O_RDONLY'),
    ],
)
def test_what_stays_on_the_machine_is_none(name: str, arguments: str) -> None:
    assert leaks([Call(1, name, arguments, "0")]) == ()


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("connect", "3, " + V4.format(443, "192.0.2.1") + ", 16", "not this machine"),
        ("connect", "3, " + V4.format(443, "10.0.0.5") + ", 16", "not this machine"),
        ("connect", "3, " + V6.format(443, "::ffff:192.0.2.1") + ", 28", "not this machine"),
        ("bind", "3, " + V4.format(8080, "0.0.0.0") + ", 16", "not this machine"),
        ("sendto", '3, ""..., 5, 0, ' + V4.format(514, "192.0.2.1") + ", 16", "not this machine"),
        ("sendmsg", "3, " + MESSAGE.format(V6.format(9, "2001:db8::1")), "not this machine"),
        ("connect", "3, " + V4.format(53, "127.0.0.53") + ", 16", "a name look-up"),
        ("connect", '3, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110', "a name look-up"),
        (
            "connect",
            '3, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42',
            "a name look-up",
        ),
        ("openat", 'AT_FDCWD, "/etc/resolv.conf", O_RDONLY|O_CLOEXEC', "a name look-up"),
        ("connect", "3, {sa_family=AF_VSOCK, svm_cid=2, svm_port=0x63}, 16", "another kind"),
        ("socket", "AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)", "another kind"),
        ("connect", "3, 0x7ffdca7e8c70, 16", "could not read"),
        ("connect", "3, {sa_family=AF_INET, sa_data=...}, 16", "not understood"),
        ("io_uring_setup", "8, {flags=0}", "a ring"),
    ],
)
def test_what_leaves_it_or_would_is_one(name: str, arguments: str, reason: str) -> None:
    [leak] = leaks([Call(1, name, arguments, "-1 ENETUNREACH (Network is unreachable)")])
    assert reason in leak.reason


def test_the_owner_of_a_file_is_no_name_of_a_machine() -> None:
    asked = Call(1, "connect", '3, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110', "0")
    assert len(leaks([asked])) == 1
    nobody_there = replace(asked, result="-1 ENOENT (No such file or directory)")
    assert leaks([nobody_there]) == ()


def test_every_message_of_many_is_looked_at() -> None:
    inside, outside = V4.format(9, "127.0.0.1"), V4.format(9, "192.0.2.1")
    two = f"3, [{{msg_hdr={MESSAGE.format(inside)}}}, {{msg_hdr={MESSAGE.format(outside)}}}], 2, 0"
    assert len(leaks([Call(1, "sendmmsg", two, "2")])) == 1


# --- a program that leaks -------------------------------------------------------------

LEAKING = """
import ctypes, os, socket, struct, threading
libc = ctypes.CDLL(None)

def native():
    # What no hook of Python sees: the address is made and handed over by hand.
    address = struct.pack("!HHI8x", 0, 443, 0xC0000201)
    address = socket.AF_INET.to_bytes(2, "little") + address[2:]
    libc.connect(libc.socket(2, 1, 0), address, 16)

def datagram():
    for to in (("192.0.2.2", 514), ("127.0.0.1", 9)):
        try:
            socket.socket(type=socket.SOCK_DGRAM).sendto(b"a secret", to)
        except OSError:
            pass

thread = threading.Thread(target=native)
thread.start()
thread.join()
if os.fork() == 0:
    datagram()
    os._exit(0)
os.wait()
try:
    socket.getaddrinfo("example.invalid", 443)
except OSError:
    print("nobody knows it")
"""


def test_a_program_that_leaks_is_caught(tracer: None, tmp_path: Path) -> None:
    seen = watch([sys.executable, "-c", LEAKING], environment(tmp_path))
    assert seen.done.out == "nobody knows it\n", seen.done.err
    shown = "\n".join(seen.leaks)
    assert (
        'connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")'
        in (shown)
    )
    assert "192.0.2.2" in shown
    assert "/etc/resolv.conf" in shown
    assert "127.0.0.1" not in shown.replace("127.0.0.53", "")
    assert "a secret" not in str(seen.calls), "a trace holds no content"


def test_the_exit_code_and_the_output_are_the_programs_own(tracer: None, tmp_path: Path) -> None:
    program = "import sys; print(sys.stdin.read().upper()); sys.exit(7)"
    seen = watch([sys.executable, "-c", program], environment(tmp_path), typed="kb")
    assert (seen.done.code, seen.done.out, seen.leaks) == (7, "KB\n", [])


def test_there_is_loopback_and_nothing_else(namespace: None, tmp_path: Path) -> None:
    program = (
        "import socket; server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname()).close()\n"
        "print([name for _, name in socket.if_nameindex()])\n"
        "try: socket.create_connection(('192.0.2.1', 443), 1)\n"
        "except OSError as error: print(error.strerror)\n"
    )
    seen = watch([sys.executable, "-c", program], environment(tmp_path))
    assert seen.done.out.splitlines() == ["['lo']", "Network is unreachable"], seen.done.err
