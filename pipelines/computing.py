"""What `kb ask` computes over tables, before any passage is looked for.

Where every word of a question is a cell, a column, a date or an operation of one table (or of two
that share values), the answer is computed, and no chat model is asked. Else None: the question goes
the way of passages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.answering.tagger import cut
from kb.answering.version_lines import told as told_behind
from kb.documents.tables.heads import render_row
from kb.errors import KbError
from kb.pipelines import computed_versions
from kb.pipelines.documents import replaced_today
from kb.table_types import Computation, ComputedRows, Mention, ReferenceRow, RowFlag, StoredTable
from kb.tables import beside, wording
from kb.tables.answering import Found, asked
from kb.tables.documents import where
from kb.tables.index import TableIndex
from kb.tables.joined import Joined, Readable
from kb.tables.results import Result, Told
from kb.text.language import Language
from kb.text.question import Question
from kb.types import Answer, ChatPiece, Citation, Context, Passage, Query
from kb.version_types import Conflict, Version
from kb.versions.choosing import Versions
from kb.versions.dates import today

log = logging.getLogger(__name__)

Choose = Callable[[Question, Sequence[Result]], Result | None]
"""Of what a question may mean, the one that is meant."""

MOST_CITED = 10
"""Rows that are cited; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class Computed:
    """An answer over tables: its text, the cited rows, how it was made."""

    text: str
    passages: tuple[Passage, ...]
    citations: tuple[Citation, ...]
    computation: Computation
    version: Version | None = None
    conflicts: tuple[Conflict, ...] = ()
    unsupported: tuple[str, ...] = ()
    """The value, where a model chose what the question means."""


def computed(
    query: Query, index: TableIndex, versions: Versions, choose: Choose | None = None
) -> Computed | None:
    """The answer to a question over the tables; None where they do not answer it.

    Args:
        choose: is asked where the question may mean several things. What it chooses is marked.

    Raises:
        StoreDamaged: a table is not what was written.
    """
    if any(key != "path" for key, _ in query.where):
        return None  # labels are of chunks
    tables = index.tables([glob for _, glob in query.where])
    several = any(one.collection for one in tables)
    if not several and _are_of_another_day(tables, index, versions):
        tables = [one for one in tables if not one.of_documents]

    def found(some: Sequence[StoredTable]) -> Found:
        rank = lambda doc_id: _rank(doc_id, versions)  # noqa: E731
        return asked(query.question, some, index, rank=rank, cut=cut)

    one = found(tables)
    readings = one.readings() if choose and one.result is None else ()
    result = choose(query.question, readings) if choose and readings else one.result
    if result is None or (several and result.plan.table.of_documents):
        return None  # the documents of one collection are not those of all
    done = _told(result, query.question)
    if readings:
        done = _chosen(done, len(readings), query.question)
    version = computed_versions.version(result, versions)
    conflicts = computed_versions.conflicts(
        result, versions, tables, lambda some: found(some).result
    )
    lines = [told_behind(version, conflicts, query.question.language)]
    if one.beside and result is one.result:
        lines.append(beside.told(result, one.beside, query.question.language is Language.ZH))
        conflicts += computed_versions.beside(one.beside)
    text = "\n".join(filter(None, lines))
    text = f"{done.text}\n\n{text}" if text else done.text
    return replace(done, text=text, version=version, conflicts=conflicts)


def _chosen(done: Computed, readings: int, question: Question) -> Computed:
    """An answer to what a model chose, which says so and is marked."""
    line = (
        f"（问题有 {readings} 种读法，这一种由模型选出，请核对）"
        if question.language is Language.ZH
        else f"(The question can be read in {readings} ways; the model chose this one: check it.)"
    )
    value = done.computation.result
    return replace(done, text=f"{done.text}\n{line}", unsupported=(value,))


def _are_of_another_day(
    tables: Sequence[StoredTable], index: TableIndex, versions: Versions
) -> bool:
    """Whether another version than at the last commit is in force by now: then documents are not
    counted before the next one."""
    for table in tables:
        if table.of_documents:
            last = f"x{len(table.columns) - 1}"
            rows = index.run(
                f"SELECT {last} FROM {index.view_sql(table)} WHERE flags = ?",
                (int(RowFlag.REPLACED),),
            )
            replaced = {where([str(places)])[0] for (places,) in rows}
            return not replaced <= replaced_today(versions.families)
    return False


def over_tables(
    query: Query, index: TableIndex, versions: Versions, choose: Choose | None = None
) -> Computed | None:
    """As `computed`; but a bug of ours in it must not lose the answer that passages give."""
    try:
        return computed(query, index, versions, choose)
    except KbError:
        raise
    except Exception:
        log.exception("an unexpected error while tables were computed with")
        return None


