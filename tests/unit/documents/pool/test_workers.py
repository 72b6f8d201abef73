"""Parsing in processes that can be killed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.documents.pool import processes, worker
from kb.documents.pool.workers import ParsedChunks, ParsePool
from kb.errors import DocumentError
from kb.types import Failure, SourceFile
from tests.meanwhile import over_and_over
from tests.unit.documents.pool import hostile
from tests.unit.documents.samples import source


@pytest.fixture(scope="module")
def pool() -> Iterator[ParsePool]:
    with ParsePool(2, seconds_per_file=60, chunk_tokens=64) as shared_pool:
        yield shared_pool


def write(folder: Path, **files: str) -> list[SourceFile]:
    made = []
    for name, text in files.items():
        path = folder / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        made.append(source(path))
    return made


def by_path(results: Iterator[ParsedChunks | Failure]) -> dict[str, ParsedChunks | Failure]:
    found = {}
    for result in results:
        path = result.path if isinstance(result, Failure) else result.source.path
        assert path not in found
        found[path] = result
    return found


@pytest.mark.process
def test_every_file_comes_back_once_with_its_chunks(pool: ParsePool, tmp_path: Path) -> None:
    sources = write(tmp_path, **{f"f{n}": f"第{n}条。" for n in range(50)})
    results = by_path(pool.results(sources))
    assert results.keys() == {f"f{n}.txt" for n in range(50)}
    parsed = results["f7.txt"]
    assert isinstance(parsed, ParsedChunks)
    assert [chunk.text for chunk in parsed.chunks] == ["第7条。"]
    assert (parsed.title, parsed.characters, len(parsed.source.sha256)) == ("f7", 4, 64)


@pytest.mark.process
def test_a_file_that_cannot_be_parsed_is_a_failure_beside_its_neighbours(
    pool: ParsePool, tmp_path: Path
) -> None:
    results = by_path(pool.results(write(tmp_path, a="good", empty="", b="good")))
    failure = results["empty.txt"]
    assert isinstance(failure, Failure)
    assert (failure.stage, failure.reference) == ("parse", "empty-document")
    assert failure.hint
    assert isinstance(results["a.txt"], ParsedChunks)
    assert isinstance(results["b.txt"], ParsedChunks)


def test_nothing_starts_when_there_is_nothing_to_parse() -> None:
    with ParsePool(2) as idle:
        assert list(idle.results([])) == []
        assert idle._pool is None


@pytest.mark.process
def test_files_are_drawn_only_as_fast_as_results_are_taken(pool: ParsePool, tmp_path: Path) -> None:
    drawn = []

    def files() -> Iterator[SourceFile]:
        for made in write(tmp_path, **{f"f{n}": "x" for n in range(100)}):
            drawn.append(made)
            yield made

    results = pool.results(files())
    next(results)
    assert len(drawn) <= 2 * 8
    results.close()


@pytest.mark.process
def test_a_pool_can_be_used_again_after_it_was_closed(tmp_path: Path) -> None:
    pool = ParsePool(1)
    for _ in range(2):
        assert len(by_path(pool.results(write(tmp_path, a="one", b="two")))) == 2
        pool.close()


@pytest.mark.process
@pytest.mark.parametrize(
    ("behaviour", "reference", "reason"),
    [
        ("hang", "limit-exceeded", "within 2 seconds"),
        ("crash", "damaged-document", "exit code"),
        ("ended", "unreadable-file", "asked to end"),
        ("exhaust", "limit-exceeded", "memory"),
        ("bug", "error", "ZeroDivisionError"),
        ("forge", "damaged-document", "crash"),
        ("babble", "damaged-document", "crash"),
        ("hide", "damaged-document", "crash"),
    ],
)
def test_a_file_that_ruins_its_worker_is_a_failure_and_its_neighbours_go_in(
    tmp_path: Path, behaviour: str, reference: str, reason: str
) -> None:
    sources = write(tmp_path, a="good", bad="x", **{f"n{n}": "good" for n in range(10)})
    bad_parser = getattr(hostile, behaviour)
    with ParsePool(2, seconds_per_file=2, megabytes_per_file=700, parser=bad_parser) as pool:
        results = by_path(pool.results(sources))
    failure = results.pop("bad.txt")
    assert isinstance(failure, Failure)
    assert failure.reference == reference
    assert reason in failure.message
    assert len(results) == 11
    assert all(isinstance(result, ParsedChunks) for result in results.values())


@pytest.mark.process
def test_a_crash_is_put_down_to_its_own_file_while_the_interpreters_lock_is_held(
    tmp_path: Path,
) -> None:
    """As Qdrant Edge holds it while it writes: workers end, and for a while nobody looks."""
    usleep = ctypes.PyDLL(None).usleep  # a function of a PyDLL keeps the lock
    names = [f"bad{n:02}" if n % 4 == 1 else f"f{n:02}" for n in range(40)]
    sources = write(tmp_path, **dict.fromkeys(names, "x"))
    pool = ParsePool(2, seconds_per_file=20, parser=hostile.crash)
    with pool, over_and_over(lambda: usleep(100_000)):
        results = by_path(pool.results(sources))
    failed = {path: one for path, one in results.items() if isinstance(one, Failure)}
    assert len(results) == len(names)
    assert {path: one.reference for path, one in failed.items()} == {
        f"{name}.txt": "damaged-document" for name in names if name.startswith("bad")
    }


@pytest.mark.process
def test_processes_that_end_before_they_begin_end_the_run_in_three_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "start", hostile.end_at_the_start)
    with ParsePool(2) as pool, pytest.raises(DocumentError, match="no file can be read") as raised:
        list(pool.results(write(tmp_path, a="x", b="y")))
    assert "end before they begin" in raised.value.why
    assert raised.value.hint


@pytest.mark.process
def test_a_worker_is_guarded_polite_and_deaf_to_ctrl_c(tmp_path: Path) -> None:
    with ParsePool(1, parser=hostile.confess) as pool:
        (result,) = pool.results(write(tmp_path, a="x"))
    assert isinstance(result, ParsedChunks)
    assert result.title.startswith(f"guarded nice={min(19, os.nice(0) + 5)} deaf")


@pytest.mark.process
def test_a_process_that_has_done_enough_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_TASKS_PER_WORKER", 4)
    sources = write(tmp_path, **{f"f{n}": "x" for n in range(11)})
    with ParsePool(1, parser=hostile.confess) as pool:
        results = [one for one in pool.results(sources) if isinstance(one, ParsedChunks)]
    assert len(results) == 11
    assert len({one.title.rpartition("pid=")[2] for one in results}) == 3


@pytest.mark.process
def test_what_nobody_waits_for_any_more_does_not_come_out_later(
    pool: ParsePool, tmp_path: Path
) -> None:
    left = pool.results(write(tmp_path, **{f"left{n}": "x" for n in range(20)}))
    next(left)
    left.close()
    results = by_path(pool.results(write(tmp_path, **{f"f{n}": "x" for n in range(20)})))
    assert results.keys() == {f"f{n}.txt" for n in range(20)}


IN_A_TERMINAL = """
from kb.documents.pool.workers import ParsePool
from kb.types import SourceFile
from tests.unit.documents.pool import hostile
if __name__ == "__main__":
    with ParsePool(1, parser=hostile.type_into_terminal) as pool:
        (result,) = pool.results([SourceFile("r", "a.txt", "/dev/null", 0, 0)])
    print(open("/dev/tty").isatty(), result.title, flush=True)
