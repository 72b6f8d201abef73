"""A plan while it is made, and what every step asks of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kb.tables.links import ColumnLink, Links
from kb.tables.operations import Want, Wanted
from kb.tables.plan import Filter, Operation, Plan
from kb.tables.shape import Shape


@dataclass(slots=True)
class State:
    """A plan while it is made. `free` are the column links that no filter has used."""

    links: Links
    shape: Shape
    filters: list[Filter] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    """Where in the question each filter's value stands."""
    free: list[ColumnLink] = field(default_factory=list)
    sides: list[Filter] = field(default_factory=list)

    def wants(self, *wants: Want) -> list[Wanted]:
        return [one for one in self.links.wants if one.want in wants]

    def has(self, *wants: Want) -> bool:
        return bool(self.wants(*wants))

    def put(self, at: int, one: Filter) -> None:
        self.filters.append(one)
        self.at.append(at)


def base(state: State, operation: Operation, **how: object) -> Plan:
    return replace(
        Plan(state.links.table, operation, tuple(state.filters)),
        **how,  # type: ignore[arg-type]
    )


def numeric(state: State, *, among: Iterable[ColumnLink] | None = None) -> list[int]:
    """The numeric columns that are named, in the question's order, one a link."""
    found: list[int] = []
    for link in sorted(among if among is not None else state.free, key=lambda one: one.start):
        columns = [c for c in link.columns if c in state.shape.numbers]
        if columns and columns[0] not in found:
            found.append(columns[0])
    return found


def named_texts(state: State) -> list[int]:
    """The columns of text that are named, one a link; and what 哪一类, 哪条线 ask for by a
    character of the name."""
    used = {c for one in state.filters for c in one.columns}
    found: list[int] = []
    for one in state.wants(Want.WHICH):
        last = state.links.text[one.end - 1]
        if re.match("[\u4e00-\u9fff]", last) and last not in "个些么哪一":
            found += [
                c for c in state.shape.texts if last in state.shape.names[c] and c not in used
            ][:1]
    for link in sorted(state.free, key=lambda one: one.start):
        columns = [c for c in link.columns if c in state.shape.texts and c not in used]
        if columns and not any(c in found for c in columns):
            found.append(columns[0])
    return found
