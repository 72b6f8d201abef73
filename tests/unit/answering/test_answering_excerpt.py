"""A passage cut down to whole sentences around the match."""

from __future__ import annotations

from itertools import pairwise

from kb.answering.excerpt import excerpt
from kb.text.question import Question
from kb.types import Passage

TEXT = "泵房每天检查。\n记录写入日志。\n应急电话是5352345。\n夜间拨打分机12。\n钥匙在门卫处。"
PASSAGE = Passage(1, "a.md", TEXT, None, 7, section="", title="", chunk_ids=("c",))


def cut(room: int, question: str = "应急电话是多少？") -> Passage:
    return excerpt(PASSAGE, Question.of(question), room=room, tokens=len)


def test_the_sentence_that_shares_most_with_the_question_is_kept() -> None:
    assert cut(14).text == "应急电话是5352345。"


def test_what_is_left_is_one_verbatim_piece_that_fits() -> None:
    pieces = [cut(room).text for room in range(14, len(TEXT) + 1)]

    assert all(piece in TEXT for piece in pieces)
    assert all(len(piece) <= room for room, piece in enumerate(pieces, 14))
    assert all(
        shorter in longer or len(shorter) <= len(longer) for shorter, longer in pairwise(pieces)
    )
    assert pieces[-1] == TEXT


def test_the_line_is_that_of_the_first_sentence_left() -> None:
    assert cut(14).line == 9
    assert cut(len(TEXT)).line == 7


def test_a_sentence_is_never_cut_though_it_be_too_long() -> None:
    assert cut(3).text == "应急电话是5352345。"
