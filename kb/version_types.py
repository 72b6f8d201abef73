"""What is known of a document as a version of another: between the catalog and kb.versions, and
what an answer tells of it.

Days are numbers, yyyymmdd; 0 where none is known. A month, or a year, ends in 00, or 0000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What a document's name, title and text say of it as a version.

    `name` and `title` are stems: what is left without version, date, 修订, copy, final; empty where
    that is too little to go by. `label` is how the version is written (2024版, V3). `number` is its
    number, `named` the day in the name or title, `effective` since when the text says that it
    holds, `dated` another day that it gives for itself. `marked`: name or title tell versions
    apart by more than a date. `draft` and `repealed`: it is not in force, in its own words.
    `replaces`: it says so of what came before; `replaced` are the stems of what it names there.
    `people` are the addresses of a mail; `is_reply` of one whose subject says so. `kind` is what
    name or title call it (合同, minutes; kb/tables/kinds.py).
    """

    name: str = ""
    title: str = ""
    label: str = ""
    number: tuple[int, ...] = ()
    named: int = 0
    effective: int = 0
    dated: int = 0
    marked: bool = False
    draft: bool = False
    repealed: bool = False
    replaces: bool = False
    replaced: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    is_reply: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Sketched:
    """A document with its facts, and what its likeness to others is estimated from."""

    doc_id: str
    root: str
    path: str
    mtime_ns: int
    facts: VersionFacts
    sketch: bytes


class FamilyKind(StrEnum):
    """`edition`: one replaces the other. `series`: the same for another day, such as price lists.
    `thread`: mails on one subject, of which none says that it replaces the others."""

    EDITION = "edition"
    SERIES = "series"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Member:
    """`since`: the day from which it holds, 0 where it says none; `dated`: a day that it bears."""

    doc_id: str
    source: str
    label: str = ""
    number: tuple[int, ...] = ()
    since: int = 0
    dated: int = 0
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Family:
    """Versions of one document, the oldest first."""

    kind: FamilyKind
    members: tuple[Member, ...]

    def in_force(self, day: int) -> Member:
        """The newest that holds on a day; where none does, the oldest."""
        held = [one for one in self.members if one.valid] or [*self.members]
        begun = [one for one in held if (one.since or one.dated) <= day]
        return (begun or held[:1])[-1]

    def below(self, prefix: str) -> Family:
        """The same with a prefix before every id and source."""
        named = (
            replace(one, doc_id=prefix + one.doc_id, source=prefix + one.source)
            for one in self.members
        )
        return replace(self, members=tuple(named))

    def member(self, doc_id: str) -> Member | None:
        return next((one for one in self.members if one.doc_id == doc_id), None)


@dataclass(frozen=True, slots=True)
class Families:
    """The families of one generation, by the ids of their members."""

    of_document: Mapping[str, Family] = field(default_factory=dict)

    @classmethod
    def of(cls, families: tuple[Family, ...]) -> Families:
        return cls({one.doc_id: family for family in families for one in family.members})

    def place_of(self, doc_id: str) -> tuple[Family, Member] | None:
        """The family of a document and its place in it; None where it has none."""
        family = self.of_document.get(doc_id)
        member = family.member(doc_id) if family else None
        return (family, member) if family and member else None

    @property
    def all(self) -> tuple[Family, ...]:
        return tuple(dict.fromkeys(self.of_document.values()))


@dataclass(frozen=True, slots=True)
class Version:
    """Which of several versions of a document an answer rests on. `label` is how its name writes
    it (2024版, V3); `since` and `dated` are days as ISO 8601 has them, as far as they are known.

    `in_force`: no other is in its place today; else `replaced_by` is the source that is.
    """

    source: str
    label: str
    since: str
    dated: str
    in_force: bool
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another passage states another value for the same thing. `quote` is verbatim; `dated` a day
    that its document bears, `replaced` whether another version is in its document's place."""

    value: str
    source: str
    quote: str
    dated: str = ""
    replaced: bool = False
