"""Rows of a table that agree with a question in part, where another row agrees in more.

A small model takes the first row that looks right: asked for the middle shift of workshop 2 it
answers with another shift of it, or with another workshop's. No term tells such rows apart (a
numeral is none); whole cells do. So a row is left out where another row of its passage has the
same cells of the question, and more of them; a row that has none, where that other row has the same
columns: the question has named the row that it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from kb.answering.features import figures
from kb.answering.names import content
from kb.text.fold import fold
from kb.text.language import language
from kb.text.question import Question

CELLS = " | "
NAMED_CELL = ": "

Terms = Callable[[str], Mapping[int, float]]
"""A text's terms, each with its idf."""

_SHORTEST = 2
# Asks for other rows than those that it names, or for all of them.
_BEYOND_ITS_ROW = re.compile(
    r"[相不]同|同一?[个样]?(?:部门|班|组|人)|一样|除|以外|之外|其他|其它|其余|比|最|几(?:个|家|名|人|种|台|件)|一共|总共|合计|总计|平均"
    r"|多少(?:个|家|名|人|种|台|件|条|项|位)|哪些|上一|下一|前面|后面"
    r"|\b(?:same|other|others|else|except|besides|than|most|least|total|sum|average|all|every|each"
    r"|how many|next|previous|before|after)\b|\w+est\b",
    re.IGNORECASE,
)


def outdone(question: Question, texts: Sequence[str]) -> set[int]:
    """The places of the rows that another one outdoes.

    Args:
        texts: the sentences of one passage; rows are those with cells.
    """
    if _BEYOND_ITS_ROW.search(question.folded):
        return set()
    cells = {at: _values(text) for at, text in enumerate(texts) if CELLS in text}
    named = _named(question.folded, frozenset().union(*cells.values()))
    held = {at: values & named for at, values in cells.items()}
    named_so = {at: columns(texts[at]) for at in held}
    asked_for = {named_so[at] for at, own in held.items() if own} - {()}
    return {
        at
        for at, own in held.items()
        if (_is_outdone(own, held) if own else named_so[at] in asked_for)
    }


_IN_ALL = re.compile(
    r"一共|总共|共计|合计|总计|累计|共(?=有|计|多少|几)"
    r"|\b(?:in total|in all|altogether|all together|total number of|the total of|sum of)\b"
)


def one_of_several(question: Question, answer: str, texts: Sequence[str]) -> str:
    """The word of a question that asks for several rows in all (一共, in total), where every figure
    that an answer adds stands in one of them alone: a small model takes the first row's number for
    the sum. "" where it does not.

    Args:
        answer: without markers.
        texts: the lines of the passages that it cites; rows are those with cells.
    """
    asked = _IN_ALL.search(question.folded)
    added = figures(fold(answer)) - figures(question.folded)
    if not asked or not added:
        return ""
    alike: dict[tuple[tuple[str, ...], frozenset[str]], list[str]] = {}
    for text in dict.fromkeys(texts):
        if named := cells_named(question, text):
            alike.setdefault((columns(text), named), []).append(text)
    for rows in alike.values():
        holding = [row for row in rows if added <= figures(fold(row))]
        if len(rows) > 1 and len(holding) == 1:
            return asked[0]
    return ""


def is_far(question: Question, text: str, about: str, terms: Terms) -> bool:
    """Whether a passage is rows of a table alone and has none of the question's nouns, verbs,
    adjectives and identifiers, in its own language. Rows of numbers and names are near to any
    question in meaning; one that they answer names what they hold. False where the question has
    no such word.

    Args:
        about: title, section and path.
        terms: of the collection's lexical index.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not all(CELLS in line for line in lines) or language(text) is not question.language:
        return False
    asked = terms(" ".join(content(question))).keys()
    return bool(asked) and not asked & terms(f"{about}\n{text}").keys()


def cells_named(question: Question, row: str) -> frozenset[str]:
    """The cells of a row that the question names as a whole, folded; none of what is no row."""
    return _named(question.folded, _values(row)) if CELLS in row else frozenset()


def _is_outdone(own: frozenset[str], held: Mapping[int, frozenset[str]]) -> bool:
    return any(own < other for other in held.values())


def _values(row: str) -> frozenset[str]:
    cells = (cell.partition(NAMED_CELL) for cell in fold(row).split(CELLS))
    values = ((value if named else name).strip() for name, named, value in cells)
    return frozenset(value for value in values if len(value) >= _SHORTEST)


def columns(row: str) -> tuple[str, ...]:
    """The names of its columns; nothing where a cell has none."""
    cells = [cell.partition(NAMED_CELL) for cell in row.split(CELLS)]
    return tuple(name.strip() for name, _, _ in cells) if all(one for _, one, _ in cells) else ()


def _named(question: str, values: frozenset[str]) -> frozenset[str]:
    """The values that the question names as a whole; 一车间 is not named by 十一车间."""
    found = set()
    for value in sorted(values, key=lambda one: (-len(one), one)):
        before = r"(?<![a-z0-9])" if value[0].isascii() and value[0].isalnum() else ""
        after = r"(?![a-z0-9])" if value[-1].isascii() and value[-1].isalnum() else ""
        question, times = re.subn(f"{before}{re.escape(value)}{after}", "\0", question)
        if times:
            found.add(value)
    return frozenset(found)
