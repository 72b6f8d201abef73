"""Per what an amount is: 210元 of 每小时210元 and 36,000元 of 年费36,000元 are no two prices of one
thing, and neither are an hourly and a yearly fee."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb.answering.values import Value
from kb.text.fold import fold, standard

_BEFORE = 16
"""Characters before an amount, in its clause, in which it says per what it is."""

_PER: Mapping[str, tuple[str, str]] = {
    "year": ("年", "year|annum"),
    "quarter": ("季度?", "quarter"),
    "month": ("月", "month"),
    "week": ("周|星期", "week"),
    "day": ("[天日]", "day"),
    "night": ("[晚夜]", "night"),
    "hour": ("个?(?:小时|钟头)", "hour|h"),
    "tonne": ("吨", "tonne|ton"),
    "piece": ("[台只个件套块份张支盒箱]", "piece|unit|item|copy"),
    "m2": ("平方米|平米|㎡", "square met(?:re|er)|m2"),
    "m3": ("立方米?|方|m³", "cubic met(?:re|er)|m3|m³"),
    "person": ("[人名位]", "person|head|employee"),
    "time": ("次", "visit|time|call"),
    "shift": ("班", "shift"),
}
_ADJECTIVES: Mapping[str, str] = {
    "year": r"年(?=[费薪租金付息度])|\b(?:annual|yearly)\b",
    "quarter": r"季度?(?=[费租付])|\bquarterly\b",
    "month": r"月(?=[费薪租付供租金])|\bmonthly\b",
    "week": r"周(?=[薪租费])|\bweekly\b",
    "day": r"日(?=[薪租费])|\bdaily\b",
    "hour": r"时(?=[薪租])|\bhourly\b",
}
_AHEAD = {
    name: re.compile(
        rf"[每单一]\s*(?:{han})|\b(?:per|each|every|an?)\s+(?:{english})\b"
        + (f"|{_ADJECTIVES[name]}" if name in _ADJECTIVES else "")
    )
    for name, (han, english) in _PER.items()
}
_BEHIND = {
    name: re.compile(
        rf"\s*(?:[/／每]\s*(?:{han})|/\s?(?:{english})\b"
        rf"|(?:an?|per|for each|for every|each|every)\s+(?:{english})s?\b)"
    )
    for name, (han, english) in _PER.items()
}
_CLAUSE = re.compile(r"[,;:。]")


def per(value: Value, sentence: str) -> frozenset[str]:
    """What an amount of a sentence is for each of; empty where it says nothing of that."""
    text = standard(sentence)
    behind = fold(text[value.start + len(value.text) :][:32])
    if found := frozenset(name for name, form in _BEHIND.items() if form.match(behind)):
        return found
    before = text[max(value.start - _BEFORE, 0) : value.start]
    clause = fold(_CLAUSE.split(before)[-1])
    return frozenset(name for name, form in _AHEAD.items() if form.search(clause))


def are_rates_of_two_kinds(one: Value, here: str, other: Value, there: str) -> bool:
    """Whether both amounts, each of its sentence, say per what they are, and not the same."""
    own, else_ = per(one, here), per(other, there)
    return bool(own and else_ and not own & else_)
