"""Other tables of a document that say something else of the cell that a question looks up.

An annual report has its statements twice, of the group and of the company alone, with the same
rows and columns. Where no word of the question says which is meant, the answer says which one it
was taken from, and what the others state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, combinations

from kb.tables.addresses import titles_of
from kb.tables.cells import Found as Cells
from kb.tables.joined import Joined, Readable
from kb.tables.leftovers import Cut, is_function
from kb.tables.plan import Operation
from kb.tables.results import Result
from kb.tables.wording import value_text

MOST = 2
"""Other tables that are told of; of more than these none is meant."""


def others(result: Result, cells: Sequence[Cells], text: str, cut: Cut) -> list[Result]:
    """What other tables of its document state in the place of a cell that is looked up.

    Args:
        cells: what the question names in each table by heads.
        text: the folded question.
    """
    table = result.plan.table
    if result.plan.operation is not Operation.SELECT or isinstance(table, Joined):
        return []
    if result.used != 1:
        return []
    own = _titled(table)
    found: dict[tuple[tuple[str, ...], ...], Result] = {}
    for one in cells:
        other = one.result.plan.table
        if other.doc_id != table.doc_id or other.id == table.id or not one.is_whole:
            continue
        if _figures(one.result) != _figures(result) and not _tells_apart(
            own, _titled(other), text, cut
        ):
            found.setdefault(one.result.cells, one.result)
    return [*found.values()]


def place(result: Result) -> int:
    """Where in its document the table of a look-up stands."""
    table = result.plan.table
    return table.left.place if isinstance(table, Joined) else table.place


def told(result: Result, rest: Sequence[Result], chinese: bool) -> str:
    """The line that says of which table a cell is, and what the others state."""
    own, *names = _labels([one.plan.table for one in (result, *rest)])
    values = [value_text(one, chinese).replace("\n", "; ") for one in rest]
    if chinese:
        said = "；".join(
            f"「{name}」中为 {value}" for name, value in zip(names, values, strict=True)
        )
        return f"取自「{own}」；{said}"
    said = "; ".join(f"“{name}” says {value}" for name, value in zip(names, values, strict=True))
    return f"Taken from “{own}”; {said}"


def _labels(tables: Sequence[Readable]) -> list[str]:
    """What tells tables apart: their names, or with the headings that they stand below."""
    names = [one.name for one in tables]
    if len({*names}) == len(names):
        return names
    return [" ".join(dict.fromkeys((one.caption, one.name))).strip() for one in tables]


def _titled(table: Readable) -> str:
    return " ".join(titles_of(table)[:2])


def _figures(result: Result) -> set[str]:
    """The cells that are told, without commas."""
    width = len(result.plan.targets) - len(result.plan.measures or result.plan.targets)
    return {cell.replace(",", "") for row in result.cells for cell in row[width:]}


def _tells_apart(own: str, other: str, text: str, cut: Cut) -> bool:
    """Whether a word of the question is in a table's own names, and not in the other's."""
    borders = [0, *accumulate(map(len, cut(text)))]
    return any(
        len(word) > 1
        and word in own
        and word not in other
        and not is_function(word)
        and re.search(r"\w", word)
        for start, end in combinations(borders, 2)
        if (word := text[start:end].strip())
    )
