"""A day that follows from another day and a length of time in one passage: when a contract ends
that runs for 18 months from 1 February, when a project began that took 14 months.

A language model adds months badly. Where its own day is supported by nothing, or is the one on the
other side, and the passage that it cites states exactly one day on that side and one length of time
near it, the day is computed, and the answer shows from what.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kb.answering.values import DAY, Value, day_of, values
from kb.text.english_numbers import ENGLISH_NUMBER, ENGLISH_NUMBERS
from kb.text.fold import fold, standard
from kb.text.language import Language
from kb.text.question import Question
from kb.types import Passage

_WHEN = re.compile(
    r"何时|什么时候|什么时间|哪[年一天]|哪个月|几[号月]|哪天|到期日"
    r"|\bwhen\b|\bwhat (?:day|date|month)\b"
)
_END = re.compile(
    r"到期|届满|截止|终止|结束|为止|满期|过期"
    r"|\b(?:expir\w*|ends?|run out|finish\w*|terminat\w*|over)\b"
)
_START = re.compile(
    r"开始|启动|开工|起始|起步|立项|\b(?:start\w*|beg[aiu]n\w*|commenc\w*|launch\w*)\b"
)
_BEGINS = re.compile(
    r"^[^，,。；;]{0,4}?(?:起|开始|生效|施行|启用|开工)|^\s*onwards?\b|^[^.;,]{0,12}\b(?:start|effective)"
)
_BEGINS_BEFORE = re.compile(
    r"(?:自|从|始于|\b(?:from|since|effective|commenc\w+|beg[aiu]n\w*|start\w*)(?: on)?)\s*$"
)
_ENDS = re.compile(r"^[^，,。；;]{0,6}?(?:结项|竣工|完成|完工|结束|验收|截止|到期|止|关闭)")
_ENDS_BEFORE = re.compile(
    r"\b(?:completed|finished|closed|ended|ends|until|till|to)\b[^.;]{0,12}$|(?:至|到)\s*$"
)
_LENGTHS = {"year": 12, "month": 1, "week": 7, "day": 1}
_NOTICE = re.compile(
    r"通知|解除|解约|退租|终止|续[约签期]|退出|\b(?:notice|terminat\w+|cancel\w*|renew\w*|prolong\w*|extend\w*)\b"
)
_LATEST = re.compile(
    r"最[晚迟后]|之?前(?:要|得|必须|应)|\b(?:latest|last (?:day|date)|by when|no later|deadline)\b"
)
_NOTICE_BEFORE = re.compile(r"提前[^,。;]{0,4}$|\b(?:with|of|at least|giving|give)\s*(?:an?\s)?$")
_NOTICE_BEHIND = re.compile(
    r"^[^,。;]{0,8}(?:通知|告知|提出)|^[’'s]*\s*(?:(?:prior|written|advance)\s)*notice|^\s*before"
)
_MARK = re.compile(r"[。;\n]|\.\s")
_TERM = re.compile(
    r"为期|历时|(?:租|合同|服务|有效|质保|保修|工|任|聘)期(?:限)?(?:为|是|:)?\s*$|期限(?:为|是|:)?\s*$"
    r"|\b(?:term|duration|period|valid for|runs? for|lasts?|lasting)\b[^.;]{0,6}$"
)
_NEAR = 80
"""Characters between the day and the length of time."""


@dataclass(frozen=True, slots=True)
class Derived:
    """The answer, with the marker of the passage that it was computed from."""

    text: str
    passage: Passage
    known: Value
    deadline: date | None = None
    """The day itself, where it is the last one for a notice."""

    def is_mistaken_in(self, answer: str) -> bool:
        """Whether an answer, without markers, tells no other day than the one on the other side:
        the beginning where the end is asked for. Or not the last day for a notice, where that is
        asked for: that of the term's end is no answer to it, and neither is the time of notice."""
        days = [one for one in values(answer) if one.kind == DAY]
        if last := self.deadline:
            return not any(day_of(one, str(last.year)) == last for one in days)
        return bool(days) and all(one.agrees(self.known) for one in days)


def derived(question: Question, passages: Sequence[Passage]) -> Derived | None:
    """The day that a question asks for, computed from the first passage that allows it; None where
    it asks for none, or where a passage states the day itself."""
    if _NOTICE.search(question.folded) and _LATEST.search(question.folded):
        return next((one for passage in passages if (one := _notice(passage, question))), None)
    ends, starts = _END.search(question.folded), _START.search(question.folded)
    if not _WHEN.search(question.folded) or bool(ends) == bool(starts):
        return None
    for passage in passages:
        if found := _in(passage, question, forward=bool(ends)):
            return found
    return None


def _in(passage: Passage, question: Question, *, forward: bool) -> Derived | None:
    term = _term(passage, forward=forward)
    if term is None:
        return None
    day, length, moved = term
    told = _sentence(moved, day, length, question, forward=forward)
    return Derived(f"{told}{_gap(question)}[{passage.n}]", passage, day)


