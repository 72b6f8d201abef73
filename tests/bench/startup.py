"""How long a command takes to start, and what `kb search` spends its time on."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tests.bench.places import DEMO, new_kb
from tests.bench.table import Row, at_most
from tests.commands import Kb

_RUNS = 5
_PARTS = """
import sys, time
marks = [("start", time.perf_counter())]
mark = lambda name: marks.append((name, time.perf_counter()))
from kb.cli.app import App
from kb.session import wiring
from kb.pipelines.ask import retrieve
from kb.types import Query
from pathlib import Path
mark("import")
app = App(Path(sys.argv[1]), Path(sys.argv[2]), collection=None, quiet=True, debug=False)
with wiring.ask_tools(app.read_settings()) as tools:
    mark("open the store and the engine")
    tools.embedder.embed_query("热身")
    mark("load the embedding model")
    retrieve(Query("张飞的电话号码", 5), tools)
    mark("embed, search and fuse")
for (_, before), (name, after) in zip(marks, marks[1:]):
    print(f"{name}={after - before:.3f}")
"""


def rows() -> list[Row]:
    with new_kb() as kb:
        found = [
            at_most("`kb --help`, whole process", _median(kb, "--help"), 0.2, "s"),
        ]
        if kb("ingest", str(DEMO)).code:
            raise SystemExit("the demo corpus could not be ingested")
        found.append(at_most("`kb status`, whole process", _median(kb, "status"), 0.2, "s"))
        search = _median(kb, "search", "张飞的电话号码")
        found.append(at_most("`kb search`, whole process, demo corpus", search, 2.0, "s"))
        return [*found, *_parts(kb)]


def _median(kb: Kb, *arguments: str) -> float:
    kb(*arguments)  # the disk cache is warm from here on
    seconds = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        done = kb(*arguments)
        seconds.append(time.perf_counter() - started)
        if done.code:
            raise SystemExit(done.err)
    return statistics.median(seconds)


def _parts(kb: Kb) -> list[Row]:
    config = kb.command()[-1]
    done = subprocess.run(
        [sys.executable, "-c", _PARTS, str(kb.home), config],
        env=kb.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.split("=") for line in done.stdout.splitlines())
    return [Row(f"… of it: {name}", f"{float(seconds):.2f} s") for name, seconds in pairs]
