"""The plan that a question makes over the tables of a collection, and its result.

Of the tables that explain every word of a question, the one that explains them best is used; where
two explain them equally well and say different things, none is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kb.table_types import DOCUMENTS, ColumnType, StoredTable
from kb.tables import beside, mentions
from kb.tables.cells import Found as Cells
from kb.tables.comparing import compared
from kb.tables.computing import compute
from kb.tables.concepts import singular
from kb.tables.document_words import asks_for_no_document, counts_a_folder, named_weight
from kb.tables.index import TableIndex
from kb.tables.joined import Joined, Readable, WithJoins
from kb.tables.joining import joins
from kb.tables.leftovers import Cut
from kb.tables.linking import Linker
from kb.tables.links import Links, ValueLink
from kb.tables.looking_up import LookUp
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.planning import plan_for
from kb.tables.readings import completed
from kb.tables.results import Result
from kb.tables.shape import Shape
from kb.text.question import Question

Rank = Callable[[str], int]
"""Which version of its family a document is: the greater, the rather it is meant."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan, and how well the words of the question fit its table."""

    plan: Plan
    score: float
    by_key: bool = False
    """Whether a row is named by the code, or the name, that tells the table's rows apart."""


def answer(
    question: Question, tables: Sequence[StoredTable], stored: TableIndex, rank: Rank, cut: Cut
) -> Result | None:
    """The result of the one plan that a question makes over some tables; None where it makes
    none."""
    return asked(question, tables, stored, rank, cut).result


def asked(
    question: Question, tables: Sequence[StoredTable], stored: TableIndex, rank: Rank, cut: Cut
) -> Found:
    """As `answer`, with what the question may mean where it makes no single plan."""
    of_documents = [one for one in tables if one.of_documents]
    if of_documents and (mentioned := mentions.answer(question, of_documents, WithJoins(stored))):
        return Found(mentioned)
    found = _over([one for one in tables if not one.of_documents], question, stored, rank, cut)
    if not of_documents or _MOST_A_CHARACTER * len(question.folded) < _DOCUMENTS * found.score:
        return found  # no document can explain it so much better
    over = _over(of_documents, question, stored, rank, cut)
    return over if over.score >= _DOCUMENTS * found.score else found


_DOCUMENTS = 1.5
"""How much better documents must explain a question than the best of the tables in them does."""


_MOST_A_CHARACTER = 1.35
"""Of `score`, a character of the question; see there."""


@dataclass(frozen=True, slots=True)
class Found:
    """What some tables give, and how well the best of those that say something explains the
    question: 0 where none does. No result with a score: they say different things. `readings` are
    then those that it may mean, each with another result (kb/tables/readings.py); they are made
    when they are called for."""

    result: Result | None = None
    score: float = 0.0
    beside: tuple[Result, ...] = ()
    """What other tables of the document state where the question does not say which is meant."""
    readings: Callable[[], tuple[Result, ...]] = tuple


def _over(
    tables: Sequence[StoredTable], question: Question, stored: TableIndex, rank: Rank, cut: Cut
) -> Found:
    index = WithJoins(stored)
    shapes: dict[int, Shape] = {}

    def shape(table: Readable) -> Shape:
        return shapes.setdefault(table.id, Shape(table, index))

    linker = Linker(question, tables, index, shape, cut)
    links = [one for one in linker.all() if _is_linked(one)]
    found = _plans(links, shape)
    pairs = () if any(one.of_documents for one in tables) else joins(links, shape, index)
    joined = [linker.links(join) for join in pairs]
    # What one table counts in full is not counted over two.
    found += _joined(_plans(joined, shape), only_cells=bool(found))
    if not found and (plan := compared(links, shape, index)):
        return Found(plan, math.inf)
    look_up = LookUp(question, tables, stored, cut)
    one = _or_cells(_best(found, index, rank), look_up, index, rank)
    if one.result:
        return one

    def plan_of(variant: Links) -> Plan | None:
        [*made] = _plans([variant], shape)
        return made[0].plan if made else None

    def readings() -> tuple[Result, ...]:
        settled = completed([*links, *joined], shape, plan_of, score)
        return _distinct([*(candidate.plan for candidate in found), *settled], index)

    return replace(one, readings=readings)


