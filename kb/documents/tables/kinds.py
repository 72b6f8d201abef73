"""What a cell is by its look."""

from __future__ import annotations

import re

from kb.documents.tables.dates import date_of
from kb.documents.tables.numbers import number_of

CORNER = re.compile(
    r"(?:检查|考核|技术|主要)?(?:项目|参数|指标|属性|字段|名称|内容|规格|类别|科目)"
    r"|items?|propert(?:y|ies)|parameters?|fields?|names?|attributes?|specifications?|metrics?|features?",
    re.I,
)
"""What heads the names of a form where its first row is a head after all."""


def kind_of(text: str) -> str:
    """What a value is by its look: text, number, a number of some unit, date, mail, code."""
    if date_of(text):
        return "date"
    number = number_of(text)
    if number is not None:
        if text.isdecimal() and (len(text) > 10 or (text[0] == "0" and len(text) > 1)):
            return "code"
        return f"number {number.unit.name}".strip()
    if "@" in text:
        return "mail"
    digits = sum(map(str.isdigit, text))
    return (
        "code"
        if digits > 5 and not re.search(r"[^\w\s()+./-]", text) and digits * 2 > len(text)
        else "text"
    )


def is_value(text: str) -> bool:
    return number_of(text) is not None or date_of(text) is not None
