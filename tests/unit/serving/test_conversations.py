"""Conversations that are kept: whose they are, what is left out, how they end."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kb.access.callers import CONVERSATIONS, Caller, Role
from kb.access.users import User, UserFile
from kb.errors import RequestRejected
from kb.evaluation.feedback import drafts
from kb.serving.conversations import Conversations, Feedback, KeptTurn, markdown

ANNA = Caller("anna", Role.READER, frozenset({"law", "hr"}))
BEN = Caller("ben/../anna", Role.ADMIN)


def answer(text: str, **more: Any) -> dict[str, Any]:
    cited = {"n": 1, "source": "a.md", "page": 2, "line": None, "section": "Rent", "quote": "<b>q"}
    return {"answer": text, "found": True, "citations": [cited], **more}


def keep(kept: Conversations, caller: Caller, question: str, collection: str = "law") -> str:
    conversation = kept.begin(caller, question)
    kept.append(caller, conversation, KeptTurn(question, "", answer("Yes. [1]"), (collection,)))
    return conversation.id


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path, days=30)


def test_a_conversation_comes_back_with_its_turns_in_their_order(kept: Conversations) -> None:
    name = keep(kept, ANNA, "Is the rent due in May?")
    second = KeptTurn("And in June?", "Is the rent due in June?", answer("No."), ("law",))
    kept.append(ANNA, kept.get(ANNA, name), second)
    found = kept.get(ANNA, name)
    assert found.title == "Is the rent due in May?"
    assert [one.question for one in found.turns] == ["Is the rent due in May?", "And in June?"]
    assert found.turns[1].turn.standalone == "Is the rent due in June?"
    assert found.turns[0].turn.citations[0].source == "a.md"


def test_only_its_own_person_lists_opens_renames_or_deletes_it(kept: Conversations) -> None:
    name = keep(kept, ANNA, "Is the rent due?")
    assert kept.listed(BEN) == []
    for attempt in (
        lambda: kept.get(BEN, name),
        lambda: kept.rename(BEN, name, "mine"),
        lambda: kept.delete(BEN, name),
        lambda: kept.get(ANNA, "../../users/users"),
        lambda: kept.get(ANNA, "0" * 16),
    ):
        with pytest.raises(RequestRejected) as refused:
            attempt()
        assert refused.value.status == 404
    kept.rename(ANNA, name, " Rent  of May ")
    assert [one.title for one in kept.listed(ANNA)] == ["Rent of May"]
    kept.delete(ANNA, name)
    assert kept.listed(ANNA) == []


def test_turns_of_a_collection_that_was_taken_away_are_shown_and_found_no_more(
    kept: Conversations,
) -> None:
    name = keep(kept, ANNA, "Is the rent due?", "hr")
    kept.append(ANNA, kept.get(ANNA, name), KeptTurn("Why?", "", answer("So."), ("law", "hr")))
    without = replace(ANNA, collections=frozenset({"law"}))
    assert kept.get(without, name).turns == ()
    assert kept.listed(without, "So.") == []
    assert [one.id for one in kept.listed(ANNA, "so.")] == [name]


def test_what_is_deleted_while_it_is_answered_is_not_made_anew(kept: Conversations) -> None:
    name = keep(kept, ANNA, "Is the rent due?")
    open_one = kept.get(ANNA, name)
    kept.delete(ANNA, name)
    kept.append(ANNA, open_one, KeptTurn("And in June?", "", answer("No."), ("law",)))
    assert kept.listed(ANNA) == []


def test_what_is_too_old_is_deleted_and_nothing_is_kept_where_days_are_none(tmp_path: Path) -> None:
    keep(Conversations(tmp_path, days=30), ANNA, "Is the rent due?")
    [file] = tmp_path.glob("serve/conversations/*/*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    old = time.time() - 31 * 24 * 3600
    os.utime(file, (old, old))
    assert Conversations(tmp_path, days=30).listed(ANNA) == []
    assert not file.exists()
    keep(Conversations(tmp_path, days=0), ANNA, "Is the rent due?")
    assert [*tmp_path.glob("serve/conversations/*/*.jsonl")] == []


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"question": 1}', '{"question": "x", "rewritten": ""']
)
def test_a_line_that_is_no_turn_is_left_out(kept: Conversations, tmp_path: Path, line: str) -> None:
    name = keep(kept, ANNA, "Is the rent due?")
    [file] = tmp_path.glob("serve/conversations/*/*.jsonl")
    with file.open("a") as stream:
        stream.write(f"{line}\n")
    assert len(kept.get(ANNA, name).turns) == 1


def test_the_last_word_on_an_answer_is_kept_with_it_and_makes_a_draft_of_a_question(
    kept: Conversations, tmp_path: Path
) -> None:
    conversation = kept.begin(ANNA, "How high is the rent?")
    cited = {"n": 1, "source": "a.md", "page": 2, "line": None, "section": "", "quote": "€ 1,250."}
    good = {"answer": "It is 1,250 euros. [1]", "found": True, "citations": [cited]}
    kept.append(ANNA, conversation, KeptTurn("How high is it?", "", good, ("law",), "t1"))
    refused = {"answer": "There is nothing.", "found": False, "citations": []}
    kept.append(ANNA, conversation, KeptTurn("And the deposit?", "", refused, ("law",), "t2"))
    kept.judge(ANNA, conversation.id, "t1", Feedback(good=False, reason="late"))
    kept.judge(ANNA, conversation.id, "t1", Feedback(good=True, reason=""))
    kept.judge(ANNA, conversation.id, "t2", Feedback(good=False, reason="It is in a.md."))
    turns = kept.get(ANNA, conversation.id).turns
    assert [one.feedback and one.feedback.good for one in turns] == [True, False]
    for caller, turn in ((BEN, "t1"), (ANNA, "t9"), (ANNA, "")):
        with pytest.raises(RequestRejected):
            kept.judge(caller, conversation.id, turn, Feedback(good=True, reason=""))
    first, second = drafts(tmp_path / CONVERSATIONS)
    assert (first.answers, first.source, first.answerable) == (("1,250",), "a.md", True)
    assert (second.answers, second.answerable, second.reason) == ((), True, "It is in a.md.")
    kept.delete(ANNA, conversation.id)
    assert drafts(tmp_path / CONVERSATIONS) == []


def test_a_judgement_that_is_taken_back_is_gone_from_the_file_and_the_others_stay(
    kept: Conversations, tmp_path: Path
) -> None:
    conversation = kept.begin(ANNA, "How high is the rent?")
    for turn in ("t1", "t2"):
        kept.append(ANNA, conversation, KeptTurn("How high?", "", answer("So."), ("law",), turn))
        kept.judge(ANNA, conversation.id, turn, Feedback(good=False, reason=f"why {turn}"))
    [file] = tmp_path.glob("serve/conversations/*/*.jsonl")
    os.utime(file, (1e9, 1e9))
    kept = Conversations(tmp_path, days=30_000)
    kept.take_back(ANNA, conversation.id, "t1")
    assert [one.feedback for one in kept.get(ANNA, conversation.id).turns] == [
        None,
        Feedback(good=False, reason="why t2"),
    ]
    assert "why t1" not in file.read_text()
    assert (file.stat().st_mtime, stat.S_IMODE(file.stat().st_mode)) == (1e9, 0o600)
    assert [one.reason for one in drafts(tmp_path / CONVERSATIONS)] == ["why t2"]
    for caller, turn in ((BEN, "t2"), (ANNA, "t9"), (ANNA, "")):
        with pytest.raises(RequestRejected) as refused:
            kept.take_back(caller, conversation.id, turn)
        assert refused.value.status == 404


def test_the_export_has_question_answer_and_quote_and_no_html(kept: Conversations) -> None:
    text = markdown(kept.get(ANNA, keep(kept, ANNA, "Is the rent due?")))
    assert text.startswith("# Is the rent due?")
    assert "[1] a.md, p. 2, Rent\n\n> &lt;b>q" in text


def test_a_new_user_of_an_old_name_has_none_of_the_old_one(
    kept: Conversations, tmp_path: Path
) -> None:
    users = UserFile(tmp_path)
    users.add(User("anna", Role.READER, ("law",)))
    keep(kept, ANNA, "Is the rent due?")
    users.remove("anna")
    assert kept.listed(ANNA) == []
