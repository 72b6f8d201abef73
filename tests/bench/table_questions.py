"""What a question over tables costs besides embedding, in a process that is warm: seconds of the
processor, since others use this machine.

Every question of the office share is asked of its tables, answered or not, by what `kb ask` calls
before it looks for passages. No model takes part, so the share is taken in with free embeddings.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from kb.config import load
from kb.index.table_search import TableSearch
from kb.models.connect import Models
from kb.pipelines import computing
from kb.pipelines.ingest import IngestJob, ingest
from kb.session import wiring
from kb.session.inspection import families_of
from kb.types import Query
from kb.versions.choosing import Versions
from tests.bench.places import SHARED
from tests.bench.table import Row, at_most
from tests.fakes import FakeEmbedder

_ROUNDS = 3
_WARM = 0.05


class _FreeModels:
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()


def rows() -> list[Row]:
    office = SHARED / "eval" / "office"
    if not office.is_dir():
        return [Row("questions over tables", "there is no ../shared/eval/office here")]
    from kb.evaluation.questions import read_questions

    questions = [one for one in read_questions(office / "questions.jsonl") if not one.history]
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as home, _taken(home, office) as asked:
        first = [asked(one.text) for one in questions]
        rounds = [[asked(one.text) for one in questions] for _ in range(_ROUNDS)]
    best = sorted(min(times) for times in zip(*rounds, strict=True))
    middle, high = best[len(best) // 2], best[int(len(best) * 0.95)]
    name = f"{len(questions)} questions over the office share's tables, processor"
    return [
        at_most(f"{name}: median", middle, _WARM, "s", places=3),
        at_most("… 95 of 100", high, _WARM, "s", places=3),
        Row("… the slowest", f"{best[-1]:.3f} s"),
        Row("… asked for the first time: median", f"{sorted(first)[len(first) // 2]:.3f} s"),
    ]


@contextmanager
def _taken(home: str, office: Path) -> Iterator[Callable[[str], float]]:
    settings = load(file=None, home=Path(home), collection="office", flags={}, environ={})
    with wiring.ingest_tools(settings, lambda: cast(Models, _FreeModels())) as tools:
        ingest(IngestJob((office / "docs",), prune=False, rebuild=False), tools, lambda _: None)
    with wiring.collection(settings).reader() as live:
        families = families_of(live.catalog, settings.retrieval)
        versions = Versions(families, live.catalog.document_chunks)
        tables = TableSearch(live.catalog)

        def seconds(text: str) -> float:
            started = time.process_time()
            computing.over_tables(Query(text, 5), tables, versions)
            return time.process_time() - started

        yield seconds
