"""Columns and rows drawn by a seed: the kinds that offices' lists are made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from tests.bench.firms.frames import By, Column, Frame, Kind, Maker, Row, Thing, Verb
from tests.bench.firms.laid import Value

Words = tuple[str, ...]

_FAMILY = (
    "陶邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史"
    "唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅"
)
_GIVEN = (
    "伯言安之若溪景行子衿明轩书瑶知夏亦舒怀瑾清和望舒承宇晚晴思齐"
    "雨桐嘉木静姝云帆可心逸尘佩玲建业丽华国梁"
)
_FIRST = [
    "Aisha",
    "Alan",
    "Beatriz",
    "Callum",
    "Chloe",
    "Daniel",
    "Dilys",
    "Edmund",
    "Elif",
    "Farida",
    "Gareth",
    "Grace",
    "Hamish",
    "Imogen",
    "Ivan",
    "Jasmine",
    "Joel",
    "Kenji",
    "Kirsty",
    "Leon",
    "Lucia",
    "Marek",
    "Mei",
    "Nadia",
    "Noah",
    "Olga",
    "Oscar",
    "Petra",
    "Quentin",
    "Rhys",
    "Ruth",
    "Samir",
    "Sofia",
    "Tamsin",
    "Tobias",
    "Uma",
    "Viktor",
    "Wanda",
    "Yusuf",
    "Zara",
]
_LAST = [
    "Abbott",
    "Barlow",
    "Castell",
    "Dunmore",
    "Ekwueme",
    "Fairley",
    "Gupta",
    "Hollis",
    "Ibsen",
    "Jarvis",
    "Kowalski",
    "Lindqvist",
    "Mbeki",
    "Norwood",
    "Okafor",
    "Pemberton",
    "Quayle",
    "Rossi",
    "Sandhu",
    "Thackeray",
    "Underhill",
    "Vance",
    "Whitlock",
    "Yamada",
    "Zeller",
    "Ashdown",
    "Brightwell",
    "Cromer",
    "Delaney",
    "Eastham",
]


def people(rnd: Random, count: int, lang: str) -> list[str]:
    """So many different names."""
    found: dict[str, None] = {}
    while len(found) < count:
        if lang == "zh":
            given = "".join(rnd.sample(_GIVEN, rnd.choice((1, 2, 2, 2))))
            found[rnd.choice(_FAMILY) + given] = None
        else:
            found[f"{rnd.choice(_FIRST)} {rnd.choice(_LAST)}"] = None
    return list(found)


def frame(
    rnd: Random,
    name: str,
    source: str,
    thing: Thing,
    columns: Sequence[Column],
    count: int,
    *,
    hidden: int = 0,
) -> Frame:
    """A table of so many rows, and some more that are hidden."""
    rows: list[Row] = []
    for number in range(count + hidden):
        row: dict[str, Value] = {}
        for column in columns:
            row[column.head] = column.make(rnd, number, row)
        rows.append(row)
    return Frame(name, source, thing, tuple(columns), tuple(rows[:count]), tuple(rows[count:]))


def ordered(one: Frame, head: str) -> Frame:
    """The same rows in the order of a column."""
    rows = sorted(one.rows, key=lambda row: str(row[head]))
    return Frame(one.name, one.source, one.thing, one.columns, tuple(rows), one.hidden)


# --- what cells are made by -----------------------------------------------------------


def listed(values: Sequence[Value]) -> Maker:
    return lambda rnd, number, row: values[number]


def one_of(values: Sequence[Value], weights: Sequence[float] | None = None) -> Maker:
    return lambda rnd, number, row: rnd.choices(values, weights)[0]


def whole(low: int, high: int, step: int = 1) -> Maker:
    return lambda rnd, number, row: rnd.randrange(low, high + 1, step)


def rate(low: float, high: float) -> Maker:
    return lambda rnd, number, row: round(rnd.uniform(low, high), 3)


def between(first: date, last: date) -> Maker:
    span = (last - first).days
    return lambda rnd, number, row: first + timedelta(rnd.randrange(span + 1))


def numbered(pattern: str, start: int, step: int = 1) -> Maker:
    return lambda rnd, number, row: pattern.format(start + number * step)


def distinct(rnd: Random, pattern: str, count: int, low: int, high: int) -> list[str]:
    """So many different codes of a pattern, which takes a number."""
    return [pattern.format(one) for one in rnd.sample(range(low, high), count)]


# --- columns --------------------------------------------------------------------------


def key(head: str, make: Maker, zh: Words, en: Words) -> Column:
    return Column(head, Kind.KEY, make, zh, en)


def name(head: str, make: Maker, zh: Words, en: Words) -> Column:
    return Column(head, Kind.NAME, make, zh, en)


def person(head: str, make: Maker, zh: Words, en: Words, by: By | None = None) -> Column:
    return Column(head, Kind.PERSON, make, zh, en, by=by)


def digits(head: str, make: Maker, zh: Words, en: Words) -> Column:
    return Column(head, Kind.DIGITS, make, zh, en)


def choice(
    head: str, make: Maker, zh: Words, en: Words, by: tuple[str, str, str, str], group: str = ""
) -> Column:
    return Column(head, Kind.CHOICE, make, zh, en, by=By(*by), group=group)


def text(head: str, make: Maker, zh: Words, en: Words) -> Column:
    return Column(head, Kind.TEXT, make, zh, en)


def day(
    head: str, make: Maker, zh: Words, en: Words, verb: Verb, style: str = "", group: str = ""
) -> Column:
    return Column(head, Kind.DATE, make, zh, en, verb=verb, style=style, group=group)


def number(
    head: str,
    make: Maker,
    zh: Words,
    en: Words,
    unit: tuple[str, str],
    *,
    most: tuple[str, str, str, str] | None = None,
    scale: int = 1,
    style: str = "",
    group: str = "",
    mark: str = "",
    adds: bool = True,
) -> Column:
    return Column(
        head, Kind.NUMBER, make, zh, en, None, None, most, unit, scale, style, group, mark, adds
    )


def percent(head: str, make: Maker, zh: Words, en: Words) -> Column:
    return Column(head, Kind.PERCENT, make, zh, en, unit=("%", "percent"), adds=False)
