"""`kb serve` under load: searches by 1, 4 and 16 clients at once, each with a connection that it
keeps, over HTTP in processes of their own. With the fake engine what remains is what a search costs
besides embedding the question; with the demo's model it is what people wait. Then under abuse: held
connections, one person's many questions, and the end while an answer is being made."""

from __future__ import annotations

import json
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.bench.corpora import small_files
from tests.bench.places import new_kb
from tests.bench.table import Row, at_most
from tests.commands import Kb
from tests.crash.stub_kb import stub
from tests.serving import Client, serving

_FILES = 1000
_FEW = 100
_CLIENTS = (1, 4, 16)
_SEARCHES = 160
_SILENT, _HALF = 80, 70
_QUESTIONS = 3
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, new_kb() as real:
        base = Path(folder)
        fake = stub(base / "home")
        found = _measured(fake, small_files(base / "many", _FILES), "fake engine")
        found += _measured(real, small_files(base / "few", _FEW), "the demo's model")
        return [*found, _held(fake, base / "log"), *_answered(real, base / "log")]


def _measured(kb: Kb, docs: Path, engine: str) -> list[Row]:
    done = kb("ingest", str(docs), "--json", seconds=1200)
    if done.code:
        raise SystemExit(done.err)
    found: list[Row] = []
    chunks = json.loads(done.out)["chunks"]
    with serving(kb, docs.parent / "log") as server:
        _load(server.client, 1, 20)  # models and index are open from here on
        before, count = _processor_seconds(server.process.pid), 0
        for clients in _CLIENTS:
            took, whole = _load(server.client, clients, _SEARCHES)
            count += len(took)
            found.append(
                Row(
                    f"`/api/search`, {chunks:,} chunks, {engine}, {clients} at once: p50, p95",
                    f"{_percentile(took, 50):.0f}, {_percentile(took, 95):.0f} ms; "
                    f"{len(took) / whole:.1f} a second",
                )
            )
        each = 1000 * (_processor_seconds(server.process.pid) - before) / count
    name = f"… processor time of the server for each, {engine}"
    if isinstance(kb, type(stub(kb.home))):
        return [*found, at_most(name, each, 20, "ms", places=1)]
    return [*found, Row(name, f"{each:.1f} ms")]


def _held(kb: Kb, log: Path) -> Row:
    """Searches while connections are held that say nothing, or half of a head."""
    with serving(kb, log) as server, ExitStack() as held:
        _load(server.client, 1, 20)
        address = urlsplit(server.client.announced["url"])
        place = (str(address.hostname), address.port or 0)
        for number in range(_SILENT + _HALF):
            one = held.enter_context(socket.create_connection(place))
            if number >= _SILENT:
                one.sendall(b"POST /api/ask HTTP/1.1\r\nHost: x\r\nX-Half: ")
        took, _ = _load(server.client, 1, _SEARCHES)
    return Row(
        f"… 1 at once, while {_SILENT} connections say nothing, {_HALF} half a head: p50, p95",
        f"{_percentile(took, 50):.0f}, {_percentile(took, 95):.0f} ms; none was refused",
    )


def _answered(kb: Kb, log: Path) -> Iterator[Row]:
    """Whose turn it is, and how long the end takes while the model writes."""
    anna = kb("users", "add", "anna", "--collection", "default", "--json").json["token"]
    with serving(kb, log) as server:
        client, ends = server.client, dict[str, float]()

        def ask(name: str, token: str) -> None:
            body = {"question": f"what does file {name} say", "top_k": 1}
            assert client("/api/ask", body, Authorization=f"Bearer {token}").status == 200
            ends[name] = time.perf_counter()

        people = [(str(number), client.announced["token"]) for number in range(_QUESTIONS)]
        threads = [threading.Thread(target=ask, args=one) for one in [*people, ("anna", anna)]]
        for thread in threads:
            thread.start()
            time.sleep(0.2)
        for thread in threads:
            thread.join()
        place = sum(end <= ends["anna"] for end in ends.values())
        yield Row(
            f"one question, asked behind {_QUESTIONS} of another person: answered as number",
            str(place),
            "at most 2",
            place <= 2,
        )
        begun = threading.Event()
        threading.Thread(target=_stream, args=(client, begun), daemon=True).start()
        begun.wait()
        started = time.perf_counter()
        server.stop()
        took = time.perf_counter() - started
        yield at_most("SIGTERM while the model reads: seconds to the end", took, 2, "s")


def _stream(client: Client, begun: threading.Event) -> None:
    """Ask, and say when the model has begun."""
    address = urlsplit(client.announced["url"])
    connection = HTTPConnection(str(address.hostname), address.port, timeout=120)
    sent = {"Authorization": f"Bearer {client.announced['token']}"}
    sent["Content-Type"] = "application/json"
    body = {"question": "what does file 97 say", "stream": True, "progress": True}
    connection.request("POST", "/api/ask", json.dumps(body), sent)
    for line in connection.getresponse():
        if b'"progress"' in line:
            begun.set()


def _load(client: Client, clients: int, searches: int) -> tuple[list[float], float]:
    """Seconds of every search, and of all together."""
    took: list[float] = []
    started = time.perf_counter()

    def ask(number: int) -> None:
        address = urlsplit(client.announced["url"])
        connection = HTTPConnection(str(address.hostname), address.port, timeout=120)
        sent = {"Authorization": f"Bearer {client.announced['token']}"}
        marks = [time.perf_counter()]
        for one in range(searches // clients):
            question = quote(f"what does file {number * 97 + one} say")
            connection.request("GET", f"/api/search?q={question}&top_k=5", headers=sent)
            response = connection.getresponse()
            if response.status != 200 or not json.loads(response.read())["hits"]:
                raise SystemExit(f"a search was answered with {response.status}")
            marks.append(time.perf_counter())
        connection.close()
        took.extend(after - before for before, after in pairwise(marks))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(took) != searches // clients * clients:
        raise SystemExit("a client did not get all its answers")
    return took, time.perf_counter() - started


def _percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def _processor_seconds(pid: int) -> float:
    """Of a process with all its threads, in the system and outside."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK
