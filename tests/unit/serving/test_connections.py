"""Connections of kb serve: silent and slow ones hold nobody up."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest
import uvicorn

from kb.serving import connections
from kb.serving.connections import Connection


async def answers(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads its body and says how long it was."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        if message["type"] == "http.disconnect":
            return
    head = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": str(size).encode()})


@contextmanager
def listening() -> Iterator[int]:
    config = uvicorn.Config(
        answers, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listens:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listens])))
        thread.start()
        try:
            yield int(listens.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def asked(port: int, body: str = "") -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def ends(connection: socket.socket, within: float) -> bool:
    connection.settimeout(within)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nX-Half: "])
def test_eighty_silent_or_half_sent_heads_hold_nobody_up(sent: bytes) -> None:
    with listening() as port, ExitStack() as held:
        for _ in range(80):
            one = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            one.sendall(sent)
        assert asked(port, "hello") == (200, "5")


def test_a_head_that_does_not_come_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    with listening() as port, socket.create_connection(("127.0.0.1", port)) as slow:
        started = time.monotonic()
        while time.monotonic() - started < 5:
            try:
                slow.sendall(b"X")  # a byte now and then is no head either
            except ConnectionError:
                break
            time.sleep(0.05)
        assert ends(slow, within=10)


def test_a_body_that_drips_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    with listening() as port, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            try:
                slow.sendall(b"x")
            except ConnectionError:
                break
            time.sleep(0.02)
        assert ends(slow, within=10)


def test_a_connection_that_asks_again_is_kept() -> None:
    with listening() as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        for size in (3, 4):
            connection.request("POST", "/", "x" * size)
            assert connection.getresponse().read() == str(size).encode()
        connection.close()


def test_no_part_of_a_response_waits_for_an_acknowledgement() -> None:
    with listening() as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1)
        [connection] = [one for one in Connection._all if one.client == client.getsockname()]
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
