"""A Qdrant server that fails in the middle of a run: what is whole is committed where it comes
back, else the old generation stays. The server is a stub: qdrant_client's engine in memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException

from kb.config.settings import Store
from kb.errors import StoreUnavailable
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.qdrant_server import index
from kb.index.qdrant_server.store import ServerStore
from tests.pipelines.workspace import Workspace

BATCH = 16
FILES = BATCH + BATCH // 2  # one chunk each: a batch is full in the middle of the run


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BATCH", BATCH)


class StubServer(QdrantClient):
    """Does not answer some calls that write, counted from 1."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.away = range(0)
        self.written = 0

    def upsert(self, *arguments: Any, **named: Any) -> Any:
        self.written += 1
        if self.written in self.away:
            raise ResponseHandlingException(ConnectionError("refused"))
        return super().upsert(*arguments, **named)


@pytest.fixture
def server() -> Iterator[StubServer]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = StubServer()
        yield client
        client.close()


@pytest.fixture
def on_server(workspace: Workspace, server: StubServer) -> Workspace:
    home = workspace.tools.collection.home
    store = ServerStore(Store(engine="server"), client=server)
    tools = replace(workspace.tools, collection=Collection(home, "default", store), store="server")
    return replace(workspace, tools=tools)


def write(workspace: Workspace, count: int) -> None:
    for number in range(count):
        workspace.write(f"{number:03}.txt", f"Text number {number}.")


def is_sound(workspace: Workspace) -> bool:
    with workspace.tools.collection.reader() as live:
        return compare(live).sound


def test_a_server_that_comes_back_gets_what_is_whole(
    on_server: Workspace, server: StubServer
) -> None:
    write(on_server, FILES)
    server.away = range(1, 2)
    report = on_server.ingest()
    assert isinstance(report.ended_by, StoreUnavailable)
    assert report.ended_by.exit_code == 5
    assert report.generation == 1
    assert 0 < report.counts.added < FILES
    assert len(on_server.documents()) == report.counts.added
    assert is_sound(on_server)
    assert on_server.tools.collection.runs()[-1].outcome == "store-unavailable"


def test_the_next_run_goes_on_from_there(on_server: Workspace, server: StubServer) -> None:
    write(on_server, FILES)
    server.away = range(1, 2)
    first = on_server.ingest()
    second = on_server.ingest()
    assert second.ended_by is None
    assert first.counts.added + second.counts.added == FILES
    assert is_sound(on_server)


def test_a_server_that_stays_away_leaves_the_old_generation(
    on_server: Workspace, server: StubServer
) -> None:
    write(on_server, 3)
    on_server.ingest()
    before = on_server.documents()
    write(on_server, FILES)
    server.away = range(2, 1_000)
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        on_server.ingest()
    assert "nothing was committed; generation 1 stays live" in caught.value.why
    assert on_server.documents() == before
    assert is_sound(on_server)


def test_a_document_that_changed_is_whole_in_its_new_form(
    on_server: Workspace, server: StubServer
) -> None:
    """The last one that was taken in before the server failed is replaced, not lost."""
    write(on_server, FILES)
    on_server.ingest()
    for number in range(FILES):
        on_server.write(f"{number:03}.txt", f"Another text, number {number}.")
    server.away = range(server.written + 1, server.written + 2)
    report = on_server.ingest()
    assert isinstance(report.ended_by, StoreUnavailable)
    assert len(on_server.documents()) == FILES
    texts = [on_server.text_of(f"{number:03}.txt") for number in range(FILES)]
    changed = sum(text.startswith("Another") for text in texts)
    assert changed == report.counts.updated
    assert is_sound(on_server)


def test_a_run_that_reads_everything_anew_commits_all_or_nothing(
    on_server: Workspace, server: StubServer
) -> None:
    write(on_server, FILES)
    on_server.ingest()
    server.away = range(server.written + 1, server.written + 2)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        on_server.ingest(rebuild=True)
    assert len(on_server.documents()) == FILES
    assert is_sound(on_server)
