"""Faults around an ingest: files that change while they are read, clocks that jump back, parsers
that ruin their process, and two runs at once."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from kb.documents.pool.workers import ParsedChunks, ParsePool
from kb.pipelines.ingest import IngestJob, ingest
from kb.run_types import IngestReport
from kb.types import Failure, SourceFile
from tests.crash.processes import wait_until_gone
from tests.crash.stub_kb import StubKb, stub
from tests.meanwhile import ended, over_and_over
from tests.pipelines.workspace import Workspace
from tests.unit.documents.pool import hostile

# --- a file that changes while it is read ---------------------------------------------


def rewriting(
    file: Path, versions: list[str], how: Callable[[Path, str], object]
) -> AbstractContextManager[None]:
    """Another process's work: one version after the other, over and over."""
    return over_and_over(lambda: [how(file, version) for version in versions])


def replace_whole(file: Path, text: str) -> None:
    """As an editor saves: a new file takes the old one's place."""
    fresh = file.with_name("fresh~")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def write_over(file: Path, text: str) -> None:
    """In place: a reader may see the half of it."""
    file.write_text(text, encoding="utf-8")


def held(workspace: Workspace, path: str) -> tuple[str, str]:
    """The sha256 and the text that the index has of a document."""
    with workspace.tools.collection.reader() as live:
        [record] = live.catalog.documents_matching(path)
        chunks = live.catalog.document_chunks(record.doc_id)
        return record.sha256, "\n".join(chunk.text for chunk in chunks)


VERSIONS = [
    f"{letter} {'word ' * 2000 * length}{letter}." for length, letter in enumerate("ABC", 1)
]


@pytest.mark.parametrize("how", [replace_whole, write_over])
def test_hash_and_text_are_of_the_same_bytes(
    workspace: Workspace, how: Callable[[Path, str], object]
) -> None:
    """Five times, while another process writes: what is indexed was one state of the file."""
    texts = {sha256(text.encode()).hexdigest(): text[0] for text in VERSIONS}
    file = workspace.write("a.txt", VERSIONS[0])
    whole = 0
    with rewriting(file, VERSIONS, how):
        for _ in range(5):
            workspace.ingest()
            if not workspace.tools.collection.exists() or not workspace.documents():
                continue  # it was empty each time it was read
            digest, text = held(workspace, "a.txt")
            if digest in texts:
                whole += 1
                assert text[0] == text[-2] == texts[digest]
    if how is replace_whole:
        assert whole == 5
    how(file, "At rest.")
    workspace.ingest()
    assert held(workspace, "a.txt") == (sha256(b"At rest.").hexdigest(), "At rest.")
    assert workspace.is_sound()


