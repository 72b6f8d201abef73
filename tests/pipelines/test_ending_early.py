"""A run that is told to stop, or whose engine dies: what is whole is committed, the next run goes
on from there, and nothing is embedded twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from kb.documents.pool.workers import ParsedChunks
from kb.errors import EngineFailed, Interrupted, ModelError, ServerUnreachable
from kb.pipelines.ingest import IngestJob, ingest
from kb.run_types import IngestReport
from kb.types import Failure, SourceFile, Vector
from tests.fakes import FakeEmbedder
from tests.pipelines.workspace import Workspace


@dataclass
class FlakyEmbedder(FakeEmbedder):
    """Nobody answers for some calls, counted from 1; then it is back."""

    away: range = range(0)

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        if len(self.calls) + 1 in self.away:
            self.calls.append(0)
            raise ServerUnreachable("nobody answers", why="it restarts", hint="start it")
        return super().embed_passages(texts)


def eighty(workspace: Workspace) -> None:
    for number in range(80):
        workspace.write(f"{number:02}.txt", f"Text number {number}.")


def run(workspace: Workspace, *, rebuild: bool = False, **changed: object) -> IngestReport:
    tools = replace(workspace.tools, **changed)  # type: ignore[arg-type]
    return ingest(
        IngestJob(paths=(workspace.docs,), rebuild=rebuild), tools, workspace.progress.append
    )


def stop_after(workspace: Workspace, calls: int) -> Callable[[], bool]:
    """Told to stop once the engine was called so often."""
    return lambda: len(workspace.embedder.calls) >= calls


def run_that_hangs_after(workspace: Workspace, path: str) -> IngestReport:
    """The parser gives out one file and then nothing, until it is halted; the run is told to stop
    once the engine was called."""
    halted: list[str] = []

    def parse_one_then_hang(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
        yield from workspace.tools.parse([one for one in sources if one.path == path])
        while not halted:
            time.sleep(0.01)

    stop = stop_after(workspace, len(workspace.embedder.calls) + 1)
    return run(workspace, parse=parse_one_then_hang, halt=lambda: halted.append("now"), stop=stop)


def test_the_processes_that_parse_end_with_the_last_file(workspace: Workspace) -> None:
    """What they hold after a large table is free for what comes then."""
    workspace.write("a.txt", "Text.")
    seen: list[str] = []

    def parse(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
        for one in workspace.tools.parse(sources):
            seen.append("parsed")
            yield one

    run(workspace, parse=parse, halt=lambda: seen.append("halted"))
    assert seen == ["parsed", "halted"]


# --- an engine that dies --------------------------------------------------------------


def test_an_engine_that_dies_ends_the_run_with_what_is_whole(workspace: Workspace) -> None:
    eighty(workspace)
    workspace.embedder.dead_after = 2
    report = workspace.ingest()
    assert isinstance(report.ended_by, EngineFailed)
    assert (report.counts.added, report.generation) == (report.counts.embedded, 1)
    assert 0 < report.counts.added < 80
    assert len(workspace.documents()) == report.counts.added
    assert workspace.is_sound()


def test_the_next_run_goes_on_and_embeds_nothing_twice(workspace: Workspace) -> None:
    eighty(workspace)
    workspace.embedder.dead_after = 2
    first = workspace.ingest()
    workspace.embedder.dead_after = 1_000_000
    second = workspace.ingest()
    assert second.ended_by is None
    assert (
        first.counts.added + second.counts.added
        == first.counts.embedded + second.counts.embedded
        == 80
    )
    assert len(workspace.documents()) == 80


def test_an_engine_that_comes_back_in_time_is_asked_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.pipelines.embedding._FIRST_PAUSE", 0.01)
    workspace.write("a.txt", "Alpha.")
    flaky = FlakyEmbedder(away=range(1, 4))
    report = run(workspace, embedder=lambda: flaky, patience=5.0)
    assert (report.counts.added, report.ended_by) == (1, None)
    assert len(flaky.calls) == 4


def test_an_engine_that_dies_before_anything_is_whole_leaves_no_generation(
    workspace: Workspace,
) -> None:
    eighty(workspace)
    workspace.embedder.dead_after = 0
    with pytest.raises(ModelError):
        workspace.ingest()
    assert not workspace.tools.collection.exists()


def test_the_log_of_runs_says_how_it_ended(workspace: Workspace) -> None:
    eighty(workspace)
    workspace.embedder.dead_after = 2
    report = workspace.ingest()
    [logged] = workspace.tools.collection.runs()
    assert (logged.outcome, logged.generation, logged.counts.added) == (
        "engine-failed",
        1,
        report.counts.added,
    )


# --- a run that is told to stop -------------------------------------------------------


def test_a_run_that_is_told_to_stop_commits_what_is_whole(workspace: Workspace) -> None:
    eighty(workspace)
    report = run(workspace, stop=stop_after(workspace, 2))
    assert isinstance(report.ended_by, Interrupted)
    assert 0 < report.counts.added < 80
    assert len(workspace.documents()) == report.counts.added
    assert workspace.is_sound()
    assert workspace.ingest().counts.added == 80 - report.counts.added


def test_it_does_not_wait_for_a_parser_that_takes_long(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    report = run_that_hangs_after(workspace, "a.txt")
    assert (report.counts.added, workspace.documents()) == (1, ["docs/a.txt"])


def test_it_does_not_wait_for_a_call_to_the_engine_that_takes_long(workspace: Workspace) -> None:
    eighty(workspace)
    over, asked = threading.Event(), threading.Event()

    class Slow(FakeEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
            if any("number 79" in text for text in texts):
                asked.set()
                assert over.wait(60)
            return super().embed_passages(texts)

    try:
        report = run(workspace, embedder=Slow, stop=asked.is_set)
    finally:
        over.set()
    assert isinstance(report.ended_by, Interrupted)
    assert report.seconds < 30
    assert 0 < report.counts.added < 80
    assert workspace.is_sound()


def test_failures_of_files_that_it_did_not_come_to_stay_listed(workspace: Workspace) -> None:
    (workspace.docs / "empty.txt").write_bytes(b"")
    assert [failure.path for failure in workspace.ingest().failed] == ["empty.txt"]
    workspace.write("empty.txt", "No longer.")
    workspace.write("more.txt", "More.")
    run_that_hangs_after(workspace, "more.txt")
    with workspace.tools.collection.reader() as live:
        assert [failure.path for failure in live.catalog.failures()] == ["empty.txt"]


def test_a_moved_file_that_it_did_not_come_to_keeps_its_old_place(workspace: Workspace) -> None:
    for number in range(40):
        workspace.write(f"old/{number}.md", f"# Page {number}\n\nText {number}.")
    workspace.ingest()
    (workspace.docs / "old").rename(workspace.docs / "new")
    for number in range(40):
        workspace.write(f"new/more {number}.md", f"# More {number}\n\nMore {number}.")
    calls = len(workspace.embedder.calls)
    report = run(workspace, stop=stop_after(workspace, calls + 1))
    assert isinstance(report.ended_by, Interrupted)
    texts = [workspace.text_of(path) for path in workspace.documents() if "more" not in path]
    assert len(texts) == 40


# --- runs that read everything anew ---------------------------------------------------


def test_a_rebuild_that_ends_early_leaves_the_old_generation_whole(workspace: Workspace) -> None:
    eighty(workspace)
    workspace.ingest()
    other = FakeEmbedder(digest="e" * 64, dead_after=2)
    with pytest.raises(EngineFailed):
        run(workspace, rebuild=True, embedder=lambda: other)
    assert len(workspace.documents()) == 80
    assert workspace.tools.collection.generations()[-1].generation == 1


def test_a_run_with_another_parser_that_ends_early_reads_everything_again(
    workspace: Workspace,
) -> None:
    eighty(workspace)
    workspace.ingest()
    for number in range(80):
        workspace.write(f"{number:02}.txt", f"Other text {number}.")
    workspace.embedder.dead_after = len(workspace.embedder.calls) + 1
    with pytest.raises(EngineFailed):
        run(workspace, parser="2")
    workspace.embedder.dead_after = 1_000_000
    assert run(workspace, parser="2").counts.updated == 80
