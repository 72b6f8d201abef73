"""Columns of yes and no as conditions: the tenured teachers, what is not insured."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.table_types import ColumnType
from kb.tables.leftovers import is_light
from kb.tables.links import ColumnLink, Strength
from kb.tables.operations import Want
from kb.tables.plan import Comparison, Filter
from kb.tables.planned import State

NEAR = 4
"""Characters between a column's name and the value that it introduces."""

_SAYS_NO = re.compile(
    r"(?:(?<![a-z])(?:no|lacks?|lacking)(?: an?)?"
    r"|(?:still|yet|left|remain(?:s|ing)?|due) to(?: be)?"
    r"|(?<!有)没有?|无|未|非|不(?:是|能|会|可以?)?) ?$"
)
_WHETHER = re.compile(r"(?:是否|是不是|有没有|有无|whether|whether or not)[^，,]*$")


def take_truths(state: State) -> None:
    """A column of yes and no that the question speaks of: the rows with yes, or with no where it is
    denied. Of one row that is named, it is what is asked for."""
    text = state.links.text
    known = any({*link.columns} & {*state.shape.labels} for link in state.links.values)
    if (known and not state.has(Want.EXISTS)) or state.has(Want.EACH):
        return
    named: dict[int, list[ColumnLink]] = {}
    for link in state.free:
        columns = [c for c in link.columns if state.shape.columns[c].type is ColumnType.BOOLEAN]
        if len(columns) != 1 or link.strength is Strength.ENTITY or _is_said(link, columns, state):
            continue
        if not _WHETHER.search(text[: link.start]):
            named.setdefault(columns[0], []).append(link)
    for column, links in named.items():  # two words of one name are one condition
        denied = any(_is_denied(link, state) for link in links)
        state.free = [link for link in state.free if link not in links]
        state.denied |= denied
        shown = ("no" if denied else "yes") if text.isascii() else ("否" if denied else "是")
        if denied and state.shape.only_ticks(column):
            state.put(links[0].start, Filter((column,), Comparison.EMPTY, ()))
            continue
        state.put(links[0].start, Filter((column,), Comparison.EQUAL, (int(not denied),), shown))


def _is_denied(link: ColumnLink, state: State) -> bool:
    text = state.links.text
    wants = (one for one in state.wants(Want.NOT) if one.end <= link.start)
    near = any(not heavy(text[one.end : link.start]) for one in wants)
    return near or bool(_SAYS_NO.search(text[: link.start]))


def _is_said(link: ColumnLink, columns: Sequence[int], state: State) -> bool:
    """Whether the yes or no of a column is said beside it: 自有为否."""
    near = (one for one in state.links.values if {*one.columns} & {*columns})
    return any(min(abs(one.start - link.end), abs(link.start - one.end)) <= NEAR for one in near)


def heavy(text: str) -> str:
    words = re.findall(r"[a-z]+|[^\sa-z]", text)
    return "".join(word for word in words if not is_light(word))