def ingest_late(workspace: Workspace, meanwhile: Callable[[], object]) -> IngestReport:
    """An ingest during which something happens between the survey and the reading."""

    def parse(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
        meanwhile()
        return workspace.tools.parse(sources)

    tools = dataclasses.replace(workspace.tools, parse=parse)
    return ingest(IngestJob(paths=(workspace.docs,)), tools, workspace.progress.append)


def test_a_file_that_is_edited_after_the_survey_goes_in_as_it_is_then(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Before.")
    ingest_late(workspace, lambda: write_over(file, "After, and longer."))
    assert held(workspace, "a.txt")[1] == "After, and longer."
    assert workspace.ingest().counts.unchanged == 1


def test_a_file_that_is_truncated_after_the_survey_goes_in_as_it_is_then(
    workspace: Workspace,
) -> None:
    file = workspace.write("a.txt", "A long text. " * 100)
    ingest_late(workspace, lambda: os.truncate(file, 12))
    assert held(workspace, "a.txt")[1] == "A long text."
    assert workspace.ingest().counts.unchanged == 1


def test_a_file_that_gives_way_to_something_else_is_a_named_failure(workspace: Workspace) -> None:
    names = ("gone.txt", "fifo.txt", "folder.txt")
    gone, fifo, folder = (workspace.write(name, f"This is {name}.") for name in names)
    workspace.write("good.txt", "The neighbour.")

    def give_way() -> None:
        for file in (gone, fifo, folder):
            file.unlink()
        os.mkfifo(fifo)
        folder.mkdir()

    report = ingest_late(workspace, give_way)
    assert {failure.path: failure.reference for failure in report.failed} == dict.fromkeys(
        names, "unreadable-file"
    )
    assert workspace.documents() == ["docs/good.txt"]


# --- clocks ---------------------------------------------------------------------------


def test_a_changed_file_is_seen_although_its_time_is_an_earlier_one(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Now is noon.")
    os.utime(file, ns=(2_000_000_000 * 10**9,) * 2)
    workspace.ingest()
    write_over(file, "Now is nine.")
    os.utime(file, ns=(1_000_000_000 * 10**9,) * 2)
    assert workspace.ingest().counts.updated == 1
    assert held(workspace, "a.txt")[1] == "Now is nine."


def test_a_changed_file_with_a_time_before_1970_is_seen(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Now is noon.")
    workspace.ingest()
    write_over(file, "Now is nine.")
    os.utime(file, ns=(-5, -5))
    assert workspace.ingest().counts.updated == 1
    assert workspace.ingest().counts.unchanged == 1


def test_generations_follow_each_other_although_the_clock_jumps_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A generation's place is its number's, not that of the time that its manifest tells."""
    import datetime as clock

    from kb.index import draft

    class YearsAgo(clock.datetime):
        @classmethod
        def now(cls, tz: clock.tzinfo | None = None) -> YearsAgo:
            return cls(1999, 12, 31, tzinfo=tz)

    workspace.write("a.txt", "One.")
    workspace.ingest()
    with monkeypatch.context() as patched:
        patched.setattr(draft, "datetime", YearsAgo)
        workspace.write("a.txt", "Two.")
        assert workspace.ingest().generation == 2
    one, two = workspace.tools.collection.generations()
    assert two.created.startswith("1999")
    assert one.created > two.created
    assert held(workspace, "a.txt")[1] == "Two."
    assert workspace.tools.collection.rollback() == 1
    assert held(workspace, "a.txt")[1] == "One."


# --- parsers that ruin their process --------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "reference"),
    [("crash", "damaged-document"), ("exhaust", "limit-exceeded"), ("hang", "limit-exceeded")],
)
def test_a_ruined_parser_costs_its_own_file_and_leaves_no_process(
    workspace: Workspace, behaviour: str, reference: str
) -> None:
    for number in range(6):
        workspace.write(
            f"bad{number}.txt" if number in (1, 4) else f"{number}.txt", f"Text {number}."
        )
    parser = getattr(hostile, behaviour)
    before = own_children()
    with ParsePool(2, seconds_per_file=3, megabytes_per_file=700, parser=parser) as pool:
        tools = dataclasses.replace(workspace.tools, parse=pool.results, prepare=pool.prepare)
        report = ingest(IngestJob(paths=(workspace.docs,)), tools, workspace.progress.append)
    assert {failure.path: failure.reference for failure in report.failed} == {
        "bad1.txt": reference,
        "bad4.txt": reference,
    }
    assert workspace.documents() == [f"docs/{number}.txt" for number in (0, 2, 3, 5)]
    assert workspace.is_sound()
    deadline = time.monotonic() + 20
    while own_children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert own_children() - before == set()


def own_children() -> set[int]:
    """The parsing processes there are: forked by the fork server that this process started."""
    processes = {pid: parent for pid, parent in _parents() if pid != os.getpid()}
    servers = {pid for pid, parent in processes.items() if parent == os.getpid()}
    return {pid for pid, parent in processes.items() if parent in servers}


def _parents() -> Iterator[tuple[int, int]]:
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
                if state != "Z":
                    yield int(place.name), int(parent)


# --- two runs at once -----------------------------------------------------------------


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.md").write_text(f"# {number}\n\nThis is text number {number}.\n")
    return folder


@pytest.fixture
def kb(tmp_path: Path) -> StubKb:
    made = stub(tmp_path / "home")
    made("--version")  # what the first command of a session starts takes seconds (tests/warm.py)
    return made


@contextmanager
def slow_ingest(kb: StubKb, docs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The first of two runs, when it holds the lock."""
    slow = dataclasses.replace(kb, variables={"KB_TEST_SECONDS_PER_TEXT": "0.5"})
    started = subprocess.Popen(
        slow.command("ingest", str(docs)),
        env=slow.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with ended(started, session=True) as process:
        lock = kb.home / "collections" / "default" / "lock"
        while process.poll() is None and not (lock.exists() and lock.read_text().strip()):
            time.sleep(0.01)
        yield process
        process.wait(120)
        assert wait_until_gone(process.pid, 20) == []


def test_the_second_of_two_runs_is_told_of_the_first(kb: StubKb, docs: Path) -> None:
    with slow_ingest(kb, docs) as first:
        second = kb("ingest", str(docs))
        assert first.poll() is None
        first.terminate()
    assert second.code == 6
    assert f"process id {first.pid}" in second.err
    assert second.err.splitlines()[-1].startswith("fix:")
    assert "--wait" in second.err


def test_a_second_run_that_waits_finds_the_work_of_the_first_done(kb: StubKb, docs: Path) -> None:
    with slow_ingest(kb, docs) as first:
        second = kb("ingest", str(docs), "--wait", "120", "--json")
    assert first.returncode == 0
    report = second.json
    assert (report["unchanged"], report["added"], report["embedded"]) == (12, 0, 0)
    assert report["generation"] == 1


def test_a_second_run_waits_no_longer_than_it_was_told(kb: StubKb, docs: Path) -> None:
    with slow_ingest(kb, docs) as first:
        second = kb("ingest", str(docs), "--wait", "0.3")
        first.terminate()
    assert second.code == 6
