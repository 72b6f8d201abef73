"""An exception that nobody expected, in the main process, before a document is stored: it is that
document's failure with a traceback in the log, and the run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from kb.cli.reports import finish_ingest
from kb.errors import EngineFailed
from kb.index.cache import EmbeddingCache
from kb.pipelines.ingest import IngestJob, ingest
from kb.run_types import IngestReport
from kb.types import Failure, Vector
from tests.fakes import FakeEmbedder
from tests.pipelines.workspace import Workspace

GOOD = [f"good {number}.txt" for number in range(20)]


@pytest.fixture
def among_good(workspace: Workspace) -> Workspace:
    """One document of which something is odd, and twenty that are like any other."""
    for name in GOOD:
        workspace.write(name, f"{name} is well.")
    workspace.write("odd.txt", "Here is the odd one.")
    return workspace


def odd_failure(report: IngestReport, log: str) -> Failure:
    """The only failure. The others are in, the exit code is 3, the log has the traceback."""
    assert report.counts.added >= len(GOOD)
    assert report.ended_by is None
    assert finish_ingest(report, as_json=False) == 3
    assert "Traceback" in log
    assert "KeyError: 'nobody expected this'" in log
    [failure] = report.failed
    assert failure.path == "odd.txt"
    return failure


def test_in_the_look_up_of_its_vectors(
    among_good: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lookup = EmbeddingCache.get

    def get(self: EmbeddingCache, model: str, texts: Sequence[str]) -> dict[str, Vector]:
        if any("odd one" in text for text in texts):
            raise KeyError("nobody expected this")
        return lookup(self, model, texts)

    monkeypatch.setattr(EmbeddingCache, "get", get)
    failure = odd_failure(among_good.ingest(), caplog.text)
    assert (failure.stage, failure.reference) == ("embed", "error")
    assert "docs/odd.txt" not in among_good.documents()
    assert among_good.is_sound()


@dataclass
class OddEmbedder(FakeEmbedder):
    """Raises what no engine is expected to raise; `always`, or for one text."""

    always: bool = False

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        self.calls.append(len(texts))
        if self.always or any("odd one" in text for text in texts):
            raise KeyError("nobody expected this")
        return [self.vector(text) for text in texts]


def run(workspace: Workspace, embedder: FakeEmbedder) -> IngestReport:
    tools = replace(workspace.tools, embedder=lambda: embedder)
    return ingest(IngestJob(paths=(workspace.docs,)), tools, workspace.progress.append)


def test_in_the_threads_that_ask_the_engine(
    among_good: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    failure = odd_failure(run(among_good, OddEmbedder()), caplog.text)
    assert (failure.stage, failure.reference) == ("embed", "engine-failed")
    assert failure.message.startswith("characters 0 to 20 are left out")
    assert among_good.is_sound()


def test_an_engine_of_which_every_text_is_unexpected_ends_the_run(among_good: Workspace) -> None:
    """It is the engine then, and no document is to blame."""
    with pytest.raises(EngineFailed, match="bug in kb"):
        run(among_good, OddEmbedder(always=True))


def test_while_its_vectors_are_kept(
    among_good: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep = EmbeddingCache.put

    def put(self: EmbeddingCache, model: str, vectors: Mapping[str, Vector]) -> None:
        if any("odd one" in text for text in vectors):
            raise KeyError("nobody expected this")
        keep(self, model, vectors)

    with monkeypatch.context() as odd:
        odd.setattr(EmbeddingCache, "put", put)
        failure = odd_failure(among_good.ingest(), caplog.text)
    assert (failure.stage, failure.reference) == ("embed", "engine-failed")
    assert among_good.is_sound()
    again = among_good.ingest()
    assert (again.failed, again.counts.embedded) == ((), 1)
