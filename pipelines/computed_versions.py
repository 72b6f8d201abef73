"""Behind a computed answer: which version of its document it rests on, and what others state.

Another version's value is told of look-ups alone: counts and sums differ whenever a list does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kb.documents.tables.heads import render_row
from kb.pipelines.versions_and_conflicts import described
from kb.table_types import StoredTable
from kb.tables.plan import Operation
from kb.tables.results import Result
from kb.version_types import Conflict, Family, FamilyKind, Member, Version
from kb.versions.choosing import Versions
from kb.versions.dates import shown, today

_MOST = 5
"""Other versions that are asked, the newest first."""


def version(result: Result, versions: Versions) -> Version | None:
    """Of the document that the answer rests on; None where it is alone, or rests on several."""
    found = _member(result, versions)
    return described(*found, today()) if found else None


def conflicts(
    result: Result,
    versions: Versions,
    tables: Sequence[StoredTable],
    asked: Callable[[Sequence[StoredTable]], Result | None],
) -> tuple[Conflict, ...]:
    """The other values that other versions of the document state for what is looked up.

    Args:
        tables: those that may be computed with.
        asked: what the question's answer is over some of them alone.
    """
    found = _member(result, versions)
    if found is None or not _is_stated(result):
        return ()
    family, own = found
    told = []
    for member in [one for one in reversed(family.members) if one != own][:_MOST]:
        other = asked([one for one in tables if one.doc_id == member.doc_id])
        if other and _is_stated(other) and other.cells != result.cells:
            told.append(_conflict(other, family, member))
    return tuple(told)


def beside(others: Sequence[Result]) -> tuple[Conflict, ...]:
    """What other tables of the same document state in the place of what is looked up."""
    return tuple(
        Conflict(
            value="、".join(filter(None, one.cells[0])),
            source=one.plan.table.path,
            quote=_quoted(one),
        )
        for one in others
        if isinstance(one.plan.table, StoredTable)
    )


def _quoted(result: Result) -> str:
    row = result.rows[0].parts()[0]
    return render_row([column.name for column in row.table.columns], row.texts)


def _is_stated(result: Result) -> bool:
    return result.plan.operation is Operation.SELECT and len(result.cells) == result.used == 1


def _member(result: Result, versions: Versions) -> tuple[Family, Member] | None:
    family = versions.families.of_document.get(result.plan.table.doc_id)
    if family is None or family.kind is FamilyKind.THREAD:
        return None
    rests = {part.table.doc_id for row in result.rows for part in row.parts()}
    if sum(family.member(doc_id) is not None for doc_id in rests) > 1:
        return None  # the question compares them
    member = family.member(result.plan.table.doc_id)
    return (family, member) if member else None


def _conflict(other: Result, family: Family, member: Member) -> Conflict:
    day = member.since or member.dated
    return Conflict(
        value="、".join(filter(None, other.cells[0])),
        source=member.source,
        quote=_quoted(other),
        dated=shown(day) if day else "",
        replaced=member != family.in_force(today()),
    )
