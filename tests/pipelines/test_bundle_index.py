"""An index that travels alone: a new generation on another machine. Models are fakes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import ModelMismatch, StoreError
from kb.index import layout
from kb.index.checks import compare
from kb.index.generation import Collection
from tests.index_samples import contents as texts_in
from tests.pipelines.bundles import EMBEDDING, TEXTS, Maker, Receiver, ingest_into, live_texts


def test_an_index_is_a_new_generation_that_can_be_taken_back(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    ingest_into(receiver.root, {"old.md": ["what was here before"]})
    maker.index_only(file)
    assert receiver.install(file).generations == {"default": 2}
    assert live_texts(receiver.root) == TEXTS
    Collection(receiver.root, "default").rollback()
    assert live_texts(receiver.root) == {"old.md": ["what was here before"]}


def test_an_index_goes_into_an_empty_home(maker: Maker, receiver: Receiver, file: Path) -> None:
    maker.index_only(file)
    report = receiver.install(file)
    assert live_texts(receiver.root) == TEXTS
    assert report.configuration is None
    assert "that model was not found here" in report.warnings[0]


def test_the_run_is_in_the_history(maker: Maker, receiver: Receiver, file: Path) -> None:
    maker.index_only(file)
    receiver.install(file)
    runs = Collection(receiver.root, "default").runs()
    assert [(run.command, run.outcome, run.generation) for run in runs] == [("bundle", "done", 1)]


def test_an_index_may_go_into_another_collection(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    maker.index_only(file)
    assert replace(receiver, collection="law").install(file).generations == {"law": 1}
    assert live_texts(receiver.root, "law") == TEXTS


def test_an_adopted_index_can_be_written_to(maker: Maker, receiver: Receiver, file: Path) -> None:
    maker.index_only(file)
    receiver.install(file)
    ingest_into(receiver.root, {"new.md": ["after"]})
    assert live_texts(receiver.root) == {"new.md": ["after"]}


def test_a_reader_of_the_old_generation_is_not_disturbed(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    ingest_into(receiver.root, {"old.md": ["before"]})
    maker.index_only(file)
    with Collection(receiver.root, "default").reader() as live:
        receiver.install(file)
        assert texts_in(live.catalog) == {"old.md": ["before"]}
        assert compare(live).sound


def test_an_index_of_another_model_is_refused(maker: Maker, receiver: Receiver, file: Path) -> None:
    """The receiver's configuration names a model, that model is there, and it is another one."""
    (receiver.root / "models").mkdir(parents=True)
    (receiver.root / "models/own.gguf").write_bytes(b"GGUF of its own")
    maker.index_only(file)
    with pytest.raises(ModelMismatch, match="was embedded with fake-embedding") as caught:
        replace(receiver, embedding="own").install(file)
    assert caught.value.exit_code == 8
    assert not Collection(receiver.root, "default").exists()


def test_an_index_of_the_same_weights_is_welcome_by_whatever_name(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    (receiver.root / "models").mkdir(parents=True)
    (receiver.root / "models/own.gguf").write_bytes(EMBEDDING)
    maker.index_only(file)
    report = replace(receiver, embedding="own").install(file)
    assert (report.warnings, report.generations) == ((), {"default": 1})


def test_an_index_of_another_format_is_refused(
    maker: Maker, receiver: Receiver, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker.index_only(file)
    monkeypatch.setattr(layout, "FORMAT", "kb collection 2\n")
    with pytest.raises(StoreError, match="has a format that this kb does not know"):
        receiver.install(file)
    assert not receiver.root.exists()
