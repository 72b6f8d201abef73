"""A run that is told to stop, or whose engine dies: what is whole is committed, the next run goes
on from there, and nothing is embedded twice."""

from __future__ import annotations

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
from tests.pipelines.desk import Desk


@dataclass
class FlakyEmbedder(FakeEmbedder):
    """Nobody answers for some calls, counted from 1; then it is back."""

    away: range = range(0)

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        if len(self.calls) + 1 in self.away:
            self.calls.append(0)
            raise ServerUnreachable("nobody answers", why="it restarts", hint="start it")
        return super().embed_passages(texts)


def eighty(desk: Desk) -> None:
    for number in range(80):
        desk.write(f"{number:02}.txt", f"Text number {number}.")


def run(desk: Desk, *, rebuild: bool = False, **changed: object) -> IngestReport:
    tools = replace(desk.tools, **changed)  # type: ignore[arg-type]
    return ingest(IngestJob(paths=(desk.docs,), rebuild=rebuild), tools, desk.heard.append)


def stop_after(desk: Desk, calls: int) -> Callable[[], bool]:
    """Told to stop once the engine was called so often."""
    return lambda: len(desk.embedder.calls) >= calls


def run_that_hangs_after(desk: Desk, path: str) -> IngestReport:
    """The parser gives out one file and then nothing, until it is halted; the run is told to stop
    once the engine was called."""
    halted: list[str] = []

    def parse_one_then_hang(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
        yield from desk.tools.parse([one for one in sources if one.path == path])
        while not halted:
            time.sleep(0.01)

    stop = stop_after(desk, len(desk.embedder.calls) + 1)
    return run(desk, parse=parse_one_then_hang, halt=lambda: halted.append("now"), stop=stop)


# --- an engine that dies --------------------------------------------------------------


def test_an_engine_that_dies_ends_the_run_with_what_is_whole(desk: Desk) -> None:
    eighty(desk)
    desk.embedder.dead_after = 2
    report = desk.ingest()
    assert isinstance(report.ended_by, EngineFailed)
    assert (report.counts.added, report.generation) == (report.counts.embedded, 1)
    assert 0 < report.counts.added < 80
    assert len(desk.documents()) == report.counts.added
    assert desk.is_sound()


def test_the_next_run_goes_on_and_embeds_nothing_twice(desk: Desk) -> None:
    eighty(desk)
    desk.embedder.dead_after = 2
    first = desk.ingest()
    desk.embedder.dead_after = 1_000_000
    second = desk.ingest()
    assert second.ended_by is None
    assert (
        first.counts.added + second.counts.added
        == first.counts.embedded + second.counts.embedded
        == 80
    )
    assert len(desk.documents()) == 80


def test_an_engine_that_comes_back_in_time_is_asked_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.pipelines.embedding._FIRST_PAUSE", 0.01)
    desk.write("a.txt", "Alpha.")
    flaky = FlakyEmbedder(away=range(1, 4))
    report = run(desk, embedder=lambda: flaky, patience=5.0)
    assert (report.counts.added, report.ended_by) == (1, None)
    assert len(flaky.calls) == 4


def test_an_engine_that_dies_before_anything_is_whole_leaves_no_generation(desk: Desk) -> None:
    eighty(desk)
    desk.embedder.dead_after = 0
    with pytest.raises(ModelError):
        desk.ingest()
    assert not desk.tools.collection.exists()


def test_the_log_of_runs_says_how_it_ended(desk: Desk) -> None:
    eighty(desk)
    desk.embedder.dead_after = 2
    report = desk.ingest()
    [logged] = desk.tools.collection.runs()
    assert (logged.outcome, logged.generation, logged.counts.added) == (
        "engine-failed",
        1,
        report.counts.added,
    )


# --- a run that is told to stop -------------------------------------------------------


def test_a_run_that_is_told_to_stop_commits_what_is_whole(desk: Desk) -> None:
    eighty(desk)
    report = run(desk, stop=stop_after(desk, 2))
    assert isinstance(report.ended_by, Interrupted)
    assert 0 < report.counts.added < 80
    assert len(desk.documents()) == report.counts.added
    assert desk.is_sound()
    assert desk.ingest().counts.added == 80 - report.counts.added


def test_it_does_not_wait_for_a_parser_that_takes_long(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    report = run_that_hangs_after(desk, "a.txt")
    assert (report.counts.added, desk.documents()) == (1, ["docs/a.txt"])


def test_failures_of_files_that_it_did_not_come_to_stay_listed(desk: Desk) -> None:
    (desk.docs / "empty.txt").write_bytes(b"")
    assert [failure.path for failure in desk.ingest().failed] == ["empty.txt"]
    desk.write("empty.txt", "No longer.")
    desk.write("more.txt", "More.")
    run_that_hangs_after(desk, "more.txt")
    with desk.tools.collection.reader() as live:
        assert [failure.path for failure in live.catalog.failures()] == ["empty.txt"]


def test_a_moved_file_that_it_did_not_come_to_keeps_its_old_place(desk: Desk) -> None:
    for number in range(40):
        desk.write(f"old/{number}.md", f"# Page {number}\n\nText {number}.")
    desk.ingest()
    (desk.docs / "old").rename(desk.docs / "new")
    for number in range(40):
        desk.write(f"new/more {number}.md", f"# More {number}\n\nMore {number}.")
    calls = len(desk.embedder.calls)
    report = run(desk, stop=stop_after(desk, calls + 1))
    assert isinstance(report.ended_by, Interrupted)
    texts = [desk.text_of(path) for path in desk.documents() if "more" not in path]
    assert len(texts) == 40


# --- runs that read everything anew ---------------------------------------------------


def test_a_rebuild_that_ends_early_leaves_the_old_generation_whole(desk: Desk) -> None:
    eighty(desk)
    desk.ingest()
    other = FakeEmbedder(digest="e" * 64, dead_after=2)
    with pytest.raises(EngineFailed):
        run(desk, rebuild=True, embedder=lambda: other)
    assert len(desk.documents()) == 80
    assert desk.tools.collection.generations()[-1].generation == 1


def test_a_run_with_another_parser_that_ends_early_reads_everything_again(desk: Desk) -> None:
    eighty(desk)
    desk.ingest()
    for number in range(80):
        desk.write(f"{number:02}.txt", f"Other text {number}.")
    desk.embedder.dead_after = len(desk.embedder.calls) + 1
    with pytest.raises(EngineFailed):
        run(desk, parser="2")
    desk.embedder.dead_after = 1_000_000
    assert run(desk, parser="2").counts.updated == 80
