"""A session on a real home with real models: what it finds, for several at once, over commits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.errors import ModelMismatch, ModelMissing, NothingFound, ServerUnreachable, UsageError
from kb.session import Answer, Passages, Piece, Progress, Session, parse_where
from tests.commands import Kb

PHONE = "张飞的电话号码"
NOBODY = "刘备的电话号码"
Opening = Callable[..., Session]


def test_an_answer_is_passages_then_pieces_then_the_answer(session: Session) -> None:
    first, *pieces, last = session.ask(PHONE, top_k=1)
    assert isinstance(first, Passages)
    assert [passage.source for passage in first.passages] == ["phones.txt"]
    assert "u987438274" in "".join(piece.text for piece in pieces if isinstance(piece, Piece))
    assert isinstance(last, Answer)
    assert (last.found, last.citations[0].source) == (True, "phones.txt")


def test_a_strict_answer_has_no_pieces(session: Session) -> None:
    kinds = [type(event) for event in session.ask(PHONE, top_k=1, strict=True)]
    assert [*dict.fromkeys(kinds)] == [Passages, Progress, Answer]


def test_events_that_are_closed_have_no_answer(session: Session) -> None:
    with session.ask(PHONE) as events:
        next(events)
    assert [*events] == []
    with pytest.raises(UsageError, match="no answer"):
        events.answer()


def test_options_win_over_the_configuration(session: Session) -> None:
    assert len(session.search("电话").hits) == 3
    assert len(session.search("电话", top_k=2).hits) == 2
    sparse = session.search("X200", mode="sparse", where=parse_where(["type=md"])).hits
    assert [hit.dense_rank for hit in sparse] == [None]


@pytest.mark.parametrize("options", [{"top_k": 0}, {"mode": "psychic"}, {"collection": "hr"}])
def test_an_option_that_is_not_possible_is_wrong_usage(
    session: Session, options: dict[str, Any]
) -> None:
    asks: list[Callable[..., object]] = [session.search, session.ask, session.chat().ask]
    for ask in asks:
        with pytest.raises(UsageError):
            ask("x", **options)


def test_several_threads_search_and_ask_at_once(session: Session) -> None:
    questions = [PHONE, "X200", "年假几天", "weight of the pump"] * 3
    alone = [session.search(question) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        refused = pool.submit(lambda: session.ask(NOBODY).answer())
        assert [*pool.map(session.search, questions)] == alone
    assert refused.result().refused_by == "missing-term"


def test_a_commit_is_seen_by_the_next_question_and_not_by_one_under_way(
    kb: Kb, opening: Opening, tmp_path: Path
) -> None:
    (tmp_path / "new.txt").write_text("The compressor Z9-77 is in hall 4.", encoding="utf-8")
    with opening(kb.home) as session:
        under_way = session.ask(NOBODY)
        next(under_way)
        assert kb("ingest", str(tmp_path / "new.txt")).code == 0
        assert session.search("Z9-77", top_k=1).hits[0].source == "new.txt"
        assert session.status().generation == 2
        assert under_way.answer().refused_by == "missing-term"


def test_several_collections_are_asked_as_one_and_read_one_by_one(
    kb: Kb, opening: Opening, tmp_path: Path
) -> None:
    (tmp_path / "gate.txt").write_text("The code of gate 7 is QX-771.", encoding="utf-8")
    assert kb("--collection", "hr", "ingest", str(tmp_path / "gate.txt")).code == 0
    with opening(kb.home, collection="default,hr") as session:
        [hit] = session.search("QX-771", top_k=1).hits
        assert hit.source == "hr:gate.txt"
        around = session.around(hit.chunk.id)
        assert (around.source, around.chunks) == ("hr:gate.txt", (hit.chunk,))
        assert session.search("QX-771", top_k=1, collection="default").hits[0].source != hit.source
        assert session.status(collection="hr").documents == 1
        assert session.document("gate.txt", collection="hr").text == hit.chunk.text
        with pytest.raises(UsageError, match="one collection"):
            session.status()


def test_the_text_around_a_hit_is_its_documents(session: Session) -> None:
    [hit] = session.search("X200", top_k=1).hits
    assert session.around(hit.chunk.id).text == session.document("pump.md").text
    with pytest.raises(UsageError, match="no chunk"):
        session.around("00000000-0000-0000-0000-000000000000")


def test_a_question_may_name_the_model_that_answers(session: Session) -> None:
    with pytest.raises(ModelMissing, match="nowhere:1b"):
        session.ask("张飞的电话号码", model="nowhere:1b").answer()
    assert session.ask("张飞的电话号码").answer().model == session.settings.models.chat


def test_a_collection_of_another_model_is_told_before_the_first_question(
    kb: Kb, opening: Opening
) -> None:
    with opening(kb.home, collection="none") as empty, pytest.raises(NothingFound):
        empty.prepare()
    with opening(kb.home) as session:
        fingerprint = session.status().fingerprint
        assert fingerprint
        manifest = kb.home / "collections/default/generations/00000001/manifest.json"
        text = manifest.read_text(encoding="utf-8").replace(fingerprint.digest, "f" * 64)
        manifest.write_text(text, encoding="utf-8")
        with pytest.raises(ModelMismatch):
            session.prepare()


def test_it_asks_again_where_the_engine_could_not_be_reached(kb: Kb, opening: Opening) -> None:
    """A server that is down when a session is opened may be up when it is used."""
    settings = opening(kb.home).settings
    models = replace(settings.models, engine="ollama", host=["http://127.0.0.1:1"])
    with Session(replace(settings, models=models)) as session:
        for _ in range(2):
            with pytest.raises(ServerUnreachable):
                session.prepare()
