"""Whether an answer says what one sentence says, in another order or without a part."""

from __future__ import annotations

from kb.answering.evidence import is_said_by
from kb.answering.features import features

SENTENCE = "关于南门花坛：因修路，大家同意把秋季种植往后挪一周，即10月14日上午开始。"


def terms(text: str) -> dict[int, float]:
    """Every word counts the same."""
    return {hash(one): 1.0 for one in features(text)}


def test_the_words_of_one_sentence_in_another_order_are_said_by_it() -> None:
    assert is_said_by("南门花坛秋季种植10月14日上午开始。", [SENTENCE], terms)
    english = "After the works the north bed will be planted on 14 October."
    assert is_said_by("The north bed will be planted on 14 October.", [english], terms)


def test_another_figure_or_other_words_are_not() -> None:
    assert not is_said_by("南门花坛秋季种植10月21日上午开始。", [SENTENCE], terms)
    assert not is_said_by("北门喷泉夏季检修10月14日上午开始。", [SENTENCE], terms)
    assert not is_said_by("", [SENTENCE], terms)