def _term(passage: Passage, *, forward: bool) -> tuple[Value, Value, date] | None:
    """The day that a passage states on one side, the length of time, and the day on the other."""
    text = _in_digits(passage.text)
    found = values(text)
    days = [one for one in found if one.kind == DAY and len(one.amount) > 1]
    known = [one for one in days if _is_on(text, one, start=forward)]
    asked = [one for one in days if _is_on(text, one, start=not forward)]
    if len(known) != 1 or asked:
        return None
    lengths = [*_lengths(text, found, known[0])]
    day = day_of(known[0])
    if len(lengths) != 1 or day is None:
        return None
    return known[0], lengths[0], _moved(day, lengths[0], forward=forward)


def _in_digits(text: str) -> str:
    """In half width, with the numbers that English spells as digits: three years, 3 years."""
    return ENGLISH_NUMBER.sub(lambda m: str(ENGLISH_NUMBERS[m[0].lower()]), standard(text))


def _notice(passage: Passage, question: Question) -> Derived | None:
    """The last day on which notice can be given: the term's last day less the time of notice,
    where a passage states one of each."""
    text = _in_digits(passage.text)
    found = values(text)
    times = [
        one
        for one in found
        if one.kind in _LENGTHS
        and (
            _NOTICE_BEFORE.search(fold(text[max(one.start - 12, 0) : one.start])) or one.start == 0
        )
        and _NOTICE_BEHIND.match(fold(text[one.start + len(one.text) :][:24]))
    ]
    ends = [
        one
        for one in found
        if one.kind == DAY and len(one.amount) > 1 and _is_on(text, one, start=False)
    ]
    term = None if ends else _term(passage, forward=True)
    end = day_of(ends[0]) if len(ends) == 1 else term[2] if term else None
    if len(times) != 1 or end is None:
        return None
    count = int(times[0].amount[-1]) * _LENGTHS[times[0].kind]
    last = _back(end, times[0].kind, count)
    ahead = times[0].text
    if question.language is Language.ZH:
        told = f"{_in_chinese(last)}（{_in_chinese(end)}期满，提前{ahead}）。"
    else:
        told = f"{last} (reckoned: {ahead} before the term ends on {end})."
    known = ends[0] if ends else term[0] if term else None
    assert known is not None
    return Derived(f"{told}{_gap(question)}[{passage.n}]", passage, known, last)


def _in_chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _back(end: date, kind: str, count: int) -> date:
    """The same day some months before, the last one of a month where the end is that."""
    if kind in ("week", "day"):
        return end - timedelta(count)
    months = end.year * 12 + end.month - 1 - count
    year, month = months // 12, months % 12 + 1
    last = monthrange(year, month)[1]
    is_last = end.day == monthrange(end.year, end.month)[1]
    return date(year, month, last if is_last else min(end.day, last))


def _gap(question: Question) -> str:
    return "" if question.language is Language.ZH else " "


def _is_on(text: str, day: Value, *, start: bool) -> bool:
    """Whether a day is one on which something begins, or ends."""
    before = fold(text[max(day.start - 20, 0) : day.start])
    behind = fold(text[day.start + len(day.text) :][:20])
    if start:
        return bool(_BEGINS.search(behind) or _BEGINS_BEFORE.search(before))
    return bool(_ENDS.search(behind) or _ENDS_BEFORE.search(before))


def _lengths(text: str, found: Sequence[Value], day: Value) -> Iterator[Value]:
    """Those in the day's own sentence, or named as a term near it, that are no part of a date: the
    30 days in which an invoice is paid are none of the contract's."""
    for one in found:
        between = text[min(one.start, day.start) : max(one.start, day.start)]
        whole = one.amount[-1].isdigit() and len(one.amount) == 1 and len(one.amount[-1]) < 4
        own = not _MARK.search(between) or _TERM.search(
            fold(text[max(one.start - 16, 0) : one.start])
        )
        if one.kind in _LENGTHS and whole and own and len(between) <= _NEAR:
            yield one


def _sentence(found: date, day: Value, length: Value, question: Question, *, forward: bool) -> str:
    exact = forward or length.kind in ("week", "day")
    if question.language is Language.ZH:
        told = f"{found.year}年{found.month}月" + (f"{found.day}日" if exact else "")
        side = "起" if forward else "往前"
        return f"{told}（按{day.text}{side}{length.text}推算）。"
    told = found.isoformat() if exact else f"{found:%Y-%m}"
    side = "from" if forward else "back from"
    return f"{told} (reckoned: {length.text} {side} {day.text})."


def _moved(known: date, length: Value, *, forward: bool) -> date:
    """The last day of a length of time that begins on a day, or the day on which one began that
    ended on it."""
    count = int(length.amount[-1]) * _LENGTHS[length.kind]
    if length.kind in ("week", "day"):
        return known + timedelta(count - 1) if forward else known - timedelta(count - 1)
    months = known.year * 12 + known.month - 1 + (count if forward else -count)
    year, month = months // 12, months % 12 + 1
    moved = date(year, month, min(known.day, monthrange(year, month)[1]))
    return moved - timedelta(1) if forward else moved
