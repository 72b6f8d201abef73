"""When a word of a question names a cell: all of it, a part of it, a single character."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from kb.table_types import ValueHit
from kb.tables.leftovers import is_function
from kb.tables.links import Links, ValueLink
from kb.tables.spans import overlaps
from kb.text.han import HAN

_HAN = re.compile(f"[{HAN}]")


def says_value(text: str, start: int) -> bool:
    """Whether a word that is a column's name and a value is meant as a value: 级别是律师."""
    return bool(re.search(r"(?:是|为|非|=|:|\b(?:not|of|grade|type|status)) ?$", text[:start]))


def drop_torn(found: Links, taken: list[tuple[int, int]]) -> None:
    """A name of two words is one cell's: Kirsty of one pupil and Castell of another are neither."""
    parts = sorted((one for one in found.values if one.part), key=lambda one: one.start)
    for one, other in pairwise(parts):
        beside = not found.text[one.end : other.start].strip() and one.columns == other.columns
        if beside and not {*one.values} & {*other.values}:
            for torn in (one, other):
                if torn in found.values:
                    found.values.remove(torn)
                    taken.remove((torn.start, torn.end))


_LEAST_PART = 0.4
"""Of a cell that a word names by a part of it: 合同 is no name of 合同签订后10个工作日内."""
_LEAST_BEGINNING = 4
MOST_PARTS = 40


def is_named(cell: str, word: str) -> bool:
    """Whether a word names a cell by a part of it: by its beginning, or by most of it."""
    if word not in cell:
        return False
    if re.search(rf"[未不非无没]{re.escape(word)}", cell):
        return False  # 未支付 is no 支付
    begins = cell.startswith(word) and len(word) >= _LEAST_BEGINNING
    return begins or len(word) >= _LEAST_PART * len(cell)


_DENIED = re.compile(r"(?:还没有?|还未|尚未|没有?|未|不)(?:被)?$")
_OPPOSITES = "未不非无没"
_LONGEST_DENIED = 6


def denials(text: str, start: int, word: str) -> tuple[int, tuple[str, ...]]:
    """Where a not before a Chinese word begins, and the cells that say both: 未归还 of 还没有归还.
    No cells where nothing denies the word."""
    if not 2 <= len(word) <= _LONGEST_DENIED or not _HAN.fullmatch(word[0]):
        return start, ()
    found = _DENIED.search(text, max(0, start - 4), start)
    return (found.start(), tuple(one + word for one in _OPPOSITES)) if found else (start, ())


def link_denied(
    found: Links,
    taken: list[tuple[int, int]],
    denied: Iterable[tuple[int, int, Sequence[str]]],
    hits: Mapping[str, Sequence[ValueHit]],
) -> None:
    """The cells that say what the question denies: 未归还."""
    for start, end, cells in denied:
        said = next((one for one in cells if one in hits), "")
        if said and not overlaps(start, end, taken):
            columns = tuple(sorted(hit.column for hit in hits[said]))
            found.values.append(ValueLink(start, end, columns, (said,)))
            taken.append((start, end))


def may_be_part(word: str, *, short: bool) -> bool:
    """Whether a word is long enough to be looked for within cells; in the names of documents and
    in what they state, a short one is."""
    least = 2 if _HAN.search(word) else 3 if short else 4
    return len(word) >= least and not word.isdecimal() and not is_function(word)


def is_alone(text: str, start: int, end: int) -> bool:
    """Whether a single character stands by itself: class A, and no part of a Chinese word."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (
        not _HAN.match(text[start])
        and not _HAN.match(after or " ")
        and before in ("", " ", '"', "'")
    )


def by_table(hits: Iterable[ValueHit]) -> dict[int, Mapping[str, Sequence[ValueHit]]]:
    found: dict[int, dict[str, list[ValueHit]]] = defaultdict(lambda: defaultdict(list))
    for hit in hits:
        found[hit.table_id][hit.folded].append(hit)
    return {**found}


_EACH = re.compile(r"(?:\b(?:each|every|per|which|what) |每一?个?|各个?|哪一?个?)$")
_KIND = 0.6
"""Of a column's values, the share that has a word which says what they are."""


def kinds_of(
    matching: Sequence[ValueHit], distinct: Callable[[int], int], before: str
) -> tuple[int, ...]:
    """The columns of which most values hold a word: 分拨中心 of a list of 分拨中心 is what the rows
    are, and names none of them. So does gallery of each gallery, where two are called so."""
    counts = Counter(hit.column for hit in matching)
    if _EACH.search(before):
        return tuple(c for c, count in counts.items() if count > 1)
    return tuple(c for c, count in counts.items() if count >= max(3, _KIND * distinct(c)))
