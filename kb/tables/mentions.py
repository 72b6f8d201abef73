"""Which documents mention something: 哪些文件提到了…, how many contracts mention …

What they are asked for stands in the question word for word, and is looked for word for word in all
of each document's text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.table_types import StoredTable
from kb.tables.computing import compute
from kb.tables.document_words import own_words
from kb.tables.documents import where
from kb.tables.joined import WithJoins
from kb.tables.plan import Comparison, Filter, Operation, Plan
from kb.tables.results import Result
from kb.tables.shape import Shape
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question

_SAYS = "提到|提及|谈到|讲到|涉及|涉及到|写到|写了|出现|包含|含有|说到|介绍"
_WHICH = r"(?:有)?(?:哪些|哪几(?:份|个|篇|封|件)?|哪(?:份|个|篇|封))"
_COUNT = r"(?:一共|总共|共)?有?(?:多少|几)(?:份|个|篇|封|件)"
_CHINESE = (
    re.compile(
        rf"(?:请问|我们|公司)*(?:(?P<which>{_WHICH})|(?P<count>{_COUNT}))(?P<kind>[{HAN}]{{1,6}}?)"
        rf"(?:里面?|中|当中|都|内)*(?:{_SAYS})(?:过|了|到了?)*(?P<what>.+?)(?:的?吗|呢)?"
    ),
    re.compile(
        rf"(?P<what>.+?)(?:都)?(?:在|于)(?:(?P<which>{_WHICH})|(?P<count>{_COUNT}))"
        rf"(?P<kind>[{HAN}]{{1,6}}?)(?:里面?|中|当中|内)*(?:被)?(?:{_SAYS})(?:过|了|到了?)*"
    ),
)
_ENGLISH = re.compile(
    r"(?:(?P<which>(?:in )?which(?: of (?:the|our))?|what)|(?P<count>how many))"
    r"(?: of (?:the|our))? (?P<kind>[a-z-]+(?: [a-z-]+)?) (?:do we have that )?(?:that )?"
    r"(?:mentions?|refers? to|talks? about|speaks? of|contains?|includes?|name|names)"
    r" (?P<what>.+)"
)
_QUOTES = "\"'“”‘’「」『』《》【】 "
_AND = re.compile(r"\s*(?:、|和|与|以及|\band\b)\s*")


@dataclass(frozen=True, slots=True)
class Asked:
    """`kind` is the word for the documents, `phrases` are what each must hold, as the question
    writes them."""

    kind: str
    phrases: tuple[str, ...]
    counts: bool


def answer(question: Question, tables: Sequence[StoredTable], index: WithJoins) -> Result | None:
    """The documents that hold what a question wants mentioned; None where it wants something else,
    or no document holds that: it may be said in other words."""
    whole = asked(question)
    if whole is None:
        return None
    for one in (whole, parts(whole)):
        table = _table_of(one, tables)
        if table is None or not one.phrases:
            return None
        found = [index.documents_with(phrase) for phrase in one.phrases]
        with_all = set.intersection(*({*documents} for documents in found))
        index.verify(table.id)
        last = len(table.columns) - 1
        rows = index.run(f"SELECT number, x{last} FROM {index.view_sql(table)}", ())
        numbers = tuple(int(n) for n, places in rows if where([str(places)])[0] in with_all)
        if numbers:
            shown = "、".join(f"「{phrase}」" for phrase in one.phrases)
            plan = Plan(
                table,
                Operation.COUNT if one.counts else Operation.SELECT,
                filters=(Filter((0,), Comparison.AMONG, numbers, shown),),
                targets=Shape(table, index).labels,
                hidden=not one.counts,
            )
            result = compute(plan, index)
            return replace(result, mentions=found[0]) if result else None
    return None


def asked(question: Question) -> Asked | None:
    """What a question wants mentioned; None where it asks for something else."""
    text = question.folded.strip().rstrip("?？。.!！ ")
    for pattern in (*_CHINESE, _ENGLISH):
        match = pattern.fullmatch(text)
        if match:
            what = match["what"].strip(_QUOTES)
            what = re.sub(r"^(?:the|a|an) ", "", what)
            if len(what) >= 2:
                return Asked(match["kind"].strip(), (what,), bool(match["count"]))
    return None


def parts(one: Asked) -> Asked:
    """The same with what 和 joins apart: each of it must be mentioned."""
    phrases = tuple(part for part in _AND.split(one.phrases[0]) if len(part) > 1)
    return Asked(one.kind, phrases, one.counts)


def _table_of(one: Asked, tables: Sequence[StoredTable]) -> StoredTable | None:
    """The documents that are meant: those of a kind, or all."""
    general, *of_kinds = tables
    for table in of_kinds:
        if one.kind in {*fold(table.caption).split(), fold(table.name)}:
            return table
    return general if one.kind in own_words(general) else None
