"""Parsers that behave badly on files called `bad…`, and well on every other."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import struct
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kb import egress
from kb.documents.parse import parse
from kb.types import ParsedDocument, SourceFile


def hang(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        time.sleep(600)
    return parse(source)


def crash(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return parse(source)


def ended(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        os.kill(os.getpid(), signal.SIGTERM)
    return parse(source)


def exhaust(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        bytearray(1 << 30)
    return parse(source)


def end_at_the_start(megabytes: int, confinement: object) -> None:
    """In the place of what prepares a parsing process."""
    os._exit(9)


def bug(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        raise ZeroDivisionError
    return parse(source)


def _own_sockets() -> list[int]:
    links = {
        int(one.name): os.readlink(one)
        for one in Path("/proc/self/fd").iterdir()
        if one.is_symlink()
    }
    return [handle for handle, link in links.items() if link.startswith("socket:")]


def forge(source: SourceFile) -> ParsedDocument:
    """Answers for itself, in its own words."""
    if source.path.startswith("bad"):
        for number in range(1, 20):
            reply = b"D" + struct.pack(">Qd", number, 0.0) + b'{"chunks": "none"}'
            for handle in _own_sockets():
                os.write(handle, struct.pack(">Q", len(reply)) + reply)
    return parse(source)


def babble(source: SourceFile) -> ParsedDocument:
    """Announces more than anybody wants to hear."""
    if source.path.startswith("bad"):
        for handle in _own_sockets():
            os.write(handle, b"\xff" * 100)
        time.sleep(600)
    return parse(source)


def hide(source: SourceFile) -> ParsedDocument:
    """Closes what it is heard by, and lives on."""
    if source.path.startswith("bad"):
        for handle in _own_sockets():
            os.close(handle)
        time.sleep(600)
    return parse(source)


def type_into_terminal(source: SourceFile) -> ParsedDocument:
    """The title tells what there is of a terminal."""
    found = [str(handle) for handle in range(64) if os.isatty(handle)]
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR))
        found.append("/dev/tty")
    title = f"terminal: {' '.join(found) or 'none'}"
    return ParsedDocument(replace(source, sha256="0" * 64), "", (), title)


def confess(source: SourceFile) -> ParsedDocument:
    """Not bad at all: the title tells what a worker is like."""
    guard = "guarded" if egress.is_installed() else "open"
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    title = f"{guard} nice={os.nice(0)} {'deaf' if deaf else 'listening'} pid={os.getpid()}"
    return ParsedDocument(replace(source, sha256="0" * 64), "", (), title)


def hang_in_archives(source: SourceFile) -> ParsedDocument:
    if source.path.endswith("/bad.txt"):
        time.sleep(600)
    if source.path.endswith("/slow.txt"):
        time.sleep(0.5)
    return parse(source)


def _swallowed() -> None:
    """As careless libraries do: it tries, and whatever comes of it, goes on."""
    with suppress(Exception):
        urllib.request.urlopen("http://192.0.2.5/telemetry", timeout=1)


WAYS_HOME: dict[str, Callable[[], object]] = {
    "urllib": lambda: urllib.request.urlopen("http://192.0.2.1/telemetry", timeout=1),
    "http": lambda: http.client.HTTPConnection("192.0.2.2", timeout=1).request("POST", "/", b"x"),
    "lookup": lambda: socket.getaddrinfo("tracker.invalid", 443),
    "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.3", 514)),
    "connect": lambda: socket.socket().connect_ex(("192.0.2.4", 443)),
    "swallowed": _swallowed,
}


def phone_home(source: SourceFile) -> ParsedDocument:
    """`bad-<way>.txt` telephones in that way, then is read like any other."""
    _, bad, way = Path(source.path).stem.rpartition("bad-")
    if bad:
        WAYS_HOME[way]()
    return parse(source)
