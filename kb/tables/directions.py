"""From where and to where: of a value that two columns hold, the one that the question means."""

from __future__ import annotations

import re

from kb.tables.links import ValueLink
from kb.tables.shape import Shape

_FROM = re.compile(
    r"出发|始发|起点|起运|发货|发站|发件|寄|装|调出|转出"
    r"|\b(?:from|origin|sender|sent by|depart\w*|source|loading)\b"
)
_TO = re.compile(
    r"到达|目的|终点|抵|收|卸|调入|转入|送达|\b(?:to|destin\w*|receiver|recipient|arriv\w*|unloading|delivered)\b"
)
_SAYS_FROM = (
    re.compile(r"(?:从|由|自|\bfrom)(?: the)? ?$"),
    re.compile(r" ?(?:出发|始发|发出|寄出|开出|起飞|发往|开往|飞往|寄往|运往|到|至|-|→)"),
)
_SAYS_TO = (
    re.compile(r"(?:到达?|至|去|往|抵达?|给|\bto|\binto|\bfor)(?: the)? ?$"),
    re.compile(r" ?(?:到达|卸货|收货)"),
)


def asked_direction(link: ValueLink, text: str) -> re.Pattern[str] | None:
    """What the names of columns have that are of the direction a value is said with."""
    before, after = text[: link.start], text[link.end :]
    known = (_FROM, _SAYS_FROM), (_TO, _SAYS_TO)
    in_front = (column for column, (said, _) in known if said.search(before))
    behind = (column for column, (_, said) in known if said.match(after))
    return next(in_front, None) or next(behind, None)


def of_direction(link: ValueLink, shape: Shape, text: str) -> tuple[int, ...] | None:
    """The columns of a value that are of the direction in which it is said; none of them where
    other columns are; None where no direction is said, or no column has one."""
    asked = asked_direction(link, text)
    if asked is None or not any(asked.search(shape.names[c]) for c in shape.texts):
        return None
    both = _FROM if asked is _TO else _TO
    if not any(_FROM.search(name) or _TO.search(name) for name in _names(link, shape)):
        return None
    return tuple(
        c for c in link.columns if asked.search(shape.names[c]) and not both.search(shape.names[c])
    )


def _names(link: ValueLink, shape: Shape) -> list[str]:
    return [shape.names[c] for c in link.columns]
