"""pipelines/self_calibration.py: a collection says by itself what scores too low."""

from __future__ import annotations

import logging
import random
from array import array
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import pytest

from kb.errors import EngineFailed
from kb.index.generation import Collection
from kb.pipelines import self_calibration
from kb.pipelines.purge import purge
from kb.pipelines.remove import remove
from kb.pipelines.self_calibration import BATCH, SelfCalibration
from kb.retrieval.hubs import UNRELATED
from kb.text.language import Language
from kb.types import Vector
from tests.fakes import FakeEmbedder
from tests.pipelines.workspace import Workspace

DIGEST = FakeEmbedder.digest


@dataclass
class Asked(FakeEmbedder):
    """Finds all texts alike, so that words alone tell them apart; notes the questions that it
    embeds, and may fail at them."""

    questions: list[str] = field(default_factory=list)
    fails: bool = False

    def embed_query(self, text: str) -> Vector:
        if self.fails:
            raise EngineFailed("the engine is gone", why="it was told to", hint="start it again")
        if text not in chain.from_iterable(UNRELATED.values()):
            self.questions.append(text)
        return self.vector(text)

    def vector(self, text: str) -> Vector:
        return array("f", [1.0] + [0.0] * (self.dimension - 1))


@pytest.fixture
def asked(workspace: Workspace) -> Asked:
    """The engine of a workspace with 30 Chinese notes and 5 English ones."""
    engine = Asked()
    workspace.tools = replace(workspace.tools, embedder=lambda: engine)
    for n in range(30):
        workspace.write(f"{n}.md", note(n))
    for n in range(5):
        text = (
            f"Pump number {n} is inspected by Alice Porter of Leeds, who looks at its oil weekly."
        )
        workspace.write(f"en-{n}.md", text)
    return engine


def note(n: int) -> str:
    """Sixty characters that no other note has in this order."""
    chance = random.Random(n)
    return "".join(chr(chance.randrange(0x4E00, 0x5600)) for _ in range(60))


def of(workspace: Workspace) -> SelfCalibration | None:
    with workspace.tools.collection.reader() as live:
        return self_calibration.stored(live.catalog, DIGEST)


def found(workspace: Workspace) -> SelfCalibration:
    calibration = of(workspace)
    assert calibration
    return calibration


def test_a_run_gives_each_language_of_which_there_is_enough_a_threshold(
    workspace: Workspace, asked: Asked
) -> None:
    workspace.ingest()
    calibration = found(workspace)
    assert calibration.chunks == 35
    assert [*calibration.languages] == [Language.ZH], "five English notes are too few"
    own = calibration.languages[Language.ZH]
    assert own.questions == 30
    assert own.threshold > 0
    assert own.auc > 0.9
    assert len(asked.questions) == 35
    assert "calibrate" in {heard.stage for heard in workspace.progress}


def test_a_run_that_changes_one_file_embeds_and_searches_no_question(
    workspace: Workspace, asked: Asked
) -> None:
    workspace.ingest()
    before = found(workspace)
    asked.questions.clear()
    workspace.write("3.md", note(300))
    workspace.ingest()
    assert asked.questions == []
    assert found(workspace) == before


def test_where_a_tenth_has_changed_it_is_measured_again_with_new_questions_alone(
    workspace: Workspace, asked: Asked
) -> None:
    workspace.ingest()
    before = found(workspace)
    asked.questions.clear()
    for n in range(100, 110):
        workspace.write(f"{n}.md", note(n))
    workspace.ingest()
    assert len(asked.questions) == 10
    after = found(workspace)
    assert after.chunks == 45
    assert after.languages[Language.ZH].questions == 40
    assert set(before.made_of) < set(after.made_of)


def test_the_same_documents_give_the_same_threshold_in_whatever_order_they_came(
    workspace: Workspace, asked: Asked, tmp_path: Path
) -> None:
    workspace.ingest()
    at_once = found(workspace)
    workspace.tools = replace(workspace.tools, collection=Collection(tmp_path / "other", "default"))
    for name in ("2*.md", "*.md"):
        workspace.ingest(*sorted(workspace.docs.glob(name), reverse=True))
    assert workspace.documents() != []
    again = found(workspace)
    assert again.made_of == at_once.made_of
    assert again.languages == pytest.approx(at_once.languages)


def test_an_engine_that_fails_at_the_questions_loses_nothing_but_the_threshold(
    workspace: Workspace, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    asked.fails = True
    with caplog.at_level(logging.WARNING):
        report = workspace.ingest()
    assert (report.counts.added, report.ended_by) == (35, None)
    assert of(workspace) is None
    assert "the refusal threshold stays as it was: the engine is gone" in caplog.text


def test_the_next_run_that_changes_something_measures_what_failed(
    workspace: Workspace, asked: Asked
) -> None:
    asked.fails = True
    workspace.ingest()
    asked.fails = False
    workspace.write("new.md", note(99))
    workspace.ingest()
    assert found(workspace).languages[Language.ZH].questions == 31


def test_a_run_that_is_told_to_stop_does_not_begin_with_it(
    workspace: Workspace, asked: Asked
) -> None:
    workspace.tools = replace(workspace.tools, stop=lambda: bool(asked.questions))
    workspace.ingest()
    assert len(asked.questions) == BATCH
    assert of(workspace) is None


def test_another_model_has_its_own(workspace: Workspace, asked: Asked) -> None:
    workspace.ingest()
    with workspace.tools.collection.reader() as live:
        assert self_calibration.stored(live.catalog, "0" * 64) is None


def test_what_cannot_be_read_counts_as_nothing_and_is_measured_again(
    workspace: Workspace, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.ingest()
    with workspace.tools.collection.writer() as draft:
        draft.begin()
        draft.catalog.set_meta(f"calibration:{DIGEST}", '{"chunks": 3, "languages": {"xx": 1}}')
        draft.commit()
    assert of(workspace) is None
    assert "kb ingest finds it again" in caplog.text
    workspace.write("new.md", note(99))
    workspace.ingest()
    assert found(workspace).languages


def test_after_a_purge_no_id_of_what_is_gone_is_left(workspace: Workspace, asked: Asked) -> None:
    workspace.ingest()
    purge(workspace.tools.collection, [workspace.docs / "7.md"], wait=0)
    calibration = found(workspace)
    assert len(calibration.made_of) == 34
    with workspace.tools.collection.reader() as live:
        assert live.catalog.known_ids(calibration.made_of) == {*calibration.made_of}


def test_after_a_removal_no_id_of_what_is_gone_is_left(workspace: Workspace, asked: Asked) -> None:
    workspace.ingest()
    report = remove(workspace.tools.collection, [workspace.docs / "7.md"], wait=0)
    assert report.remaining == 0
    assert len(found(workspace).made_of) == 34
