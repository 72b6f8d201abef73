"""Peak memory of an ingest, engines aside: this process, the fork server and the workers.

The model is a stub. Qdrant Edge keeps its index in memory and maps its files, both growing with
the corpus; so the figure is taken once without handing it the vectors, and once with.
Proportional set size (shared pages are counted once), sampled ten times a second.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.corpora import small_files, two_page_files
from tests.bench.places import DEMO
from tests.bench.stub import report_of, start
from tests.bench.table import Row, at_most


def rows() -> list[Row]:
    small, large = _peak_of_many(1000), _peak_of_many(10_000)
    whole = _peak_of_many(10_000, vectors=True)
    demo = _peak(DEMO)
    few, many = _peak_of_small(1000), _peak_of_small(50_000)
    all_few, all_many = _peak_of_small(1000, vectors=True), _peak_of_small(50_000, vectors=True)
    name = "peak memory of an ingest, engines aside"
    return [
        at_most(f"{name}, 1,000 documents", small, 700, "MB", places=0),
        at_most(f"{name}, 10,000 documents", large, 700, "MB", places=0),
        Row("growth from 1,000 to 10,000 documents", f"{large - small:+.0f} MB"),
        at_most(f"{name}, demo corpus (12 formats, OCR)", demo, 700, "MB", places=0),
        Row("the same 10,000 documents with Qdrant Edge (30,000 chunks)", f"{whole:.0f} MB"),
        Row(f"{name}, 1,000 and 50,000 small files", f"{few:.0f} and {many:.0f} MB"),
        Row("the same with Qdrant Edge", f"{all_few:.0f} and {all_many:.0f} MB"),
    ]


def _peak_of_many(documents: int, *, vectors: bool = False) -> float:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        return _peak(two_page_files(Path(folder) / "docs", documents), vectors=vectors)


def _peak_of_small(files: int, *, vectors: bool = False) -> float:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        return _peak(small_files(Path(folder) / "docs", files), vectors=vectors)


def _peak(docs: Path, *, vectors: bool = False) -> float:
    """Megabytes."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        process = start(Path(folder) / "home", docs, *(() if vectors else ("--no-vectors",)))
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, tree(process.pid)[0])
            time.sleep(0.1)
        report_of(process)
        return peak


def tree(root: int) -> tuple[float, list[int]]:
    """Proportional set size of a process and all its descendants, in megabytes; their ids."""
    total, waiting = 0.0, [root]
    ids: list[int] = []
    while waiting:
        pid = waiting.pop()
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # it has ended since
        ids.append(pid)
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
    return total / 1024, ids
