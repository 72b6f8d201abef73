"""Taking uploads in and out: one command after another, in a process of its own.

The commands are small scripts in the place of `kb ingest` and `kb remove`; tests/cli/
test_serve_uploads.py runs those.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb import config
from kb.serving.ingestion import Ingestion, Run

pytestmark = pytest.mark.process

SOON = 60.0
WORKS = """
import json, sys
assert "[ingest]" in sys.stdin.read()
for line in {"level": "info", "step": "read", "done": 1, "total": 2}, {"step": "failed"}:
    print(json.dumps(line), file=sys.stderr)
print("no object", file=sys.stderr)
"""
FAILS = """
import sys
sys.stdin.close()
error = '{"step": "error", "reference": "lock-held", "message": "/srv/kb is locked"}'
print(error, file=sys.stderr)
sys.exit(5)
"""
WAITS = """
import sys, time
print('{"level": "info", "step": "read"}', file=sys.stderr, flush=True)
time.sleep(60)
"""


class ScriptedIngestion(Ingestion):
    """Runs one script after the other; the last one again and again. `ran`: what it stood for."""

    def __init__(self, home: Path, *scripts: str) -> None:
        super().__init__(config.load(home=home, environ={}))
        self.scripts = [*scripts]
        self.ran: list[tuple[str, str, str]] = []

    def _started(self, collection: str, name: str, path: Path) -> subprocess.Popen[str]:
        self.ran.append((collection, name, path.name))
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        return subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


def happens(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + SOON
    while time.monotonic() < end and not condition():
        time.sleep(0.01)
    return bool(condition())


def state(ingestion: Ingestion) -> str:
    return (ingestion.state("law") or Run("none")).state


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., ScriptedIngestion]]:
    made: list[ScriptedIngestion] = []

    def start(*scripts: str) -> ScriptedIngestion:
        made.append(ScriptedIngestion(tmp_path, *scripts))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_text("due on 1 May")
    return path


Start = Callable[..., ScriptedIngestion]


def test_before_anything_is_taken_in_there_is_no_run(opened: Start) -> None:
    assert opened(WORKS).state("law") is None


def test_a_run_gets_the_server_s_settings_and_tells_how_far_it_is(
    opened: Start, tmp_path: Path
) -> None:
    ingestion = opened(WORKS)
    ingestion.take_in("law", tmp_path)
    assert happens(lambda: state(ingestion) == "done")
    run = ingestion.state("law")
    assert run is not None
    assert (run.stage, run.done, run.total, run.trouble) == ("read", 1, 2, None)
    assert run.began > 0
    assert ingestion.ran == [("law", "ingest", tmp_path.name)]


def test_a_run_that_failed_says_why_without_a_path_of_the_server(
    opened: Start, tmp_path: Path
) -> None:
    ingestion = opened(FAILS)
    ingestion.take_in("law", tmp_path)
    assert happens(lambda: state(ingestion) == "failed")
    run = ingestion.state("law")
    assert run is not None
    assert run.trouble is not None
    assert run.trouble.reference == "lock-held"
    assert "/srv" not in run.trouble.why + run.trouble.hint


def test_what_is_added_during_a_run_is_taken_in_by_one_more(opened: Start, tmp_path: Path) -> None:
    ingestion = opened("import sys, time; sys.stdin.read(); time.sleep(0.5)", WORKS)
    ingestion.take_in("law", tmp_path)
    assert happens(lambda: state(ingestion) == "running")
    for _ in range(3):
        ingestion.take_in("law", tmp_path)
    assert happens(lambda: len(ingestion.ran) == 2 and state(ingestion) == "done")
    time.sleep(0.1)
    assert len(ingestion.ran) == 2


def test_what_the_index_knows_is_taken_out_of_it_before_it_is_deleted(
    opened: Start, upload: Path
) -> None:
    ingestion = opened(WORKS)
    there: list[bool] = []

    def known() -> bool:
        there.append(upload.exists())
        return True

    ingestion.remove("law", upload, known)
    assert happens(lambda: not upload.exists())
    assert happens(lambda: not ingestion.removes(upload))
    assert (there, ingestion.ran) == ([True], [("law", "remove", "a.md")])
    assert ingestion.not_removed(upload) is None


def test_what_the_index_does_not_know_is_deleted_at_once(opened: Start, upload: Path) -> None:
    ingestion = opened(FAILS)
    ingestion.remove("law", upload, lambda: False)
    assert happens(lambda: not upload.exists())
    assert ingestion.ran == []


def test_what_cannot_be_taken_out_of_the_index_stays_with_the_reason(
    opened: Start, upload: Path
) -> None:
    ingestion = opened(FAILS)
    ingestion.remove("law", upload, lambda: True)
    assert happens(lambda: ingestion.not_removed(upload))
    assert upload.exists()
    trouble = ingestion.not_removed(upload)
    assert trouble is not None
    assert trouble.reference == "lock-held"


def test_a_bug_in_one_task_does_not_end_the_next(opened: Start, upload: Path) -> None:
    ingestion = opened(WORKS)

    def broken() -> bool:
        raise RuntimeError("a bug")

    ingestion.remove("law", upload, broken)
    ingestion.take_in("law", upload.parent)
    assert happens(lambda: state(ingestion) == "done")
    assert upload.exists()


def test_its_end_ends_the_run_and_begins_no_other(opened: Start, tmp_path: Path) -> None:
    ingestion = opened(WAITS)
    ingestion.take_in("law", tmp_path)
    assert happens(lambda: (ingestion.state("law") or Run("")).stage == "read")
    ingestion.take_in("hr", tmp_path)
    ingestion.stop()
    ended = [one for one in threading.enumerate() if one.name == "kb-uploads"]
    for thread in ended:
        thread.join(SOON)
    assert state(ingestion) == "failed"
    assert [name for name, *_ in ingestion.ran] == ["law"]
    ingestion.take_in("law", tmp_path)
    assert len(ingestion.ran) == 1
