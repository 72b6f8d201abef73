"""`kb reindex --gate`: a new generation goes live only if it answers the gate's questions.

Documents, parsing, store and retrieval are real; the embedding model is a fake, so that what is
found is found by its words.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kb.errors import EngineFailed, Interrupted
from kb.evaluation.gates import Gate
from kb.evaluation.questions import Question
from kb.index.generation import Collection
from kb.index.snapshot import Snapshot
from kb.index.sparse import query_vector
from kb.pipelines import ask
from kb.pipelines.evaluate import Bench
from kb.pipelines.gate import GateJob, reindex_gated
from kb.pipelines.reindex import Gated
from kb.types import Progress, SearchMode
from tests.fakes import FakeEmbedder, FakeGenerator
from tests.pipelines.workspace import Workspace

FACTS = {f"person-{n}.md": f"Die Durchwahl von Kollege{n} ist 55{n:02}." for n in range(10)}
QUESTIONS = tuple(
    Question(f"q{n}", f"Durchwahl von Kollege{n}?", (f"55{n:02}",), f"person-{n}.md", True, "en")
    for n in range(10)
)


@pytest.fixture
def office(workspace: Workspace) -> Workspace:
    """Ten documents, each of which answers one question; ingested once."""
    for name, text in FACTS.items():
        workspace.write(name, text)
    workspace.ingest()
    return workspace


def job(*gates: Gate, embedder: FakeEmbedder | None = None) -> GateJob:
    return GateJob(QUESTIONS, gates, 5, SearchMode.SPARSE, None, partial(opened, embedder))


@contextmanager
def opened(embedder: FakeEmbedder | None, snapshot: Snapshot) -> Iterator[Bench]:
    catalog = snapshot.catalog
    tools = ask.Tools(
        index=snapshot.vectors,
        catalog=catalog,
        lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
        embedder=embedder or FakeEmbedder(),
        generator=FakeGenerator,
        engine="fake",
        temperature=0.0,
        threshold=None,
    )
    yield Bench(tools, catalog)


def run(workspace: Workspace, *gates: Gate, stop: Callable[[], bool] = lambda: False) -> Gated:
    return reindex_gated(
        replace(workspace.tools, stop=stop), workspace.progress.append, job(*gates), wait=0
    )


def live(workspace: Workspace) -> int:
    with workspace.tools.collection.reader() as snapshot:
        return snapshot.number


def spoil(workspace: Workspace) -> None:
    """Somebody empties the phone numbers out of three documents."""
    for n in range(3):
        workspace.write(f"person-{n}.md", f"Kollege{n} ist im Urlaub, bitte später versuchen.")


def test_a_generation_that_passes_goes_live(office: Workspace) -> None:
    office.write("person-10.md", "Die Durchwahl von Kollege10 ist 5510.")
    done = run(office, Gate("recall@5", 0.95))
    assert (done.report.generation, done.report.ended_by, done.rolled_back) == (2, None, False)
    assert done.gate is not None
    assert (done.gate.metrics, done.gate.failed) == ({"recall@5": 1.0}, ())
    assert live(office) == 2


def test_a_generation_that_fails_is_never_seen(office: Workspace) -> None:
    spoil(office)
    seen: list[int] = []
    office.progress = Watching(office, seen)
    done = run(office, Gate("recall@5", 0.95))
    assert done.report.ended_by is not None
    assert done.report.ended_by.exit_code == 10
    assert (done.rolled_back, done.report.generation) == (True, 1)
    assert set(seen) == {1}
    assert office.text_of("person-0.md") == FACTS["person-0.md"]
    assert office.tools.collection.leftovers() == []
    assert [m.generation for m in office.tools.collection.generations()] == [1]
    assert office.tools.collection.runs()[-1].outcome == "gate-failed"


class Watching(list[Progress]):
    """Reads what is live whenever the run tells of its progress."""

    def __init__(self, workspace: Workspace, seen: list[int]) -> None:
        super().__init__()
        self.workspace = workspace
        self.seen = seen

    def append(self, progress: Progress) -> None:
        self.seen.append(live(self.workspace))


def test_after_a_failed_gate_the_next_run_starts_anew_and_embeds_nothing_again(
    office: Workspace,
) -> None:
    spoil(office)
    assert run(office).rolled_back
    seen = office.embedder.texts_seen
    office.write("person-0.md", FACTS["person-0.md"])
    office.write("person-1.md", FACTS["person-1.md"])
    office.write("person-2.md", FACTS["person-2.md"])
    assert run(office).report.ended_by is None
    assert office.embedder.texts_seen == seen
    assert office.is_sound()


def test_without_bounds_recall_may_not_fall_by_more_than_two_hundredths(office: Workspace) -> None:
    office.write("person-10.md", "Die Durchwahl von Kollege10 ist 5510.")
    assert run(office).rolled_back is False
    spoil(office)
    done = run(office)
    assert done.rolled_back
    assert done.gate is not None
    assert (done.gate.before, done.gate.metrics) == ({"recall@5": 1.0}, {"recall@5": 0.7})
    assert [str(one) for one in done.gate.failed] == ["recall@5 is 0.7, wanted recall@5 >= 0.98"]


def test_what_was_bad_before_may_stay_as_bad(office: Workspace) -> None:
    spoil(office)
    office.ingest()
    office.write("person-10.md", "Die Durchwahl von Kollege10 ist 5510.")
    done = run(office)
    assert done.gate is not None
    assert (done.rolled_back, done.gate.before) == (False, {"recall@5": 0.7})


def test_where_nothing_has_changed_nothing_is_compared(office: Workspace) -> None:
    done = run(office)
    assert (done.gate, done.report.generation) == (None, 1)


def test_where_nothing_has_changed_own_bounds_are_held_against_what_is_live(
    office: Workspace,
) -> None:
    spoil(office)
    office.ingest()
    done = run(office, Gate("recall@5", 0.95))
    assert done.report.ended_by is not None
    assert (done.report.ended_by.exit_code, done.rolled_back, live(office)) == (10, False, 2)


def test_where_nothing_was_found_before_nothing_can_have_become_worse(workspace: Workspace) -> None:
    workspace.write("broken.pdf", "%PDF-1.7 and no more")
    workspace.ingest()
    workspace.write("person-0.md", FACTS["person-0.md"])
    done = run(workspace)
    assert (done.gate, done.report.ended_by, workspace.documents()) == (
        None,
        None,
        ["docs/person-0.md"],
    )


def test_a_run_that_is_stopped_commits_nothing_that_was_not_judged(office: Workspace) -> None:
    office.write("person-10.md", "Die Durchwahl von Kollege10 ist 5510.")
    with pytest.raises(Interrupted):
        run(office, stop=lambda: True)
    stages = [progress.stage for progress in office.progress]

    def while_judging() -> bool:
        return "evaluate" in [one.stage for one in office.progress[len(stages) :]]

    with pytest.raises(Interrupted, match="judged"):
        run(office, stop=while_judging)
    assert (live(office), office.tools.collection.leftovers()) == (1, [])


def test_an_engine_that_dies_while_it_is_judged_commits_nothing(office: Workspace) -> None:
    office.write("person-10.md", "Die Durchwahl von Kollege10 ist 5510.")

    class Dead(FakeEmbedder):
        def load(self) -> None:
            raise EngineFailed("the engine is gone", why="it was told to", hint="start it again")

    with pytest.raises(EngineFailed):
        reindex_gated(office.tools, office.progress.append, job(embedder=Dead()), wait=0)
    assert (live(office), office.tools.collection.leftovers()) == (1, [])


def test_a_gate_that_is_killed_leaves_the_old_generation_live(office: Workspace) -> None:
    office.write("person-10.md", "Die Durchwahl von Kollege10 ist 5510.")
    home = office.tools.collection.home
    if (child := os.fork()) == 0:
        _killed_while_judging(home)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert live(office) == 1
    assert office.tools.collection.leftovers() == [".draft"]
    seen = office.embedder.texts_seen
    done = run(office, Gate("recall@5", 0.95))
    assert (done.report.counts.added, done.report.ended_by, live(office)) == (1, None, 2)
    assert office.embedder.texts_seen == seen + 1
    assert office.is_sound()


def _killed_while_judging(home: Path) -> None:
    """A writer whose complete draft is being looked at when it dies."""

    def die(candidate: Snapshot) -> None:
        assert candidate.vectors.count() == 10
        os.kill(os.getpid(), signal.SIGKILL)

    with Collection(home, "default").writer() as draft:
        draft.begin()
        draft.commit(die)
