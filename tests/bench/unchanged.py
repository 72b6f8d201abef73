"""A second ingest of files that have not changed."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.places import new_kb
from tests.bench.stub import StubEngine, stub_tools
from tests.bench.table import Row, at_most

_FILES = 2000


def rows() -> list[Row]:
    from pipelines.ingest import IngestJob, ingest

    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, new_kb() as kb:
        docs = Path(folder)
        for number in range(_FILES):
            (docs / f"{number:05}.md").write_text(f"# File {number}\n\nText of file {number}.\n")
        with stub_tools(kb.home, StubEngine()) as tools:
            first = ingest(IngestJob(paths=(docs,)), tools, lambda progress: None)
        started = time.perf_counter()
        again = kb("ingest", str(docs), "--json")
        seconds = time.perf_counter() - started
        assert again.json["unchanged"] == _FILES, again
    return [
        Row(
            f"ingest of {_FILES} small files, stub engine", f"{_FILES / first.seconds:.0f} files/s"
        ),
        at_most(f"`kb ingest` of {_FILES} unchanged files, whole process", seconds, 1.0, "s"),
    ]
