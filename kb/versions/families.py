"""Which documents are versions of one another, and in which order.

Candidates share a stem (file name or title), name each other (取代《…》), are nearly equal, or are
mails of one thread; so what is compared grows with the documents, not with their pairs. Of the
candidates those are a family that are alike enough: little is asked where names or texts tell
versions apart in words (V2, 修订, 同时废止), half of the terms where only a date differs, more
where nothing does. An identifier that differs keeps documents apart, whatever they share.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime
from itertools import pairwise

from kb.text.likeness import bands, likeness
from kb.version_types import Family, FamilyKind, Member, Sketched

_TOLD = 0.12
"""Likeness that is enough where version marks or statements tell the two apart."""
_OTHER_DATE = 0.5
"""Where only a date differs: a price list shares its products, two minutes of meetings little."""
_OTHER_DAY = 0.75
"""Where names bear a day each: minutes and weekly reports tell of a day, and replace nothing."""
_DAY_TOLD = 0.3
_NOTHING_TOLD = 0.7
_OTHER_NAME = 0.5
_ELSEWHERE = 0.15
"""What is asked besides of two in different folders."""
_NEAR_NAMES = 0.6
_LEADERS = 16
"""So many groups under one stem a document is compared with; further ones stay alone."""

_LEAST_NAME = 4
_DIGITS = re.compile(r"\d+")


def families(documents: Iterable[Sketched]) -> tuple[Family, ...]:
    """The families among the documents, by the path of their oldest member."""
    known = {one.doc_id: one for one in sorted(documents, key=lambda one: (one.root, one.path))}
    groups = _Groups()
    for one, other in _pairs([*known.values()]):
        groups.join(one.doc_id, other.doc_id)
    for one, other in _named([*known.values()]):
        if not (_is_of_a_day(one) and groups.has(other.doc_id)):
            groups.join(one.doc_id, other.doc_id)
    found = ([known[i] for i in group] for group in groups.all())
    made = [_family(group) for group in found]
    return tuple(sorted(made, key=lambda family: family.members[0].source))


class _Groups:
    """Sets that grow together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._sizes: defaultdict[str, int] = defaultdict(lambda: 1)

    def join(self, one: str, other: str) -> None:
        above, below = self._top(one), self._top(other)
        if above != below:
            self._above[below] = above
            self._sizes[above] += self._sizes[below]

    def has(self, name: str) -> bool:
        """Whether it is in a set with others."""
        return self._sizes[self._top(name)] > 1

    def all(self) -> list[list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._above:
            found[self._top(name)].append(name)
        return [sorted(group) for group in found.values() if len(group) > 1]

    def _top(self, name: str) -> str:
        while (above := self._above.setdefault(name, name)) != name:
            name = above
        return name


def _pairs(documents: Sequence[Sketched]) -> Iterator[tuple[Sketched, Sketched]]:
    """The pairs that belong together; of a group not every pair, but enough to join it."""
    by_stem: defaultdict[str, list[Sketched]] = defaultdict(list)
    by_band: defaultdict[tuple[int, bytes], list[Sketched]] = defaultdict(list)
    for one in documents:
        for stem in {one.facts.name, one.facts.title} - {""}:
            by_stem[stem].append(one)
        for place, band in enumerate(bands(one.sketch)):
            by_band[place, band].append(one)
    for alike in by_stem.values():
        if len(alike) > 1:
            yield from _near_leaders(alike, _belongs)
    for near in by_band.values():
        if len(near) > 1:
            yield from _near_leaders(near, _is_copy)


def _named(documents: Sequence[Sketched]) -> Iterator[tuple[Sketched, Sketched]]:
    """A document, and one that it says to be replaced."""
    by_stem: defaultdict[str, list[Sketched]] = defaultdict(list)
    replacing = [one for one in documents if one.facts.replaced]
    for one in documents if replacing else ():
        for stem in {one.facts.name, one.facts.title} - {""}:
            by_stem[stem].append(one)
    for one in sorted(replacing, key=_is_of_a_day):
        for stem in one.facts.replaced:
            yield from ((one, other) for other in by_stem[stem] if other is not one)


def _is_of_a_day(one: Sketched) -> bool:
    """Mails, minutes and notices tell of what other documents replace, and stand in no one's
    place but in that of a document that has no successor."""
    return bool(one.facts.people or one.facts.named % 100)


def _near_leaders(
    documents: Sequence[Sketched], belongs: Callable[[Sketched, Sketched], bool]
) -> Iterator[tuple[Sketched, Sketched]]:
    leaders: list[Sketched] = []
    for one in documents:
        for leader in leaders:
            if belongs(leader, one):
                yield leader, one
                break
        else:
            if len(leaders) < _LEADERS:
                leaders.append(one)


def _belongs(one: Sketched, other: Sketched) -> bool:
    """Whether two documents of one stem are versions of one."""
    a, b = one.facts, other.facts
    if a.people or b.people:
        together = {*a.people} & {*b.people}
        return bool(together) and (a.is_reply or b.is_reply or _is_told(one, other))
    if a.name != b.name and _identifiers(one) != _identifiers(other):
        return False
    differ = (a.label, a.number, a.named, a.draft) != (b.label, b.number, b.named, b.draft)
    of_a_day = bool(a.named % 100 and b.named % 100)
    least = (_OTHER_DAY if of_a_day else _OTHER_DATE) if differ else _NOTHING_TOLD
    if differ and _is_told(one, other):
        least = _DAY_TOLD if of_a_day else _TOLD
    if a.name and b.name and _dice(a.name, b.name) < _NEAR_NAMES:
        if not differ:
            return False
        least = max(least, _OTHER_NAME)
    if _folder(one) != _folder(other):
        least += _ELSEWHERE
    return likeness(one.sketch, other.sketch) >= least


def _is_copy(one: Sketched, other: Sketched) -> bool:
    """Whether two nearly equal documents of different stems are versions of one."""
    a, b = one.facts, other.facts
    short, long = sorted((a.name, b.name), key=len)
    if short == long or len(short) < _LEAST_NAME or short not in long:
        return False  # equal names were compared by their stem
    if a.people or b.people or _identifiers(one) != _identifiers(other):
        return False
    return likeness(one.sketch, other.sketch) >= _NOTHING_TOLD + _ELSEWHERE


def _is_told(one: Sketched, other: Sketched) -> bool:
    return any(f.marked or f.replaces for f in (one.facts, other.facts))


def _identifiers(document: Sketched) -> set[str]:
    """The numbers of a name that tell no version: 031 of a contract, not the 23 of 2023."""
    facts = document.facts
    years = {str(day // 10_000)[2:] for day in (facts.named, facts.effective) if day}
    return {*_DIGITS.findall(facts.name)} - years


def _folder(document: Sketched) -> tuple[str, str]:
    return document.root, document.path.rpartition("/")[0]


def _dice(one: str, other: str) -> float:
    a, b = ({left + right for left, right in pairwise(text)} for text in (one, other))
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


# --- the order ------------------------------------------------------------------------


def _family(documents: Sequence[Sketched]) -> Family:
    numbered = sum(bool(one.facts.number) for one in documents) >= len(documents) - 1
    replaced = {stem for one in documents for stem in one.facts.replaced}
    ordered = sorted(documents, key=lambda one: _age(one, replaced, numbered=numbered))
    return Family(_kind(ordered), tuple(map(_member, ordered)))


def _age(one: Sketched, replaced: Set[str], *, numbered: bool) -> tuple[object, ...]:
    """By number where all but one have one, by what the text says, by the name, by the file. One
    without a day that another names as replaced is the older one."""
    facts = one.facts
    day = facts.effective or facts.named or facts.dated
    if not day and not {facts.name, facts.title} & replaced:
        day = _day_of(one.mtime_ns)
    return (facts.number if numbered else (), day, facts.replaces, one.mtime_ns, one.path)


def _day_of(mtime_ns: int) -> int:
    day = datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    return day.year * 10_000 + day.month * 100 + day.day


def _kind(documents: Sequence[Sketched]) -> FamilyKind:
    facts = [one.facts for one in documents]
    told = any(one.marked or one.replaces or one.replaced or one.effective for one in facts)
    if told:
        return FamilyKind.EDITION
    return FamilyKind.THREAD if any(one.people for one in facts) else FamilyKind.SERIES


def _member(one: Sketched) -> Member:
    facts = one.facts
    return Member(
        doc_id=one.doc_id,
        source=one.path,
        label=facts.label,
        number=facts.number,
        since=facts.effective,
        dated=facts.named or facts.dated,
        valid=not (facts.draft or facts.repealed),
    )
