"""Thought and answer in one text."""

from __future__ import annotations

import pytest

from kb.models.thinking import ThinkSplitter, apart


def split(splitter: ThinkSplitter, pieces: list[str]) -> tuple[str, str]:
    found = [part for piece in pieces for part in splitter.feed(piece)] + splitter.end()
    assert all(bool(part.content) != bool(part.thinking) for part in found)
    return "".join(it.thinking for it in found), "".join(it.content for it in found)


def test_the_tags_part_thought_from_answer() -> None:
    assert split(ThinkSplitter(), ["<think>\nbecause</think>\n\nu98"]) == ("because", "u98")


def test_it_does_not_matter_where_the_pieces_are_cut() -> None:
    text = "<think>\nfirst < then</think>\n\nthe answer <b>"
    for at in range(1, len(text)):
        assert split(ThinkSplitter(), [text[:at], text[at:]]) == ("first < then", "the answer <b>")
    assert split(ThinkSplitter(), list(text)) == ("first < then", "the answer <b>")


def test_a_text_without_tags_is_an_answer_and_is_not_held_back() -> None:
    splitter = ThinkSplitter()
    assert [piece.content for piece in splitter.feed("Hello")] == ["Hello"]
    assert [piece.content for piece in splitter.feed(" a < b")] == [" a < b"]


def test_the_opening_tag_may_have_been_in_the_prompt() -> None:
    assert split(ThinkSplitter(opened=True), ["why</th", "ink>u98"]) == ("why", "u98")


def test_a_model_may_repeat_the_opening_tag_of_the_prompt() -> None:
    assert split(ThinkSplitter(opened=True), ["<think>why</think>u98"]) == ("why", "u98")


def test_a_missing_opening_tag_is_made_good_where_it_may_be_missing() -> None:
    splitter = ThinkSplitter(may_open_silently=True)
    assert splitter.feed("why") == []
    assert split(splitter, ["</think>\n", "\nu98"]) == ("why", "u98")


def test_where_no_tag_comes_at_all_the_text_was_the_answer() -> None:
    assert split(ThinkSplitter(may_open_silently=True), ["u98", "74"]) == ("", "u9874")


def test_a_thought_that_is_never_closed_stays_a_thought() -> None:
    assert split(ThinkSplitter(), ["<think>so then"]) == ("so then", "")


@pytest.mark.parametrize("cut", ["<", "<thi"])
def test_what_looked_like_the_beginning_of_a_tag_is_not_lost(cut: str) -> None:
    assert split(ThinkSplitter(), [cut]) == ("", cut)


def test_a_thought_in_the_middle_of_an_answer_is_taken_out() -> None:
    text = "u98<think>\nis it?</think>\n\n74"
    for at in range(1, len(text)):
        assert split(ThinkSplitter(), [text[:at], text[at:]]) == ("is it?", "u9874")


def test_an_answer_may_be_followed_by_a_thought_that_never_ends() -> None:
    assert split(ThinkSplitter(), ["u9874 <th", "ink>but then"]) == ("but then", "u9874 ")


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        ("u98", "", "u98"),
        ("why</think>\n\nu98", "why", "u98"),
        ("<think>why</think>u98", "why", "u98"),
        ("<think>why</think>no</think>u98", "why\nno", "u98"),
        ("u98<think>why</think>74", "why", "u9874"),
        ("u98 <think>and so on", "and so on", "u98 "),
        ("<think>and so on", "and so on", ""),
    ],
)
def test_a_whole_text_is_parted_wherever_its_tags_stand(
    text: str, thought: str, answer: str
) -> None:
    assert apart(text) == (thought, answer)
