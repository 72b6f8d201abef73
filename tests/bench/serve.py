"""`kb serve` under load: searches by 1, 4 and 16 clients at once, each with a connection that it
keeps, over HTTP in processes of their own. With the fake engine what remains is what a search costs
besides embedding the question; with the demo's model it is what people wait."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import threading
import time
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
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, new_kb() as real:
        base = Path(folder)
        fake = stub(base / "home")
        found = _measured(fake, small_files(base / "many", _FILES), "fake engine")
        return found + _measured(real, small_files(base / "few", _FEW), "the demo's model")


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
