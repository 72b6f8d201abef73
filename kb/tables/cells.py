"""Which cells the words of a question leave of a table, and the look-up that tells them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kb.table_types import Value
from kb.tables.addresses import Addresses, called_as
from kb.tables.plan import Comparison, Filter, Operation, Plan
from kb.tables.results import Result, Told
from kb.tables.spans import overlaps
from kb.text.fold import fold

_MOST_TOLD = 9
"""Cells that a question may name."""
_MOST_OPEN = 3
"""Cells that are told where a question leaves open which of them it means."""
JOINING = re.compile(
    r"[\s的]*(?:以及|和|与|及|跟|同|、|,|;|\band\b|\bas well as\b|&)[\s的]*"
    r"(?:\b(?:and|the|at|of|on|in|for|as)\b\s*)*"
)
_BESIDE = re.compile(r"[\s的]*(?:\b(?:the|at|of|on|in|for|as)\b\s*)*")


Cell = tuple[int, int]
"""The place of a row, and of a column, both from 0."""


@dataclass(frozen=True, slots=True)
class Found:
    """Cells that a question names, and how well their table explains it."""

    result: Result
    score: float
    is_whole: bool
    """Whether the question names heads of all that tells the cells apart."""
    of_labels: bool
    """Whether what rows are called is told, and no cell of theirs."""


@dataclass(slots=True)
class Link:
    """A question's words in one table: bit n of a mask says that word n is true of a row, or of a
    column."""

    rows: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    columns: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    words: list[tuple[int, int]] = field(default_factory=list)
    tight: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """How exactly the times of a column are those that are asked for."""
    taken: list[tuple[int, int]] = field(default_factory=list)
    score: float = 0.0
    names_labels: bool = False
    """Whether a word is the head of what the rows are called."""

    def put(self, start: int, end: int, rows: Sequence[int], columns: Sequence[int]) -> None:
        bit = 1 << len(self.words)
        self.words.append((start, end))
        self.taken.append((start, end))
        for row in rows:
            self.rows[row] |= bit
        for column in columns:
            self.columns[column] |= bit


def cells_of(known: Addresses, link: Link, text: str, *, asks_which: bool) -> list[Cell]:
    """The cells of which the most words are true; none where it is open which are meant.

    Args:
        asks_which: whether it is asked what rows are called: then those are told of which all words
            are true.
    """
    named = any(link.columns[column] for column in known.targets)
    labels = not named and (asks_which or link.names_labels)
    targets = known.labels if labels else known.targets
    if not (named or labels or known.is_of_one_kind):
        return []
    by_mask: defaultdict[int, list[Cell]] = defaultdict(list)
    for row in range(len(known.rows)):
        for column in targets:
            by_mask[link.rows[row] | link.columns[column]].append((row, column))
    best = [mask for mask in by_mask if not any(mask != it and mask & it == mask for it in by_mask)]
    together = 0
    for mask in best:
        together |= mask
    if together != (1 << len(link.words)) - 1:
        return []
    if len(best) > 1:
        best = _joined(best, link, text)
    said = said_in(link, text)
    cells: list[Cell] = []
    for mask in best:
        tightest = max(link.tight[column] for _, column in by_mask[mask])
        some = [
            (row, column)
            for row, column in by_mask[mask]
            if link.tight[column] == tightest
            and not said & called_as(fold(known.rows[row][2][column]))
        ]
        if not some or len(some) > (_MOST_TOLD if labels else _MOST_OPEN):
            return []
        cells += some
    told = any(known.rows[row][2][column] for row, column in cells)
    return sorted(cells) if told and len(cells) <= _MOST_TOLD else []


def said_in(link: Link, text: str) -> set[str]:
    return {text[start:end] for start, end in link.words}


def _joined(masks: Sequence[int], link: Link, text: str) -> list[int]:
    """Those of the masks that the question means where it joins words that tell cells apart:
    期末和期初; of A的期末余额和B的期初余额 not A's 期初余额. None where nothing joins them."""
    common = ~0
    for mask in masks:
        common &= mask
    apart = [(*span, bit) for bit, span in enumerate(link.words) if not common >> bit & 1]
    apart.sort()
    groups = [1 << apart[0][2]]
    for (_, end, _), (start, _, bit) in pairwise(apart):
        between = _between(end, start, link, text)
        if JOINING.fullmatch(between):
            groups.append(1 << bit)
        elif _BESIDE.fullmatch(between):
            groups[-1] |= 1 << bit
        else:
            return []
    if len(groups) < 2:
        return []
    meant = [mask for mask in masks if any(mask & one == one for one in groups)]
    return meant if all(any(mask & one == one for mask in meant) for one in groups) else []


def _between(start: int, end: int, link: Link, text: str) -> str:
    """What stands between two places of the question, without the words that are linked."""
    return "".join(
        " " if overlaps(at, at + 1, link.taken) else text[at] for at in range(start, end)
    )


def found(known: Addresses, link: Link, cells: Sequence[Cell], text: str) -> Found:
    """The look-up of some cells."""
    rows = [*dict.fromkeys(row for row, _ in cells)]
    columns = [*dict.fromkeys(column for _, column in cells)]
    targets = tuple(columns)
    if len(rows) > 1:
        targets = tuple(dict.fromkeys((*known.labels, *targets)))
    filters = _filters(known, rows, columns, said_in(link, text))
    plan = Plan(known.table, Operation.SELECT, filters, targets, measures=tuple(columns))
    told = tuple(Told(known.table, known.rows[row][0], known.rows[row][2]) for row in rows)
    shown = tuple(tuple(one.texts[c] for c in targets) for one in told)
    result = Result(plan, None, len(told), known.table.rows, told, shown)
    masks = {link.rows[row] | link.columns[column] for row, column in cells}
    labels = {*columns} <= {*known.labels}
    return Found(result, link.score, len(masks) == len(cells) and not labels, labels)


def _filters(
    known: Addresses, rows: Sequence[int], told: Sequence[int], said: set[str]
) -> tuple[Filter, ...]:
    """What the rows are called, and the cells of theirs that the question says."""
    found = []
    for column in range(len(known.heads)):
        if column in told:
            continue
        texts = [*dict.fromkeys(known.rows[row][2][column] for row in rows)]
        is_said = all(said & called_as(fold(text)) for text in texts)
        if any(texts) and (column in known.labels or is_said):
            values: tuple[Value, ...] = tuple(map(fold, texts))
            found.append(Filter((column,), Comparison.EQUAL, values, "、".join(texts)))
    return tuple(found)
