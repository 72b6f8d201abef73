"""A month of the question, and documents that are records of another one.

Minutes and reports are of a day. Asked who chairs the committee in June, a small model takes the
May minutes, which have every word of the question but that one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.text.fold import fold
from kb.text.months import MONTH_NAME, month_number
from kb.text.question import Question
from kb.types import Passage

_YEAR = r"(?:19|20)\d\d"
# "May" is a month only where a preposition or a figure says so.
_NAMED = re.compile(
    rf"\b(?P<n>(?!may\b){MONTH_NAME}|(?<=in )may|(?<=of )may|(?<=from )may|(?<=since )may"
    r"|(?<=\d )may|may(?= \d))\b"
    rf"(?:\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?,?\s+(?P<y>{_YEAR}))?"
)
_NUMBERED = re.compile(
    rf"(?:(?P<y>{_YEAR})\s*[年/.-]\s*)?(?<!\d)(?P<m>1[0-2]|0?[1-9])月"
    rf"|(?<!\d)(?P<z>{_YEAR})(?:[-/.](?P<k>0[1-9]|1[0-2])(?!\d)|(?P<j>0[1-9]|1[0-2])[0-3]\d(?!\d))"
)
_RECORD = re.compile(
    r"纪要|会议记录|例会|周报|月报|日报|简报|值班"
    r"|(?<![a-z])(?:minutes|meeting|weekly|monthly|daily|report)(?![a-z])"
)
_BEFORE = re.compile(
    r"(?:截至|截止到?|自从?|从|\b(?:since|before|after|until|till|by|from|as of))\s*$"
)
_BEHIND = re.compile(r"[^月\s]*月份?(?:以[来前后]|之[前后]|起|至今|[初中末底]?前)")
_AS_OF_BEFORE = re.compile(r"(?:截至|截止到?|\b(?:as (?:of|at)|back in)(?: the end of)?)\s*$")
_AS_OF_BEHIND = re.compile(
    r"[^月\s]*月份?[初中末底]?(?:的时候|那(?:时候?|会儿)|当时|时(?![间候段])|为止)"
)
"""Asked is what held then, which is what was decided before: minutes of that month need not say."""


@dataclass(frozen=True, slots=True)
class Month:
    """`year` is 0 where none is named; `word` as the text writes the month, from `start` on."""

    word: str
    number: int
    year: int
    start: int

    def agrees(self, other: Month) -> bool:
        years = {self.year, other.year} - {0}
        return self.number == other.number and len(years) < 2

    def is_before(self, other: Month) -> bool:
        """Whether both have a year and this one is the earlier."""
        known = bool(self.year and other.year)
        return known and (self.year, self.number) < (other.year, other.number)


def months(text: str) -> list[Month]:
    """The months that a folded text names: 6月, june, 2024-06-03."""
    found = [
        Month(m["n"], month_number(m["n"]), int(m["y"] or 0), m.start())
        for m in _NAMED.finditer(text)
    ]
    for one in _NUMBERED.finditer(text):
        number, year = one["m"] or one["k"] or one["j"], one["y"] or one["z"] or 0
        found.append(Month(one[0], int(number), int(year), one.start()))
    return found


def of_another_month(question: Question, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The months of the question that no passage names, where each is of a dated document."""
    texts = [Text.of(one) for one in passages]
    if not texts or not all(months(one.about) for one in texts):
        return ()
    named = [month for one in texts for month in months(one.whole)]
    return tuple(
        one.word for one in _asked(question) if not any(one.agrees(each) for each in named)
    )


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of a text, folded: path, title and section, and with these all of it."""

    about: str
    whole: str

    @classmethod
    def of(cls, passage: Passage) -> Text:
        about = fold("\n".join((passage.source, passage.title, passage.section)))
        return cls(about, f"{about}\n{fold(passage.text)}")

    def is_of(self, month: Month) -> bool:
        """Whether it is a record, and of that month."""
        return self.is_record and any(month.agrees(one) for one in months(self.about))

    def is_of_another(self, month: Month) -> bool:
        """Whether it is a record of other months that does not speak of that one."""
        named = months(self.whole)
        return self.is_record and not any(month.agrees(one) for one in named)

    def is_after(self, month: Month) -> bool:
        """Whether it is a record, and of later months alone."""
        return self.is_record and all(month.is_before(one) for one in months(self.about))

    def is_followed_by(self, other: Text) -> bool:
        """Whether both are records, and the other one is of later months alone."""
        own = months(self.about)
        return self.is_record and any(other.is_after(month) for month in own)

    @property
    def is_record(self) -> bool:
        """Minutes and reports bear their month in name or title; rules and prices, which hold on
        from theirs, are none."""
        return bool(_RECORD.search(self.about) and months(self.about))


def month_asked_for(question: Question) -> Month | None:
    """The one month that a question names, of which it asks."""
    asked = _asked(question)
    only = len({one.number for one in months(question.folded)}) == 1
    return asked[0] if asked and only else None


def month_as_of(question: Question) -> Month | None:
    """The one month of which a question asks what held then: 4月的时候, as of April 2025."""
    text = question.folded
    found = months(text)
    only = len({(one.number, one.year) for one in found}) == 1
    return found[0] if only and _is_as_of(text, found[0]) else None


def _is_as_of(text: str, month: Month) -> bool:
    before, behind = text[: month.start], text[month.start :]
    return bool(_AS_OF_BEFORE.search(before) or _AS_OF_BEHIND.match(behind))


def _asked(question: Question) -> list[Month]:
    """Without those that bound a time: since June, 6月以来; and what is asked as of one."""
    text = question.folded
    return [
        one
        for one in months(text)
        if not _BEFORE.search(text[: one.start])
        and not _BEHIND.match(text[one.start :])
        and not _is_as_of(text, one)
    ]
