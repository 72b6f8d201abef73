"""Peak memory of an ingest, engines aside: this process, the fork server and the workers.

The model is a stub. Qdrant Edge keeps its index in memory and maps its files, both growing with
the corpus; so the figure is taken once without handing it the vectors, and once with.
Proportional set size (shared pages are counted once), sampled ten times a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.places import DEMO
from tests.bench.table import Row, at_most

_RUN = """
import sys
from pathlib import Path
from tests.bench.stub import StubEngine, stub_tools
from pipelines.ingest import IngestJob, ingest
if sys.argv[3] == "without":
    import kb.index.edge
    kb.index.edge.EdgeIndex.upsert = lambda self, points: None
if __name__ == "__main__":
    with stub_tools(Path(sys.argv[2]), StubEngine()) as tools:
        ingest(IngestJob(paths=(Path(sys.argv[1]),)), tools, lambda progress: None)
"""
_PARAGRAPH = "The pump is checked every morning; the pressure is written into the log. "


def rows() -> list[Row]:
    small, large = _peak_of_many(1000, "without"), _peak_of_many(10_000, "without")
    whole = _peak_of_many(10_000, "with")
    demo = _peak(DEMO, "without")
    name = "peak memory of an ingest, engines aside"
    return [
        at_most(f"{name}, 1,000 documents", small, 700, "MB", places=0),
        at_most(f"{name}, 10,000 documents", large, 700, "MB", places=0),
        Row("growth from 1,000 to 10,000 documents", f"{large - small:+.0f} MB"),
        at_most(f"{name}, demo corpus (12 formats, OCR)", demo, 700, "MB", places=0),
        Row("the same 10,000 documents with Qdrant Edge (30,000 chunks)", f"{whole:.0f} MB"),
    ]


def _peak_of_many(documents: int, vectors: str) -> float:
    """Of Markdown files of two pages each."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        for number in range(documents):
            text = "\n\n".join(f"{number}.{part} " + _PARAGRAPH * 8 for part in range(8))
            (Path(folder) / f"{number:05}.md").write_text(f"# Document {number}\n\n{text}\n")
        return _peak(Path(folder), vectors)


def _peak(docs: Path, vectors: str) -> float:
    """Megabytes."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        script = Path(folder) / "run.py"
        script.write_text(_RUN)
        process = subprocess.Popen(
            [sys.executable, str(script), str(docs), str(Path(folder) / "home"), vectors],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _tree(process.pid))
            time.sleep(0.1)
        if process.returncode:
            raise SystemExit("the ingest failed")
        return peak


def _tree(root: int) -> float:
    """Proportional set size of a process and all its descendants, in megabytes."""
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # it has ended since
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:")
    return total / 1024