def told(done: Computed, blank: Answer) -> Iterator[Context | ChatPiece | Answer]:
    """The rows as passages, the answer as one piece, and the Answer."""
    yield Context(done.passages, prompt_tokens=0, num_ctx=blank.num_ctx)
    yield ChatPiece(done.text)
    yield replace(
        blank,
        text=done.text,
        found=True,
        citations=done.citations,
        computation=done.computation,
        version=done.version,
        conflicts=done.conflicts,
        grounded=not done.unsupported,
        unsupported=done.unsupported,
    )


def _rank(doc_id: str, versions: Versions) -> int:
    """The version in force before all others of its family; documents without a family alike."""
    place = versions.families.place_of(doc_id)
    if place is None:
        return 0
    family, member = place
    if member == family.in_force(today()):
        return 0
    return family.members.index(member) - len(family.members)


# --- telling --------------------------------------------------------------------------


def _told(result: Result, question: Question) -> Computed:
    chinese = question.language is Language.ZH
    rows = _cited(result)
    plan = result.plan
    asked = (*plan.targets, *plan.measures, *(c for one in plan.filters for c in one.columns))
    passages = tuple(
        _passage(n, row, asked, result.mentions, chinese) for n, row in enumerate(rows, start=1)
    )
    citations = tuple(
        Citation(one.n, one.source, one.page, one.line, one.section, one.text) for one in passages
    )
    value = wording.value_text(result, chinese, question.text)
    marks = "".join(f"[{one.n}]" for one in passages)
    more = result.used - len(result.rows[:MOST_CITED])
    if more > 0 and passages:
        marks += f"（另有 {more:,} 行）" if chinese else f" (and {more:,} more rows)"
    text = f"{value}\n{wording.how_text(result, chinese)} {marks}".rstrip()
    return Computed(text, passages, citations, _computation(result, value, chinese))


def _cited(result: Result) -> list[Told]:
    return [part for row in result.rows[:MOST_CITED] for part in row.parts()]


def _passage(
    n: int, row: Told, needed: Sequence[int], mentions: Mapping[str, Mention], chinese: bool
) -> Passage:
    table = row.table
    if table.of_documents:
        return _document_passage(n, row, needed, mentions, chinese)
    return Passage(
        n=n,
        source=_path(table),
        text=render_row([column.name for column in table.columns], row.texts),
        page=table.page,
        line=row.number,
        section=table.name,
        title=table.title,
        chunk_ids=(),
    )


def _document_passage(
    n: int, row: Told, needed: Sequence[int], mentions: Mapping[str, Mention], chinese: bool
) -> Passage:
    """A document, with what it states of itself, at the first of what is computed with; or the
    passage that mentions what is asked for."""
    names = [wording.column_name(row.table, c, chinese) for c in range(len(row.table.columns))]
    doc_id, places = where(row.texts)
    stated = [places[c] for c in needed if c < len(places) and any(places[c])]
    page, line = stated[0] if stated else (None, None)
    cells = range(1, len(places))
    text = render_row([names[c] for c in cells], [row.texts[c] for c in cells])
    if said := mentions.get(doc_id):
        text, page, line = said.text or text, said.page, said.line
    return Passage(
        n=n,
        source=row.texts[0],
        text=text,
        page=page,
        line=line,
        section="",
        title=row.texts[1],
        chunk_ids=(),
    )


def _source(row: Told) -> str:
    """The path of the document that a row is of, or stands for."""
    return row.texts[0] if row.table.of_documents else _path(row.table)


def _path(table: Readable) -> str:
    """As passages name their documents: without the label of the ingested folder."""
    return (table.left if isinstance(table, Joined) else table).path


def _number(row: Told) -> int:
    """A row's number in its document: of a document that is a row, the line of its first field,
    else 1."""
    if not row.table.of_documents:
        return row.number
    _, places = where(row.texts)
    return next((line for _, line in places if line), 1)


def _computation(result: Result, value: str, chinese: bool) -> Computation:
    plan = result.plan
    rows = _cited(result)
    columns = dict.fromkeys(
        (*plan.targets, *plan.measures, *(() if plan.group is None else (plan.group,)))
    )
    return Computation(
        tables=tuple(dict.fromkeys(_source(row) for row in rows)) or (_path(plan.table),),
        filters=tuple(wording.filter_text(plan, one, chinese) for one in plan.filters),
        operation=plan.operation.value,
        columns=tuple(wording.column_name(plan.table, c, chinese) for c in columns),
        rows=ComputedRows(
            result.used,
            result.of,
            tuple(ReferenceRow(_source(row), row.table.name, _number(row)) for row in rows),
        ),
        result=value,
    )