def _distinct(plans: Sequence[Plan], index: WithJoins) -> tuple[Result, ...]:
    """Plans' results that say something, and each something else."""
    found: dict[object, Result] = {}
    for plan in dict.fromkeys(plans):
        _verify(plan.table, index)
        result = compute(plan, index)
        if result is not None and _says_something(result) and not _is_unstated(result):
            found.setdefault(_said(result), result)
    return tuple(found.values())


def _or_cells(found: Found, look_up: LookUp, index: WithJoins, rank: Rank) -> Found:
    """What a plan found, or the cells that the question names by their heads: a plan that looks up
    does not know all heads of a cell."""
    cells = sorted(
        look_up.all(),
        key=lambda one: (
            -one.score, -rank(one.result.plan.table.doc_id), one.result.plan.table.id
        ),
    )  # fmt: skip
    if found.result and (look_up.contradicts(found.result.plan) or _is_told_better(found, cells)):
        found = Found()
    if found.result and _may_be_a_row(found.result, cells):
        return Found(None, found.score)
    if not cells or (found.result and not (cells[0].is_whole and cells[0].score > found.score)):
        return _with_others(found, cells, look_up)
    best = cells[0]
    table = best.result.plan.table
    for other in cells[1:]:
        older = rank(other.result.plan.table.doc_id) < rank(table.doc_id)
        if older or other.score < best.score * _ALIKE:
            break
        same = other.result.plan.table.doc_id == table.doc_id and best.is_whole and other.is_whole
        if other.result.cells != best.result.cells and not same:
            return _with_others(found, cells, look_up)
    _verify(table, index)
    return _with_others(Found(best.result, best.score), cells, look_up)


def _may_be_a_row(result: Result, cells: Sequence[Cells]) -> bool:
    """Whether a sum over all of a table may be the row 合计 of another one of its document."""
    plan = result.plan
    if plan.operation is not Operation.SUM or plan.filters:
        return False
    return any(
        one.result.plan.table.doc_id == plan.table.doc_id
        and one.result.plan.table.id != plan.table.id
        for one in cells
    )


def _with_others(found: Found, cells: Sequence[Cells], look_up: LookUp) -> Found:
    """With what other tables of the document say, the first of them before the others: a report has
    the group's before the company's. Where many say something else, none is meant."""
    if found.result is None:
        return found
    others = beside.others(found.result, cells, look_up.text, look_up.cut)
    if len(others) > beside.MOST:
        return Found(None, found.score)
    if not others:
        return found
    first, *rest = sorted([found.result, *others], key=beside.place)
    return replace(found, result=first, beside=tuple(rest))


def _is_told_better(found: Found, cells: Sequence[Cells]) -> bool:
    """Whether the heads of the table that a plan looked up name other cells of it."""
    if found.result is None or found.result.plan.operation is not Operation.SELECT:
        return False
    if isinstance(found.result.plan.table, Joined):
        # What one table says in full is not told of two.
        return any(one.is_whole and one.score >= found.score * _ALIKE for one in cells)
    table = found.result.plan.table.id
    own = [one for one in cells if one.result.plan.table.id == table and not one.of_labels]
    named = [one.result.cells for one in own]
    return bool(named) and found.result.cells not in named


def _joined(found: Sequence[Candidate], *, only_cells: bool) -> list[Candidate]:
    kept = (one for one in found if one.plan.operation is Operation.SELECT or not only_cells)
    return [replace(one, score=one.score - _JOIN) for one in kept]


