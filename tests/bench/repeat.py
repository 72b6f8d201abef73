"""10,000 small files: the first ingest, an unchanged one, and one after a single edit."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from kb.config.settings import ChunkSettings
from kb.documents.chunking.chunk import chunk
from kb.documents.parse import parse
from kb.documents.scan.walk import scan
from kb.index.sparse import document_vector
from kb.types import SourceRoot
from tests.bench.corpora import small_files
from tests.bench.places import new_kb
from tests.bench.stub import report_of, start
from tests.bench.table import Row, at_least, at_most
from tests.commands import Kb

FILES = 10_000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder, new_kb() as kb:
        docs = small_files(Path(folder) / "docs", FILES)
        as_kb = ("--table-rows", str(ChunkSettings().table_rows))
        first = report_of(start(kb.home, docs, *as_kb))
        assert first["added"] == FILES
        unchanged = min(_timed(lambda: _nothing_changed(kb, docs)) for _ in range(3))
        (docs / "0000" / "000042.txt").write_text("File 42 says something else now.\n")
        edited = _timed(lambda: report_of(start(kb.home, docs, *as_kb)))
        shares = _shares(docs)
    return [
        at_least(
            f"first ingest of {FILES:,} small files, stub engine without delay, files a second",
            FILES / first["seconds"],
            400,
            places=0,
        ),
        *shares,
        at_most(f"`kb ingest` of {FILES:,} unchanged files, whole process", unchanged, 1.0, "s"),
        at_most("the same with one edited, whole process, stub engine", edited, 2.0, "s"),
    ]


def _nothing_changed(kb: Kb, docs: Path) -> None:
    done = kb("ingest", str(docs), "--json")
    assert done.code == 0, done.err
    assert done.json["unchanged"] == FILES


def _timed(run: object) -> float:
    assert callable(run)
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _shares(docs: Path) -> list[Row]:
    """The stages one after the other in this process, over a tenth of the files."""
    began = time.perf_counter()
    files = scan(SourceRoot("docs", str(docs))).files
    scanned = (time.perf_counter() - began) / len(files)
    some = files[::10]
    began = time.perf_counter()
    parsed = [parse(file) for file in some]
    read = (time.perf_counter() - began) / len(some)
    began = time.perf_counter()
    chunks = [one for document in parsed for one in chunk(document, 384, 1)]
    cut = (time.perf_counter() - began) / len(some)
    began = time.perf_counter()
    for one in chunks:
        document_vector(one.embedding_text)
    words = (time.perf_counter() - began) / len(some)
    parts = (("scan", scanned), ("parse", read), ("chunk", cut), ("BM25 vector", words))
    text = ", ".join(f"{name} {seconds * 1e6:.0f}" for name, seconds in parts)
    return [Row("… its stages, microseconds a file, one process", text)]
