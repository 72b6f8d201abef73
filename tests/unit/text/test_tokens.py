"""How many tokens a text has, without a tokenizer."""

from __future__ import annotations

import pytest

from kb.text.tokens import chat_tokens, estimate_tokens


def test_a_token_estimate_grows_with_the_text() -> None:
    assert estimate_tokens("") == 0
    assert 250 <= estimate_tokens("知识库离线可用" * 50) <= 300
    assert 180 <= estimate_tokens("the knowledge base works offline " * 27) <= 280
    assert estimate_tokens("13800138000") >= 6


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("合同总金额为人民币1,280,000元，分三期支付。", 20),
        ("The X200 pump delivers 50 m3/h at a head of 32 m. Change the oil every 500 hours.", 32),
    ],
)
def test_the_estimate_is_never_below_what_the_demo_model_counts(text: str, counted: int) -> None:
    """`counted`: by Qwen2.5's own tokenizer, see docs/retrieval.md."""
    assert counted <= chat_tokens(text) <= 2 * counted


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("abc", 1), ("abcdefghij", 4), ("1 2", 3), ("张飞", 2), ("ＡＢ。", 3), ("─│", 3), ("😀", 2)],
)
def test_a_chat_model_is_reckoned_with_a_token_for_each_mark_and_chinese_character(
    text: str, tokens: int
) -> None:
    assert chat_tokens(text) == tokens