def _is_linked(links: Links) -> bool:
    return bool(links.values or links.columns or links.named or links.pairs)


def _plans(links: Sequence[Links], shape: Callable[[Readable], Shape]) -> list[Candidate]:
    found = []
    for one in links:
        if one.left:
            continue
        plan = plan_for(one, shape(one.table))
        if plan and _is_meant(plan, one) and not _is_loose(one, plan, shape(one.table)):
            bonus = _key_bonus(plan, shape(one.table))
            found.append(Candidate(plan, score(one) + bonus, bool(bonus)))
    return found


_KEY = 0.3
"""More for a table of which the question names a row by what the row is called."""


def _key_bonus(plan: Plan, shape: Shape) -> float:
    named = {c for one in plan.filters if one.test is Comparison.EQUAL for c in one.columns}
    return _KEY if named & {*shape.labels} else 0.0


def _is_loose(links: Links, plan: Plan, shape: Shape) -> bool:
    """Whether two tables are joined by what is only a part of a cell; or a cell of the second is
    told of rows of the first that the question does not name by what they are called."""
    table = links.table
    if plan.operation is Operation.TOP and any(
        one.test is Comparison.EQUAL and len(one.values) == 1 and {*one.columns} <= {*shape.labels}
        for one in plan.filters
    ):
        return True  # of one row nothing is the highest
    if not isinstance(table, Joined):
        return False
    if any(one.part for one in links.values):
        return True
    names = {c for c in shape.labels if c < len(table.left.columns)}
    named = {c for one in plan.filters for c in one.columns}
    dated = {c for c in shape.dates if c < len(table.left.columns)}
    return plan.operation is Operation.SELECT and not named & (names | dated)


def _is_meant(plan: Plan, links: Links) -> bool:
    """Whether a plan over two tables needs both, and the question asks for what its rows are."""
    table = plan.table
    if not isinstance(table, Joined):
        return not (asks_for_no_document(links, plan) or counts_a_folder(links, plan))
    width = len(table.left.columns)
    used = {*plan.targets, *plan.measures, *(c for one in plan.filters for c in one.columns)}
    used |= set() if plan.group is None else {plan.group}
    counts = plan.operation in (Operation.COUNT, Operation.EXISTS)  # the first table's rows
    return any(c >= width for c in used) and (counts or any(c < width for c in used))


def score(links: Links) -> float:
    """How well a table explains a question: by characters, cells before columns before names."""
    values = sum((one.end - one.start) * _worth(one, links.text) for one in links.values)
    columns = sum((one.end - one.start) * (0.5 + int(one.strength) * 0.2) for one in links.columns)
    named = [*links.named, *links.people, *((one.start, one.end) for one in links.pairs)]
    if links.table.of_documents:
        return values + columns + sum((e - s) * named_weight(links, s, e) for s, e in named)
    return values + columns + 0.9 * sum(end - start for start, end in named)


def _worth(one: ValueLink, text: str) -> float:
    """Of a character of a cell: less where only its singular is one (The Amber Harbours)."""
    if one.part:
        return 0.8
    word = text[one.start : one.end]
    return 0.85 if word not in one.values and singular(word) in one.values else 1.2


_JOIN = 0.5
"""What a plan over two tables must explain better than one over a single table."""
_ALIKE = 0.999


