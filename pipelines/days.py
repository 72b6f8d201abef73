"""Which day each document that was found bears, and which of two is the later."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kb.types import DocumentRecord, Hit
from kb.version_types import Family, FamilyKind, Member
from kb.versions.choosing import Versions
from kb.versions.dates import first_day, shown, today
from kb.versions.names import folded, name_parts, without_ending


class Days:
    """Of the documents of some hits, by their paths."""

    def __init__(
        self,
        hits: Iterable[Hit],
        versions: Versions,
        document: Callable[[str], DocumentRecord | None],
    ) -> None:
        """Args:
        document: a record by its id.
        """
        self.today = today()
        self._versions = versions
        self._document = document
        self._ids = {hit.source: hit.chunk.doc_id for hit in hits}

    def member(self, source: str) -> tuple[Family, Member] | None:
        """The family of a document and its place in it; None where it has none."""
        return self._versions.families.place_of(self._ids.get(source, ""))

    def is_replaced(self, source: str) -> bool:
        """Whether another member of its family is in force; a thread has no such."""
        found = self.member(source)
        if found is None or found[0].kind is FamilyKind.THREAD:
            return False
        return found[1] != found[0].in_force(self.today)

    def is_later(self, source: str, other: str) -> bool:
        """Whether both bear a day, and the first one's is the later, as far as both are known."""
        later, earlier = self._day_of(source), self._day_of(other)
        known = next(part for part in (10_000, 100, 1) if part == 1 or _lacks(part, later, earlier))
        return bool(earlier) and later // known > earlier // known

    def follows(self, source: str, other: str) -> bool:
        """Whether both are mails of one thread, and the first one is the later."""
        newer, older = self.member(source), self.member(other)
        if not newer or not older or newer[0] != older[0]:
            return False
        thread = newer[0]
        known = thread.kind is FamilyKind.THREAD
        return known and thread.members.index(newer[1]) > thread.members.index(older[1])

    def shown(self, source: str) -> str:
        """The day as ISO 8601 writes it; nothing where there is none."""
        day = self._day_of(source)
        return shown(day) if day else ""

    def _day_of(self, source: str) -> int:
        """A day that a document bears: of its family, its labels, its title or its name; else 0."""
        if found := self.member(source):
            return found[1].since or found[1].dated
        record = self._document(self._ids.get(source, ""))
        if record is None:
            return 0
        day = first_day(folded(dict(record.labels).get("date", "")))
        names = (record.title, without_ending(record.path))
        return day or next((one for name in names if (one := name_parts(name).day)), 0)


def _lacks(part: int, *days: int) -> bool:
    """Whether one of the days is known to the year (10,000) or the month (100) alone."""
    return any(day % part == 0 for day in days)
