"""Words that say nothing beside what is linked already: the number of, the bill amount, differ."""

from __future__ import annotations

import re

from kb.table_types import ColumnType
from kb.tables import concepts
from kb.tables.links import DIFFERS, ColumnLink, Links, Strength
from kb.tables.operations import Kind, Want
from kb.tables.series import cover_before
from kb.tables.shape import Shape
from kb.tables.spans import overlaps
from kb.tables.verbs import EVENTS, GAINS, LASTS, is_inflected
from kb.text.fold import fold
from kb.text.han import HAN


def cover_rest(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """All of these, in their order."""
    cover_generic(found, taken)
    cover_counted(found, taken, shape)
    cover_code_names(found, taken)
    cover_differing(found, taken)
    cover_changes(found, taken)
    cover_rows(found, taken, shape)


def cover_differing(found: Links, taken: list[tuple[int, int]]) -> None:
    """The word that says that two columns of numbers are not the same in a row."""
    numeric = [
        link
        for link in found.columns
        if any(found.table.columns[c].type.is_number for c in link.columns)
    ]
    match = DIFFERS.search(found.text)
    if match and len(numeric) == 2 and not overlaps(*match.span(), taken):
        found.named.append(match.span())
        taken.append(match.span())


def cover_generic(found: Links, taken: list[tuple[int, int]]) -> None:
    """In the number of seats, the bill amount, the yearly spend only the column says something."""
    for link in [*found.columns]:
        for pattern, text in (
            (_BEFORE_COLUMN, found.text[: link.start]),
            (_QUALIFIED, found.text[: link.start]),
            (_BEHIND_COLUMN, found.text[link.end :]),
        ):
            match = pattern.search(text)
            if not match:
                continue
            names = [fold(found.table.columns[c].name) for c in link.columns]
            if match["word"] in _OFTEN and not all(map(_OFTEN[match["word"]].search, names)):
                continue  # weekly lessons are no lessons a term
            shift = link.end if pattern is _BEHIND_COLUMN else 0
            span = match.start("word") + shift, match.end("word") + shift
            if not overlaps(*span, taken):
                found.named.append(span)
                taken.append(span)


def cover_units(found: Links, taken: list[tuple[int, int]]) -> None:
    """The unit of one of the columns behind 多少, how many: 多少毫升 of a column in 毫升."""
    numbers = [one for one in found.table.columns if one.type.is_number]
    inner = (_IN_BRACKETS.search(fold(one.name)) for one in numbers)
    units = {*(fold(one.unit) for one in numbers), *(one[1] for one in inner if one)} - {""}
    asking = (Want.NUMBER, Want.DIFFERENCE, Want.MONEY)
    ends = [one.end for one in found.wants if one.want in asking]
    for end in (*ends, *(one.end for one in found.amounts)):
        at = end + (found.text[end : end + 1] == " ")
        for unit in units:
            span = at, at + len(unit)
            if found.text.startswith(unit, at) and not overlaps(*span, taken):
                found.named.append(span)
                taken.append(span)


def cover_changes(found: Links, taken: list[tuple[int, int]]) -> None:
    """Verbs of a change that is asked for: by how much does the fee differ; and, behind the name of
    a column of days, the word for a day: 发运时间 of 发运日期."""
    cover_before(found, taken)
    if any(one.want in (Want.DIFFERENCE, Want.GROWTH) for one in found.wants):
        for match in _CHANGES.finditer(found.text):
            if not overlaps(*match.span(), taken):
                found.named.append(match.span())
                taken.append(match.span())
    for link in [*found.columns]:
        dated = any(found.table.columns[c].type is ColumnType.DATE for c in link.columns)
        word = _DAY_WORD.match(found.text, link.end) if dated else None
        if word and not overlaps(*word.span(), taken):
            found.named.append(word.span())
            taken.append(word.span())


_IN_BRACKETS = re.compile(r"\(([^()]+)\)$")
_CHANGES = re.compile(
    r"(?<![a-z])(?:beat(?:en|s)?|defeat(?:ed|s)?|outscored?|outsold|exceed(?:ed|s)?|surpass(?:ed)?"
    r"|differs?|ris(?:e|en)|rose|f[ae]ll(?:en)?|gr[eo]wn?|increased?|decreased?"
    r"|drop(?:ped)?|declined?|changed?)(?![a-z])"
)
_DAY_WORD = re.compile(r" ?(?:的?(?:时间|日期|日子)|(?:date|day|time)(?![a-z]))")


def cover_counted(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """In 货车数量最多的车型 the number is that of the rows, where no column says how many there are
    of what a row is."""
    extreme = any(one.want in (Want.HIGHEST, Want.LOWEST) for one in found.wants)
    quantity = concepts.groups("数量") | concepts.groups("库存")
    if not extreme or any(concepts.groups(shape.names[c]) & quantity for c in shape.numbers):
        return
    rows = [(one.start, one.end) for one in found.columns if _names_rows(one, shape)]
    for _, end in [*rows, *found.named, *found.people]:
        match = _NUMBER_OF.match(found.text, end)
        if match and not overlaps(*match.span(), taken):
            found.named.append(match.span())
            taken.append(match.span())


def cover_verbs(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """Verbs that say nothing beside what is linked: that something took place, where the table has
    no other day than the one on which its rows did; and that somebody has the number that is named
    beside the verb (won the most votes, how many votes did she receive)."""
    for match in EVENTS.finditer(found.text):
        by = re.match(r" (?:out )?by ", found.text[match.end() :])
        if not by and not overlaps(*match.span(), taken) and _is_of_rows(found, shape):
            found.named.append(match.span())
            taken.append(match.span())
    for link in found.columns:  # won more than ten games, lost the most games
        numeric = {*link.columns} & {*shape.numbers}
        if numeric and is_inflected(found.text[link.start : link.end]):
            game = _GAMES.search(found.text, link.end)
            if game and not overlaps(*game.span(), taken):
                found.named.append(game.span())
                taken.append(game.span())
    gains = [one for one in GAINS.finditer(found.text) if not overlaps(*one.span(), taken)]
    summed = shape.totals and any(one.want is Want.SUM for one in found.wants)
    if len(gains) == 1 and (summed or _is_gained(found, gains[0], shape)):
        found.named.append(gains[0].span())
        taken.append(gains[0].span())


def cover_rows(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """Words for what rows are where other columns say it (games of a table with opponents), the
    medals of the column Gold; and, where it is asked how long, verbs for lasting."""
    spans = [
        row.span()
        for noun, columns in _ROWS
        if any(map(columns.fullmatch, shape.names))
        for row in noun.finditer(found.text)
    ]
    for link in found.columns:
        of = _MEDALS.match(found.text, link.end) if {*link.columns} & {*shape.numbers} else None
        spans += [of.span()] if of else []
    if any(one.want is Want.DURATION for one in found.wants) or _DAYS.search(found.text):
        spans += [lasts.span() for lasts in LASTS.finditer(found.text)]
    for span in spans:
        if not overlaps(*span, taken):
            found.named.append(span)
            taken.append(span)


def _is_of_rows(found: Links, shape: Shape) -> bool:
    """Whether a day that the question speaks of is that of a row: none is asked for, or the table
    has one only, which is called a date, a year."""
    times = any(one.want is Want.TIME or one.kind is Kind.DATE for one in found.wants)
    if not (found.periods or times):
        return True
    linked = {c for link in found.columns for c in link.columns}
    days = [c for c in shape.times if c not in linked]
    return linked & {*shape.times} != set() or all(shape.is_plain_time(c) for c in days)


def _is_gained(found: Links, verb: re.Match[str], shape: Shape) -> bool:
    numbers = [
        one
        for one in found.columns
        if one.strength is not Strength.ENTITY and {*one.columns} & {*shape.numbers}
    ]
    spans = [(it.start, it.end) for it in found.wants]
    spans += [(it.start, it.end) for it in found.amounts]
    asked = (Want.NUMBER, Want.DIFFERENCE, Want.HIGHEST, Want.LOWEST, Want.SUM, Want.AVERAGE)
    for one in numbers:
        if verb.end() <= one.start:
            between = found.text[verb.end() : one.start]
            for start, end in spans:
                if verb.end() <= start and end <= one.start:
                    between = between.replace(found.text[start:end], " ")
            if all(word in _ARTICLES for word in between.split()):
                return True
        elif any(
            want.want in asked and 0 <= one.start - want.end <= 1 for want in found.wants
        ) and not GAINS.search(found.text[one.end : verb.start()]):
            return True
    return False


_GAMES = re.compile(r"(?<![a-z])(?:games?|match(?:es)?|bouts?|races?|sets?|frames?|legs?)(?![a-z])")
_DAYS = re.compile(r"(?:几|多少)(?:年|个月|天|日)|how many (?:years|months|days)(?![a-z])")
_MEDALS = re.compile(r" medals?(?![a-z])")
_ROWS = (
    (_GAMES, re.compile(r"opponents?|result|score|home(?: team)?|away(?: team)?|visitors?")),
    (
        re.compile(r"(?<![a-z])episodes?(?![a-z])"),
        re.compile(r"directed by|written by|(?:original )?air ?date|.*viewers.*"),
    ),
)
"""What rows are called, and the columns that only such rows have."""
_ARTICLES = frozenset(("the", "a", "an", "of", "more", "fewer", "than", "at", "least", "total"))
_NUMBER_OF = re.compile(r"(?:记录)?的?(?:数量|总数|个数)")


def _names_rows(link: ColumnLink, shape: Shape) -> bool:
    return link.strength is Strength.ENTITY or bool({*link.columns} & {*shape.labels})


def cover_code_names(found: Links, taken: list[tuple[int, int]]) -> None:
    """What a code is called before it, by another name than its column has: 工资号 P52469. The code
    stands in one column alone, so it needs no name."""
    for link in found.values:
        codes = [found.table.columns[c].type is ColumnType.CODE for c in link.columns]
        if codes != [True] or link.part:
            continue
        match = _CODE_NAME.search(found.text[: link.start])
        if match and not overlaps(*match.span("word"), taken):
            found.named.append(match.span("word"))
            taken.append(match.span("word"))


_CODE_NAME = re.compile(
    rf"(?:^|[^{HAN}]|[的查问为是])(?P<word>[{HAN}]{{1,3}}(?:编号|号码|代码|号|码))(?:是|为|:|等于)?\s?$"
)
_BEFORE_COLUMN = re.compile(
    r"(?<![a-z])(?P<word>(?:number|amount|value|count|quantity) of|年度?|yearly|annual|floor|unit"
    r"|current|overall|official|registered|recorded)(?:(?: the)? |(?<=[年度]))$"
)
_OFTEN = {
    "weekly": re.compile(r"week|周"),
    "monthly": re.compile(r"month|月"),
    "daily": re.compile(r"dai|day|日|天"),
}
_QUALIFIED = re.compile(
    r"(?P<word>购入|购置|登记|现有|(?<![a-z])(?:weekly|monthly|daily)(?= ))的? ?$"
)
"""Words before a column's name that leave it what it is: 购入原值 of 原值, weekly lessons of
Lessons per week."""
_BEHIND_COLUMN = re.compile(
    r"^ ?(?P<word>(?:number|amount|value|count|figure|code|id|reference|person|name|rate|type)"
    r"(?![a-z])|类型|类别|种类|名称|编号|号码|次数|数(?!量)|情况|状态)"
)