"""


@pytest.mark.process
def test_no_terminal_reaches_a_process_that_parses(tmp_path: Path) -> None:
    script = tmp_path / "in_a_terminal.py"
    script.write_text(IN_A_TERMINAL)
    run = subprocess.run(
        [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", sys.executable, script],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PYTHONPATH": ":".join([str(Path(__file__).parents[4]), *sys.path])},
        timeout=60,
        check=False,
    )
    assert "True terminal: none" in run.stdout, run.stdout + run.stderr


ENDS_EARLY = """
from kb.documents.pool.workers import ParsePool
from kb.types import SourceFile
from tests.meanwhile import over_and_over
from tests.unit.documents.pool import hostile
if __name__ == "__main__":
    pool = ParsePool(1, parser=hostile.confess)
    print(next(pool.results([SourceFile("r", "a.txt", "/dev/null", 0, 0)])).title, flush=True)
    raise SystemExit(3)
"""


@pytest.mark.process
def test_a_program_that_ends_without_closing_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "ends_early.py"
    script.write_text(ENDS_EARLY)
    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join([str(Path(__file__).parents[3]), *sys.path])},
        timeout=60,
        check=False,
    )
    assert run.returncode == 3, run.stderr
    pid = run.stdout.strip().rpartition("pid=")[2]
    assert not Path(f"/proc/{pid}").exists()
