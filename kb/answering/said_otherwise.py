"""Words of a question that a text says by a form: a cost by an amount of money (Hotel: 150 EUR per
night), a limit by "up to", a deadline by "within", March by 2025-03."""

from __future__ import annotations

import re

from kb.answering.other_months import months

_FORMS = (
    (
        "cost costs price prices pay paid charge 花费 费用 价格 收费 价钱",
        r"\d\s*(?:万?元|块|eur|usd|rmb|cny|gbp|yuan|dollars?|euros?|pounds?)(?![a-z])"
        r"|[$€£¥]\s*\d|\d\s*[$€£¥]|\b(?:eur|usd|rmb|cny|gbp)\s*\d",
    ),
    (
        "limit limits maximum ceiling cap 上限 限额 最高 最多",
        r"\b(?:up to|at most|no more than|not exceed|maximum|max)\b"
        r"|不超过|不得超过|以内|至多|最多|最高|上限",
    ),
    (
        "minimum least floor 下限 最低 至少 最少",
        r"\b(?:at least|no less than|not less than|minimum|min)\b|不低于|不少于|至少|最低|起步",
    ),
    (
        "deadline due 期限 截止 时限",
        r"\b(?:by|before|until|within|no later than|due)\b|之?前|以内|内|截止|截至",
    ),
)
_FORM_OF = {word: re.compile(form) for said, form in _FORMS for word in said.split()}


def said_otherwise(word: str, text: str) -> bool:
    """Whether a text has the form that says the word; both folded."""
    form = _FORM_OF.get(word)
    if form:
        return bool(form.search(text))
    asked = {one.number for one in months(f"in {word}")}
    return bool(asked) and bool(asked & {one.number for one in months(text)})
