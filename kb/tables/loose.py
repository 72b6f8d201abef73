"""Single words that name a column by what is asked beside them: what does she do, 造 of 建造年份,
船 of 船名."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.tables import concepts
from kb.tables.column_names import bare
from kb.tables.durations import ENDS
from kb.tables.links import ColumnLink, Links, Strength
from kb.tables.operations import Want
from kb.tables.shape import Shape
from kb.tables.spans import overlaps
from kb.text.han import HAN

_DOES = re.compile(
    r"^what (?:does|do|did)(?= .* (?P<do>do)(?: for a living)?\W*$)"
    r"|(?:是)?[做干](?:什么|啥)(?:工作|活儿?)?的?"
)
_TIMELESS = re.compile(rf"[^{HAN}]|[年月日期时间点天的在前后到是有哪几号]")
_NOUN = re.compile(rf"[的三四五六七八九十](?P<noun>[{HAN}])(?=有|都|是|\W*$)")


def link_work(found: Links, taken: list[tuple[int, int]]) -> None:
    """What somebody does is the column of posts; a table without one does not say it."""
    match = _DOES.search(found.text)
    if not match:
        return
    posts = concepts.groups("职务")
    names = [concepts.groups(bare(one.name.lower())) for one in found.table.columns]
    columns = tuple(c for c, own in enumerate(names) if own & posts)
    if columns and not overlaps(*match.span(), taken):
        found.columns.append(ColumnLink(*match.span(), columns[:1], Strength.CONCEPT))
        taken.append(match.span())
        if match["do"]:
            found.named.append(match.span("do"))
            taken.append(match.span("do"))


def does_work(text: str) -> bool:
    """Whether it is asked what somebody does."""
    return _DOES.search(text) is not None


def link_people(
    found: Links, taken: list[tuple[int, int]], people: Iterable[tuple[int, int]], shape: Shape
) -> None:
    """员工 and people are the rows of a list of people."""
    for start, end in people:
        if not overlaps(start, end, taken) and shape.lists_people:
            found.people.append((start, end))
            taken.append((start, end))


def link_loose(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """What is left of the question: a character of the day, or the person, that is asked for, and
    of the rows."""
    _link_time_verbs(found, taken, shape)
    _link_person_verbs(found, taken, shape)
    _link_nouns(found, taken, shape)


def _link_time_verbs(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """Beside a day that is asked for, or said, a character of one column of days names it."""
    if not found.periods and not any(one.want is Want.TIME for one in found.wants):
        return
    if {c for one in found.columns for c in one.columns} & {*shape.times}:
        return
    for at, char in enumerate(found.text):
        if overlaps(at, at + 1, taken) or _TIMELESS.match(char):
            continue
        columns = tuple(c for c in shape.times if char in shape.names[c])
        if _UNTIL.match(found.text, at + 1):  # 租到什么时候 is not when it began
            columns = tuple(c for c in shape.times if ENDS.search(shape.names[c]))
        if len(columns) == 1:
            found.columns.append(ColumnLink(at, at + 1, columns, Strength.PART))
            taken.append((at, at + 1))
            return


_UNTIL = re.compile(r"[到至](?:什么时候|何时|哪|几)")


def _link_person_verbs(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """Beside who a character of one column of people names it: 谁管 is the 管理员."""
    if {c for one in found.columns for c in one.columns} & {*shape.people}:
        return
    for match in _WHO.finditer(found.text):
        span = match.span("verb")
        columns = tuple(c for c in shape.people if match["verb"] in shape.names[c])
        if len(columns) == 1 and not overlaps(*span, taken):
            found.columns.append(ColumnLink(*span, columns, Strength.PART))
            taken.append(span)


_WHO = re.compile(rf"谁来?(?P<verb>[{HAN}])(?=的|了|\W*$)")


def _link_nouns(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """What the rows are, by the one character that begins the name of a label."""
    for match in _NOUN.finditer(found.text):
        span = match.span("noun")
        begins = any(
            bare(shape.names[c]).rpartition(" ")[2].startswith(match["noun"]) for c in shape.labels
        )
        if begins and not overlaps(*span, taken):
            found.named.append(span)
            taken.append(span)
