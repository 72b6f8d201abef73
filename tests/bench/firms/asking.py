"""Questions being drawn: which language, which wording, which condition; and what they need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from types import ModuleType

from tests.bench.firms import wording_en, wording_zh
from tests.bench.firms.frames import Column, Firm, Frame, Kind, Row
from tests.bench.firms.laid import Value

Record = dict[str, object]
Need = Sequence[Sequence[str]]

OTHER_LANGUAGE = 0.22
"""This share of the questions is not in the language of the documents."""
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in the question's words, and which rows meet it."""

    words: str
    holds: Callable[[Row], bool]
    column: Column


@dataclass(slots=True)
class Asker:
    firm: Firm
    rnd: Random
    lang: str = "zh"
    records: list[Record] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def turn(self) -> None:
        """The next question's language."""
        other = self.rnd.random() < OTHER_LANGUAGE
        self.lang = {"zh": "en", "en": "zh"}[self.firm.lang] if other else self.firm.lang

    @property
    def zh(self) -> bool:
        return self.lang == "zh"

    @property
    def words(self) -> ModuleType:
        return wording_zh if self.zh else wording_en

    def pick(self, bank: str, *path: object) -> str:
        """One of a class's wordings."""
        found = getattr(self.words, bank)
        for one in path:
            found = found[one]
        return str(self.rnd.choice(found))

    def word(self, column: Column) -> str:
        return self.rnd.choice(column.zh if self.zh else column.en)

    def unit(self, column: Column) -> str:
        return column.unit[not self.zh]

    def noun(self, frame: Frame) -> dict[str, str]:
        thing = frame.thing
        if self.zh:
            return {"n": thing.zh, "m": thing.measure, "s": thing.zh}
        return {"n": thing.en, "m": "", "s": thing.many}

    def subject(self, frame: Frame, row: Row) -> str:
        """How one row is spoken of."""
        handle = self.rnd.choice(frame.handles)
        value = str(row[handle.head])
        if handle.kind is Kind.KEY:
            form = self.rnd.choice(self.words.SUBJECT_BY_KEY)
            return str(form.format(v=value, k=self.word(handle), **self.noun(frame)))
        return value

    def on(self, day: date) -> str:
        """A date as somebody may write it."""
        forms = [day.isoformat(), f"{day.year}/{day.month}/{day.day}"]
        if self.zh:
            forms += [
                f"{day.year}年{day.month}月{day.day}日",
                f"{day.year}年{day.month}月{day.day}号",
            ]
        else:
            month = MONTHS[day.month - 1]
            forms += [f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}"]
        return self.rnd.choice(forms)

    def month(self, day: date) -> str:
        if self.zh:
            return f"{day.year}年{day.month}月"
        return f"{MONTHS[day.month - 1]} {day.year}"

    def day_of(self, day: date) -> str:
        """A day of a plan whose year goes without saying."""
        if self.zh:
            return f"{day.month}月{day.day}{self.rnd.choice('日号')}"
        return f"{day.day} {MONTHS[day.month - 1]}"

    # --- conditions -------------------------------------------------------------------

    def condition(
        self, frame: Frame, *, but: Sequence[Column] = (), kinds: Iterable[Kind] = ()
    ) -> Condition | None:
        """A condition on one of its columns; None where there is none."""
        wanted = tuple(kinds) or (Kind.CHOICE, Kind.CHOICE, Kind.PERSON, Kind.NUMBER, Kind.PERCENT)
        found = [
            one
            for kind in wanted
            for one in frame.of(kind)
            if one not in but and (one.by or kind in (Kind.NUMBER, Kind.PERCENT))
        ]
        if not found:
            return None
        column = self.rnd.choice(found)
        if column.by:
            return self.equals(column, self.rnd.choice(frame.rows)[column.head])
        return self._bounded(column, [worth(row, column) for row in frame.rows])

    def equals(self, column: Column, value: Value, *, negated: bool = False) -> Condition:
        assert column.by is not None, "only columns with words for it are asked by value"
        by = column.by
        form = (by.zh_not if negated else by.zh) if self.zh else by.en_not if negated else by.en
        head = column.head
        return Condition(
            form.format(value), lambda row: (row[head] == value) is not negated, column
        )

    def _bounded(self, column: Column, values: Sequence[float]) -> Condition:
        """Strict bounds, or both ends included; round numbers, some of which are values."""
        low, high = sorted(self.rnd.sample(range(10, 95), 2))
        ordered = sorted(values)
        a, b = (_round(ordered[len(ordered) * one // 100], column) for one in (low, high))
        word, unit = self.word(column), self.unit(column)
        said_a, said_b = self.amount(a, column), self.amount(b, column)
        way = self.rnd.choice(("above", "below", "between"))
        if way == "between" and a < b:
            words = (
                f"{word}在{said_a}到{said_b}{unit}之间的"
                if self.zh
                else f"with {word} between {said_a} and {said_b} {unit}"
            )
            return Condition(words, lambda row: a <= worth(row, column) <= b, column)
        bound, said = (b, said_b) if way == "above" else (a, said_a)
        above = way == "above"
        if self.zh:
            how = self.rnd.choice(("超过", "高于") if above else ("低于", "不到"))
            words = f"{word}{how}{said}{unit}的"
        else:
            how = self.rnd.choice(("above", "over") if above else ("below", "under"))
            words = f"with {word} {how} {said} {unit}"
        return Condition(words, _beyond(column, bound, above=above), column)

    def amount(self, value: float, column: Column) -> str:
        """A bound as it is said in the question, in the column's unit."""
        if column.kind is Kind.PERCENT:
            return _plain(value * 100)
        if self.zh and value >= 10_000 and value % 1_000 == 0 and self.rnd.random() < 0.5:
            return f"{_plain(value / 10_000)}万"
        if value >= 10_000 and self.rnd.random() < 0.5 and value == int(value):
            return f"{int(value):,}"
        return _plain(value)

    # --- what is asked ----------------------------------------------------------------

    def ask(
        self,
        cls: str,
        text: str,
        need: Need,
        source: Sequence[str],
        *,
        wrong: Iterable[str] = (),
        forbid: Iterable[str] = (),
        hist: Sequence[str] = (),
        kind: str = "",
        note: str = "",
    ) -> bool:
        """Take a question in, unless it was asked before or says its own answer."""
        said = tidy(text)
        if not self.zh:
            said = said[0].upper() + said[1:]
        if said in self.asked or gives_away(said, need):
            return False
        self.asked.add(said)
        needed = {one for group in need for one in group}
        self.records.append(
            {
                "id": f"{self.firm.name}-{len(self.records) + 1:03d}",
                "cls": cls,
                "lang": self.lang,
                "answerable": cls != "unanswerable",
                "kind": kind,
                "question": said,
                "hist": list(hist),
                "need": [list(group) for group in need],
                "source": list(dict.fromkeys(source)),
                "wrong": [one for one in dict.fromkeys(wrong) if one not in needed][:6],
                "forbid": [one for one in dict.fromkeys(forbid) if one not in said][:8],
                "note": note,
            }
        )
        return True


def _beyond(column: Column, bound: float, *, above: bool) -> Callable[[Row], bool]:
    if above:
        return lambda row: worth(row, column) > bound
    return lambda row: worth(row, column) < bound


def _round(value: float, column: Column) -> float:
    """A round number near it."""
    if column.kind is Kind.PERCENT:
        return round(value * 200) / 200
    step = max(int(f"1{'0' * (len(str(int(value))) - 2)}"), column.scale)
    return round(value / step) * step


def worth(row: Row, column: Column) -> float:
    value = row[column.head]
    assert isinstance(value, int | float), f"{column.head} holds {value!r}"
    return value * column.scale


def _plain(value: float) -> str:
    return f"{round(value, 4):.4f}".rstrip("0").rstrip(".")


def tidy(text: str) -> str:
    """Without what an empty slot leaves behind."""
    return re.sub(r" +([?.,:])", r"\1", re.sub(r" {2,}", " ", text)).strip()


def gives_away(text: str, need: Need) -> bool:
    """Whether a number that is needed stands in the question, which the judge would not count."""
    said = {float(one) for one in _NUMBER.findall(text.replace(",", ""))}
    return any(
        float(bare) in said
        for group in need
        for one in group
        if _NUMBER.fullmatch(bare := one.strip("~%"))
    )


def told(row: Row, column: Column) -> list[str]:
    """The ways in which an answer may say a cell."""
    value = row[column.head]
    if isinstance(value, date):
        return [value.isoformat()]
    if column.kind is Kind.PERCENT and isinstance(value, float):
        return [f"{_plain(value * 100)}%"]
    if isinstance(value, int | float):
        return amounts(value, column)
    return [str(value)]


def amounts(value: float, column: Column) -> list[str]:
    """A sum as it is displayed, and what it is worth."""
    return list(dict.fromkeys((_plain(value), _plain(value * column.scale))))


def about(value: float, column: Column) -> list[str]:
    if column.kind is Kind.PERCENT:
        return [f"~{value * 100:.4f}%"]
    return list(dict.fromkeys((f"~{value:.4f}", f"~{value * column.scale:.4f}")))


def names_of(frame: Frame, row: Row) -> list[str]:
    """By what a row may be told in an answer."""
    return [str(row[column.head]) for column in frame.handles]


def free_day(days: Sequence[date], rnd: Random) -> date:
    """A day among these that is none of them."""
    low, high = min(days), max(days)
    while True:
        found = low + timedelta(rnd.randrange(1, (high - low).days))
        if found not in days:
            return found