def _best(found: Sequence[Candidate], index: WithJoins, rank: Rank) -> Found:
    ordered = sorted(
        found, key=lambda one: (-one.score, -rank(one.plan.table.doc_id), one.plan.table.id)
    )
    if ordered and (keyed := _of_the_key(ordered)):
        ordered = [keyed, *(one for one in ordered if one is not keyed and one.score < keyed.score)]
    results: list[tuple[Candidate, Result]] = []
    for one in ordered:
        if results and one.score < results[0][0].score * _ALIKE:
            break
        if results and rank(one.plan.table.doc_id) < rank(results[0][0].plan.table.doc_id):
            break
        _verify(one.plan.table, index)
        result = compute(one.plan, index)
        if result is not None and one.plan.operation is Operation.SELECT and not result.used:
            result = compute(replace(one.plan, hidden=True), index)  # asked for by name
        if result is not None and _says_something(result) and not _is_unstated(result):
            results.append((one, result))
    if not results:
        return Found()
    found_rows = [one for one in results if one[1].used]
    if not found_rows and _another_finds(ordered, results[0], index):
        return Found(None, results[0][0].score)
    results = found_rows or results
    # Documents of a kind before all documents: what they state is there.
    results = [one for one in results if one[0].plan.table.name != DOCUMENTS] or results
    first = results[0][1]
    if any(_said(result) != _said(first) for _, result in results[1:]):
        return Found(None, results[0][0].score)
    return Found(first, results[0][0].score)


_KEYED = 0.7
"""Of the score of a table that only refers to a code, that of the table whose key it is."""


def _of_the_key(ordered: Sequence[Candidate]) -> Candidate | None:
    """The best look-up in the table whose key a code is, where a better one only refers to it: the
    name of room 0107 is the room's, and not that of somebody in it."""
    best = ordered[0]
    if best.by_key or best.plan.operation is not Operation.SELECT or best.plan.table.of_documents:
        return None
    codes = {
        one.values
        for one in best.plan.filters
        if one.test is Comparison.EQUAL
        and all(best.plan.columns[c].type is ColumnType.CODE for c in one.columns)
    }
    for one in ordered[1:]:
        if one.score < best.score * _KEYED:
            return None
        own = {it.values for it in one.plan.filters if it.test is Comparison.EQUAL}
        if one.by_key and one.plan.operation is Operation.SELECT and codes & own:
            return one
    return None


_ANOTHER = 0.7
"""Of the score of a table without such rows, that of another one which may be meant instead."""


def _another_finds(
    ordered: Sequence[Candidate], none: tuple[Candidate, Result], index: WithJoins
) -> bool:
    """Whether a table explains the question nearly as well as one that has no such row, and has
    some: the cells of the first are the name of the second (albums of The Amber Harbours)."""
    best, result = none
    cells = [one for one in result.plan.filters if one.test is Comparison.EQUAL]
    if result.plan.table.of_documents or len(cells) < 2:
        return False
    for one in ordered:
        if one.score < best.score * _ANOTHER:
            return False
        if one.plan.table.id != best.plan.table.id and not isinstance(one.plan.table, Joined):
            other = compute(one.plan, index)
            if other is not None and other.used:
                return True
    return False


def _verify(table: Readable, index: WithJoins) -> None:
    sides = (table.left, table.right) if isinstance(table, Joined) else (table,)
    for one in sides:
        index.verify(one.id)


def _is_unstated(result: Result) -> bool:
    """Whether more documents do not state what is computed with than do, or none is named by two
    words of which each names some."""
    if result.missing > result.used and result.missing * 2 > result.of:
        return True
    texts = [one for one in result.plan.filters if one.test is Comparison.EQUAL]
    return result.plan.table.of_documents and not result.used and len(texts) > 1


def _says_something(result: Result) -> bool:
    """A look-up that finds no row says nothing; a count of none does."""
    match result.plan.operation:
        case Operation.SELECT if result.plan.table.of_documents:
            return result.used > 0 and any(map(any, result.cells))
        case Operation.SELECT:
            asked = {column for one in result.plan.filters for column in one.columns}
            return any(map(any, result.cells)) and not {*result.plan.targets} <= asked
        case Operation.WHERE:
            return any(result.cells)
        case Operation.COUNT | Operation.EXISTS | Operation.SHARE:
            return True
        case _:
            return result.used > 0


def _said(result: Result) -> tuple[object, ...]:
    return result.value, tuple(dict.fromkeys(result.cells)), result.groups
