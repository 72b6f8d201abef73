"""Where a question has no single plan: the plans that it may mean, for somebody to choose from.

Every word of the question is accounted for by each of them, as by a single plan. They differ in a
column: in which of the columns a word names, or in one that no word names (the amount that is asked
for, the day that a period is of); or they are the plans of several tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from kb.tables.joined import Joined, Readable
from kb.tables.links import ColumnLink, Links, Strength
from kb.tables.plan import Plan
from kb.tables.shape import Shape

MOST = 6
"""Plans that are offered; of more than these none is: the question says too little."""
_MOST_TRIED = 60


def completed(
    links: Sequence[Links],
    shape: Callable[[Readable], Shape],
    plan_of: Callable[[Links], Plan | None],
    score: Callable[[Links], float],
) -> Iterator[Plan]:
    """The plans of the tables that explain the question best, each with one column settled."""
    whole = [one for one in links if not one.left]
    alone = [one for one in whole if not isinstance(one.table, Joined)]
    best = max(map(score, alone or whole), default=0.0)
    for one in alone or whole:
        if score(one) >= best * _ALIKE:
            tried = islice(_settled(one, shape(one.table)), _MOST_TRIED)
            yield from (plan for variant in tried if (plan := plan_of(variant)))


_ALIKE = 0.999


def _settled(links: Links, shape: Shape) -> Iterator[Links]:
    """A question with one of its open columns settled, or with one more column named."""
    for at, link in enumerate(links.columns):
        if len(link.columns) > 1:
            for column in link.columns:
                sure = replace(link, columns=(column,), strength=max(link.strength, Strength.PART))
                yield _with(links, [*links.columns[:at], sure, *links.columns[at + 1 :]])
    named = {column for link in links.columns for column in link.columns}
    end = len(links.text)
    for column in range(len(shape.columns)):
        if column not in named and not shape.columns[column].hidden:
            more = ColumnLink(end, end, (column,), Strength.WHOLE)
            yield _with(links, [*links.columns, more])


def _with(links: Links, columns: list[ColumnLink]) -> Links:
    return replace(links, columns=columns)
