"""Questions over many rows of one table: counts, lists, sums, shares, groups, dates."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from tests.bench.firms.asking import Asker, Condition, about, amounts, free_day, names_of, worth
from tests.bench.firms.frames import Column, Frame, Kind, Row

_LONGEST_LIST = 10


def a_frame(asker: Asker, *kinds: Kind) -> Frame | None:
    """A frame that has a column of one of these kinds."""
    found = [one for one in asker.firm.frames if not kinds or one.of(*kinds)]
    return asker.rnd.choice(found) if found else None


def _some(frame: Frame, *conditions: Condition) -> list[Row]:
    return [row for row in frame.rows if all(one.holds(row) for one in conditions)]


def joined(asker: Asker, conditions: Sequence[Condition]) -> str:
    return ("" if asker.zh else " and ").join(one.words for one in conditions)


def _two(asker: Asker, frame: Frame) -> list[Condition]:
    """Two conditions on two columns; fewer where there are none."""
    first = asker.condition(frame)
    second = asker.condition(frame, but=(first.column,)) if first else None
    return [one for one in (first, second) if one]


def _bank(asker: Asker, bank: str, frame: Frame) -> str:
    """People are counted and listed in other words as well."""
    people = frame.thing.person and asker.rnd.random() < 0.4
    return asker.pick(f"{bank}_PEOPLE" if people else bank)


def _counted(asker: Asker, cls: str, frame: Frame, conditions: Sequence[Condition]) -> bool:
    some = _some(frame, *conditions)
    if not 0 < len(some) < len(frame.rows):
        return False
    text = _bank(asker, "COUNT", frame).format(f=joined(asker, conditions), **asker.noun(frame))
    return asker.ask(cls, text, [[str(len(some))]], [frame.source])


def count(asker: Asker) -> bool:
    frame = a_frame(asker)
    condition = asker.condition(frame) if frame else None
    return bool(frame and condition and _counted(asker, "count", frame, [condition]))


def count_two(asker: Asker) -> bool:
    frame = a_frame(asker)
    conditions = _two(asker, frame) if frame else []
    if frame is None or len(conditions) < 2:
        return False
    return _counted(asker, "count, two conditions", frame, conditions)


def negation(asker: Asker) -> bool:
    frame = a_frame(asker, Kind.CHOICE)
    if frame is None:
        return False
    column = asker.rnd.choice(frame.of(Kind.CHOICE))
    value = asker.rnd.choice(frame.rows)[column.head]
    conditions = [asker.equals(column, value, negated=True)]
    other = asker.condition(frame, but=(column,), kinds=(Kind.CHOICE,))
    if other and asker.rnd.random() < 0.5:
        conditions.insert(0, other)
    return _counted(asker, "negation", frame, conditions)


def listing(asker: Asker) -> bool:
    frame = a_frame(asker)
    if frame is None:
        return False
    conditions = _two(asker, frame)[: asker.rnd.choice((1, 2))]
    some = _some(frame, *conditions)
    if not conditions or not 2 <= len(some) <= _LONGEST_LIST:
        return False
    need = [names_of(frame, row) for row in some]
    said = [one for group in need for one in group]
    others = [names_of(frame, row)[-1] for row in frame.rows if row not in some]
    forbid = [one for one in others if not any(one in given for given in said)]
    text = _bank(asker, "LIST", frame).format(f=joined(asker, conditions), **asker.noun(frame))
    forbid = asker.rnd.sample(forbid, min(6, len(forbid)))
    return asker.ask("list", text, need, [frame.source], forbid=forbid)


def existence(asker: Asker) -> bool:
    """Whether there is any: two values that stand in the table, in no row (or some) together."""
    frame = a_frame(asker, Kind.CHOICE)
    if frame is None:
        return False
    wanted = [asker.condition(frame, kinds=(Kind.CHOICE,))]
    if wanted[0]:
        wanted.append(asker.condition(frame, but=(wanted[0].column,)))
    conditions = [one for one in wanted if one]
    if len(conditions) < 2:
        return False
    some = _some(frame, *conditions)
    if some and asker.rnd.random() < 0.8:
        return False
    form = asker.pick("EXIST")
    need = [["@yes", str(len(some))]] if some else [["@none", "@no"]]
    text = form.format(f=joined(asker, conditions), **asker.noun(frame))
    return asker.ask("exists" if some else "empty", text, need, [frame.source])


# --- groups ---------------------------------------------------------------------------


def group_by(asker: Asker) -> bool:
    frame = a_frame(asker, Kind.CHOICE)
    if frame is None:
        return False
    columns = [one for one in frame.columns if one.by]
    column, numbers = asker.rnd.choice(columns), [one for one in frame.of(Kind.NUMBER) if one.adds]
    way = asker.rnd.choice(("most", "most", "least", "sum"))
    if way == "sum" and not numbers:
        return False
    summed = asker.rnd.choice(numbers) if way == "sum" else None
    ordered = _grouped(frame, column, summed, reverse=way != "least")
    if len(ordered) < 3 or ordered[0][1] == ordered[1][1]:
        return False
    text = asker.pick("GROUP", way).format(
        c=asker.word(column), d=asker.word(summed) if summed else "", **asker.noun(frame)
    )
    others = [str(value) for value, _ in ordered[1:4]]
    return asker.ask("group by", text, [[str(ordered[0][0])]], [frame.source], wrong=others)


def _grouped(
    frame: Frame, column: Column, summed: Column | None, *, reverse: bool
) -> list[tuple[object, float]]:
    found: dict[object, float] = defaultdict(float)
    for row in frame.rows:
        found[row[column.head]] += worth(row, summed) if summed else 1
    return sorted(found.items(), key=lambda one: one[1], reverse=reverse)


# --- sums and shares ------------------------------------------------------------------


def total(asker: Asker) -> bool:
    return _over_amounts(asker, "sum")


def average(asker: Asker) -> bool:
    return _over_amounts(asker, "average")


def _over_amounts(asker: Asker, cls: str) -> bool:
    frame = a_frame(asker, Kind.NUMBER, Kind.PERCENT)
    if frame is None:
        return False
    columns = [one for one in frame.of(Kind.NUMBER, Kind.PERCENT) if one.adds or cls == "average"]
    condition = asker.condition(frame, kinds=(Kind.CHOICE, Kind.PERSON))
    if not columns or condition is None:
        return False
    column, some = asker.rnd.choice(columns), _some(frame, condition)
    if len(some) < 3:
        return False
    shown = sum(worth(row, column) for row in some) / column.scale
    need = amounts(shown, column) if cls == "sum" else about(shown / len(some), column)
    spent = cls == "sum" and column.most and column.unit[0] == "元" and asker.rnd.random() < 0.3
    form = asker.pick("SPENT" if spent else cls.upper())
    text = form.format(
        f=condition.words, c=asker.word(column), u=asker.unit(column), **asker.noun(frame)
    )
    everything = sum(worth(row, column) for row in frame.rows) / column.scale
    wrong = amounts(everything, column) if cls == "sum" else []
    return asker.ask(cls, text, [need], [frame.source], wrong=wrong)


def ratio(asker: Asker) -> bool:
    frame = a_frame(asker)
    condition = asker.condition(frame, kinds=(Kind.CHOICE,)) if frame else None
    if frame is None or condition is None:
        return False
    some = _some(frame, condition)
    numbers = [one for one in frame.of(Kind.NUMBER) if one.adds]
    if not 0 < len(some) < len(frame.rows):
        return False
    if numbers and asker.rnd.random() < 0.35:
        column = asker.rnd.choice(numbers)
        share = sum(worth(row, column) for row in some) / sum(
            worth(row, column) for row in frame.rows
        )
        form, word = asker.pick("SHARE"), asker.word(column)
    else:
        share, form, word = len(some) / len(frame.rows), asker.pick("RATIO"), ""
    text = form.format(f=condition.words, c=word, **asker.noun(frame))
    return asker.ask("ratio", text, [[f"~{share * 100:.4f}%"]], [frame.source])


# --- ranges of dates ------------------------------------------------------------------


def date_range(asker: Asker) -> bool:
    frame = a_frame(asker, Kind.DATE)
    if frame is None:
        return False
    column = asker.rnd.choice(frame.of(Kind.DATE))
    days = [one for row in frame.rows if isinstance(one := row[column.head], date)]
    way = asker.rnd.choice(("AFTER", "BEFORE", "WITHIN", "IN"))
    first, last, said = _range(asker, way, days)
    words = ""
    condition = asker.condition(frame, but=(column,), kinds=(Kind.CHOICE,))
    some = [row for row in frame.rows if first <= _day(row, column) <= last]
    if condition and asker.rnd.random() < 0.35:
        words, some = condition.words, [row for row in some if condition.holds(row)]
    if not 0 < len(some) < len(frame.rows):
        return False
    verb = column.verb
    assert verb is not None, "a column of dates says what happened"
    text = asker.pick(way).format(
        f=words, z=verb.zh, past=verb.past_of(many=True), **said, **asker.noun(frame)
    )
    return asker.ask("date range", text, [[str(len(some))]], [frame.source])


def _day(row: Row, column: Column) -> date:
    value = row[column.head]
    assert isinstance(value, date)
    return value


def _range(asker: Asker, way: str, days: list[date]) -> tuple[date, date, dict[str, str]]:
    """The first and last day of it, and its ends in words. No row lies on an end that is said."""
    if way == "IN":
        return _calendar(asker, days)
    one, other = sorted((free_day(days, asker.rnd), free_day(days, asker.rnd)))
    if way == "AFTER":
        return one, max(days), {"a": asker.on(one)}
    if way == "BEFORE":
        return min(days), other, {"a": asker.on(other)}
    return one, other, {"a": asker.on(one), "b": asker.on(other)}


def _calendar(asker: Asker, days: list[date]) -> tuple[date, date, dict[str, str]]:
    """A year, a quarter or a month in which something happened."""
    day = asker.rnd.choice(days)
    way = asker.rnd.choice(("year", "quarter", "month"))
    if way == "year" and len(Counter(one.year for one in days)) > 1:
        said = f"{day.year}年" if asker.zh else str(day.year)
        return date(day.year, 1, 1), date(day.year, 12, 31), {"a": said}
    if way == "quarter":
        number = (day.month - 1) // 3
        name = (
            f"{day.year}年{'第' * asker.rnd.randrange(2)}{'一二三四'[number]}季度"
            if asker.zh
            else f"the {('first', 'second', 'third', 'fourth')[number]} quarter of {day.year}"
        )
        last = calendar.monthrange(day.year, number * 3 + 3)[1]
        first_day = date(day.year, number * 3 + 1, 1)
        return first_day, date(day.year, number * 3 + 3, last), {"a": name}
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=last), {"a": asker.month(day)}
