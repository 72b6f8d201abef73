"""How well parsing and storing hide behind the engine: the ingest against the engine's own time."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.corpora import small_files
from tests.bench.stub import report_of, start
from tests.bench.table import Row, at_most


def rows() -> list[Row]:
    return [
        _row(files=10_000, seconds=0.005, at_once=1),
        _row(files=10_000, seconds=0.020, at_once=4),
    ]


def _row(*, files: int, seconds: float, at_once: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        docs = small_files(Path(folder) / "docs", files)
        began = time.perf_counter()
        options = ("--seconds", str(seconds), "--at-once", str(at_once))
        report = report_of(start(Path(folder) / "home", docs, *options))
        whole = time.perf_counter() - began
    engine = report["busy"] / at_once
    calls = "one call" if at_once == 1 else f"{at_once} calls"
    name = f"{files:,} small files, stub engine of {seconds * 1e3:.0f} ms a text, {calls} at once"
    return at_most(f"{name}: whole process / engine ({engine:.0f} s)", whole / engine, 1.05, "×")
