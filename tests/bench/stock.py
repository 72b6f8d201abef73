"""Against LlamaIndex's stock path: the same files, free embeddings, whole processes, one run."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.corpora import small_files
from tests.bench.places import REPOSITORY, new_kb
from tests.bench.stub import report_of, start
from tests.bench.table import Row, at_least

_FILES = 10_000
_PYTHON = REPOSITORY / ".venv-stock" / "bin" / "python"


def rows() -> list[Row]:
    if not _PYTHON.exists():
        return [Row("LlamaIndex's stock path", "not installed here: make bench installs it")]
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, new_kb() as kb:
        docs = small_files(Path(folder) / "docs", _FILES)
        store = Path(folder) / "stock"
        theirs = _stock(docs, store, nodes=_FILES)
        theirs_again = _stock(docs, store, nodes=0)
        began = time.perf_counter()
        assert report_of(start(kb.home, docs))["added"] == _FILES
        ours = time.perf_counter() - began
        began = time.perf_counter()
        assert kb("ingest", str(docs), "--json").json["unchanged"] == _FILES
        ours_again = time.perf_counter() - began
    name = f"{_FILES:,} small files, LlamaIndex's stock path"
    return [
        Row(f"{name} / kb, first ingest", f"{theirs:.1f} / {ours:.1f} s"),
        at_least("… so kb is faster by", theirs / ours, 2, places=1),
        Row(f"{name} / kb, unchanged re-run", f"{theirs_again:.1f} / {ours_again:.2f} s"),
        at_least("… so kb is faster by", theirs_again / ours_again, 8, places=1),
    ]


def _stock(docs: Path, store: Path, *, nodes: int) -> float:
    """Seconds; `nodes` is what it must have written."""
    began = time.perf_counter()
    done = subprocess.run(
        [str(_PYTHON), "-m", "tests.bench.stock_llamaindex", str(docs), str(store)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    written = int(done.stdout.split()[-1])
    assert written == nodes, f"{written} nodes were written, not {nodes}"
    return time.perf_counter() - began
