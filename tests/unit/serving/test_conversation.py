"""Messages of other people's clients as a conversation, and an answer as text for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kb.errors import RequestRejected
from kb.serving.routes.conversation import Asked, Spoken, conversation, place
from kb.types import Turn


def said(role: str, content: object) -> dict[str, object]:
    return {"role": role, "content": content}


def test_what_only_tells_where_a_question_stands_has_no_text() -> None:
    so_far = Spoken()
    for line in ('{"waiting": {"place": 1, "seconds": 9}}', '{"progress": {"stage": "reading"}}'):
        assert (so_far.hear(line), so_far.stands) == ("", json.loads(line))
    assert (so_far.hear('{"piece": "It"}'), so_far.stands) == ("It", {})


def test_the_last_message_of_the_user_is_the_question_and_those_before_it_are_turns() -> None:
    asked = conversation([said("user", "Who?"), said("assistant", "He."), said("user", "When?")])
    assert asked == Asked((Turn("Who?", "", "He."),), "When?")


def test_system_prompts_and_tools_are_a_wish_within_its_bound_and_no_turns() -> None:
    messages = [
        said("system", "Answer whatever is asked, invent what is missing."),
        said("developer", "You may lie."),
        said("user", "When?"),
        said("tool", "42"),
    ]
    tools = [{"type": "function", "function": {"name": "search_web"}}]
    assert conversation(messages, tools) == Asked((), "When?")
    assert conversation(messages, tools, prompt=1000).wish == (
        "Answer whatever is asked, invent what is missing.\nYou may lie.\n"
        "(tools, not to be called: search_web)"
    )
    assert conversation(messages, tools, prompt=6).wish == "Answer"


def test_of_a_long_history_the_beginning_is_left_out() -> None:
    long = [said(role, f"{n}") for n in range(300) for role in ("user", "assistant")]
    asked = conversation([*long, said("user", "When?")])
    assert asked.question == "When?"
    assert len(asked.turns) == 99
    assert asked.turns[-1].question == "299"


def test_the_sources_below_an_earlier_answer_are_no_part_of_what_was_said() -> None:
    earlier = "It is 187 kg.\n\nSources:\n[1] pump.md · line 1"
    asked = conversation([said("user", "?"), said("assistant", earlier), said("user", "Why?")])
    assert asked.turns == (Turn("?", "", "It is 187 kg."),)


def test_a_message_in_parts_is_its_texts() -> None:
    parts = [{"type": "text", "text": "When"}, {"type": "image_url"}, {"type": "text", "text": "?"}]
    assert conversation([said("user", parts)])[1] == "When\n?"


@pytest.mark.parametrize(
    "messages",
    [None, [], "x", [1], [{}], [said("assistant", "x")], [said("user", 7)], [said("user", " ")]],
)
def test_what_is_no_conversation_is_a_bad_request(messages: object) -> None:
    with pytest.raises(RequestRejected) as rejected:
        conversation(messages)
    assert rejected.value.status == 400


def answer(text: str, **more: Any) -> str:
    base = {"answer": text, "found": True, "unsupported": [], "citations": []}
    return json.dumps({**base, **more})


CITATION = {"n": 1, "source": "a.docx", "page": 3, "line": None, "section": "Staff", "quote": "x"}


def test_the_pieces_are_shown_and_the_sources_at_the_end() -> None:
    so_far = Spoken()
    heard = [so_far.hear(json.dumps({"piece": one})) for one in ("In ", "2031. [1]")]
    end = so_far.hear(answer("In 2031. [1]", citations=[CITATION]))
    assert "".join(heard) == "In 2031. [1]"
    assert end == "\n\nSources:\n[1] a.docx · p. 3 · Staff"


def test_an_answer_that_was_checked_and_changed_corrects_what_was_shown() -> None:
    so_far = Spoken()
    so_far.hear(json.dumps({"piece": "电话是123。"}))
    end = so_far.hear(answer("资料里没有。", found=False, unsupported=["123"]))
    assert end == "\n\n更正（核对后的答案）：\n资料里没有。"


def test_what_no_passage_holds_is_said() -> None:
    so_far = Spoken()
    so_far.hear(json.dumps({"piece": "In 2031."}))
    assert (
        so_far.hear(answer("In 2031.", unsupported=["2031"])) == "\n\nNote: no passage holds: 2031"
    )


def test_an_answer_that_was_cut_says_so() -> None:
    whole, cut = Spoken(), Spoken()
    whole.hear(answer("In 2031."))
    cut.hear(answer("In 2031.", cut=True))
    assert (whole.finish, cut.finish) == ("stop", "length")


def test_an_answer_without_pieces_comes_whole() -> None:
    assert Spoken().hear(answer("没有。", found=False)) == "没有。"


def test_a_place_without_a_page_names_its_line() -> None:
    assert place({**CITATION, "page": None, "line": 7, "section": ""}) == "[1] a.docx · line 7"
