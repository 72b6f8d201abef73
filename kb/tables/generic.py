"""Words that say nothing beside what is linked already: the number of, the bill amount, differ."""

from __future__ import annotations

import re

from kb.tables.links import DIFFERS, Links
from kb.tables.spans import overlaps


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
            (_BEHIND_COLUMN, found.text[link.end :]),
        ):
            match = pattern.search(text)
            if not match:
                continue
            shift = 0 if pattern is _BEFORE_COLUMN else link.end
            span = match.start("word") + shift, match.end("word") + shift
            if not overlaps(*span, taken):
                found.named.append(span)
                taken.append(span)


_BEFORE_COLUMN = re.compile(
    r"(?<![a-z])(?P<word>(?:number|amount|value|count|quantity) of|yearly|annual|floor|unit|current"
    r"|overall|official|registered|recorded)(?: the)? $"
)
_BEHIND_COLUMN = re.compile(
    r"^ ?(?P<word>(?:number|amount|value|count|figure|code|id|reference|person|name|rate|type)"
    r"(?![a-z])|类型|类别|种类|名称|编号|号码|次数|数(?!量)|情况|状态)"
)
