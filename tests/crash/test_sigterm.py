"""SIGTERM ends every stage of a command within 5 seconds, also one that Python cannot break off;
and what is live afterwards is whole: the old generation, or the new one."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.crash.processes import wait_until_gone
from tests.crash.stub_kb import StubKb, stub
from tests.homes import built_once, copied
from tests.meanwhile import ended
from tests.serving import Client

SECONDS = 5
FOR_A_BUSY_MACHINE = 5

STEPS = ("cloned", "begun", "catalog-finished", "manifest-written", "synced", "sources-noted")
STAGES = {
    "the scan": ("ingest", "kb.pipelines.ingest:survey"),
    "the look-up of vectors": ("ingest", "kb.index.cache:EmbeddingCache.get"),
    "writing to the catalog": ("ingest", "kb.index.catalog:Catalog.put_document"),
    "merging vectors": ("ingest", "kb.index.qdrant_edge.index:EdgeIndex._merge"),
    "the commit, before": ("ingest", "renamed"),
    "the commit, after": ("ingest", "committed"),
    "reading the catalog": ("sources", "kb.index.catalog:Catalog.documents"),
    "searching": ("search", "kb.index.qdrant_edge.index:EdgeIndex.search_dense"),
    "checking": ("check", "kb.index.catalog:Catalog.root_hash"),
    **{f"the step {step}": ("ingest", step) for step in STEPS},
}
NIGHTLY = {f"the step {step}" for step in STEPS} | {
    "the scan",
    "writing to the catalog",
    "checking",
    "reading the catalog",
    "the commit, after",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two documents, and a home that has the first of them."""

    def build(place: Path) -> None:
        docs = place / "docs"
        docs.mkdir()
        (docs / "first.md").write_text("张飞的电话号码是u987438274。")
        assert stub(place / "home")("ingest", str(docs)).code == 0
        (docs / "second.md").write_text("Leave is 30 days.")

    return built_once(tmp_path_factory, "sigterm", build)


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(stage, marks=pytest.mark.nightly if stage in NIGHTLY else ())
        for stage in STAGES
    ],
)
def test_sigterm_ends_it_in_time_and_something_whole_is_live(
    made: Path, tmp_path: Path, stage: str
) -> None:
    command, place = STAGES[stage]
    home, docs = copied(made / "home", tmp_path / "home"), str(made / "docs")
    kb = stub(home)
    words = {"ingest": [docs], "search": ["张飞"]}.get(command, [])
    took = seconds_to_end(stub(home, KB_TEST_BLOCKS_AT=place), command, *words)
    assert took < SECONDS + FOR_A_BUSY_MACHINE
    assert kb("check").code == 0
    is_new = place == "committed"
    assert kb("status", "--json").json["status"]["documents"] == 1 + is_new
    again = kb("ingest", docs, "--json")
    assert again.json["failed"] == [], again.err
    assert (again.code, again.json["added"], again.json["unchanged"]) == (0, not is_new, 1 + is_new)


def seconds_to_end(kb: StubKb, *words: str) -> float:
    """From SIGTERM to the end of the last process; the command was blocked before it."""
    started = subprocess.Popen(
        kb.command(*words),
        env=kb.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with ended(started, session=True) as process:
        assert process.stdout is not None
        assert any("blocked" in line for line in process.stdout)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        took = time.monotonic() - began
        assert wait_until_gone(process.pid, 20) == []
    return took


def test_one_that_python_can_break_off_ends_at_once_with_130(made: Path, tmp_path: Path) -> None:
    """What watches it ends with it."""
    kb = stub(copied(made / "home", tmp_path / "home"))
    process = subprocess.Popen(
        kb.command("chat"),
        env=kb.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with ended(process, session=True):
        assert process.stdin is not None
        process.stdin.write("张飞的电话号码\n".encode())
        process.stdin.flush()
        assert process.stderr is not None
        assert any(b"first.md" in line for line in process.stderr)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130
        assert time.monotonic() - began < 4
        assert wait_until_gone(process.pid, 5) == []


def test_a_server_ends_within_two_seconds_whatever_a_library_does(
    made: Path, tmp_path: Path
) -> None:
    """As where it loads a model: no handler of Python's runs."""
    kb = stub(copied(made / "home", tmp_path / "home"), KB_TEST_BLOCKS_AT="kb.session.asking:query")
    process = subprocess.Popen(
        kb.command("serve", "--port", "0", "--json"),
        env=kb.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with ended(process, session=True):
        assert process.stdout is not None
        client = Client(json.loads(process.stdout.readline())["serve"])
        asking = threading.Thread(target=suppressed(client), args=("/api/search?q=x",))
        asking.start()
        assert process.stdout.readline() == b"blocked\n"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        took = time.monotonic() - began
        asking.join(20)
        assert took < 2 + FOR_A_BUSY_MACHINE / 5
        assert wait_until_gone(process.pid, 5) == []


def suppressed(client: Client) -> Callable[[str], None]:
    """A request whose server ends before it answers."""

    def ask(path: str) -> None:
        with contextlib.suppress(OSError, HTTPException):
            client(path)

    return ask
