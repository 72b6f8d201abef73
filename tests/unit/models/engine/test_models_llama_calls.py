"""How texts are put into calls of llama.cpp: the memory that it keeps follows its largest batch."""

from __future__ import annotations

from kb.models.engine.llama import _TEXTS_A_CALL, _TOKENS_A_CALL, _calls
from kb.text.tokens import estimate_tokens


def test_a_call_holds_no_more_tokens_than_are_worth_their_memory() -> None:
    texts = [f"{number} 号楼的水泵由动力部保管。" * 4 for number in range(50)]
    calls = [*_calls(texts)]
    assert [text for call in calls for text in call] == texts
    assert all(sum(map(estimate_tokens, call)) <= _TOKENS_A_CALL for call in calls)
    assert len(calls[0]) > 1


def test_a_long_text_has_a_call_of_its_own_and_short_ones_share_one() -> None:
    long = "设备" * 400
    calls = [*_calls(["a", long, *["b"] * (_TEXTS_A_CALL + 1)])]
    assert [len(call) for call in calls] == [1, 1, _TEXTS_A_CALL, 1]
    assert [*_calls([])] == []
