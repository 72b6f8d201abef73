"""Families set right by the configuration (`retrieval.versions`, `retrieval.not_versions`)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence

from kb.version_types import Families, Family, FamilyKind, Member

_BETWEEN = re.compile(r"\s+>\s+")


def corrected(
    families: Families,
    sources: Mapping[str, str],
    *,
    versions: Sequence[str],
    not_versions: Sequence[str],
) -> Families:
    """The families as they are to be.

    Args:
        sources: every document's path, by its id. Of a path that a glob of `versions` fits
            several of, the later in the alphabet is the newer one.
    """
    given = [_given(line, sources, families) for line in versions]
    fixed = {member.doc_id for family in given for member in family.members}
    apart = {name for glob in not_versions for name in _fitting(glob, sources)}
    kept = (_without(family, fixed | apart) for family in families.all)
    whole = [family for family in (*kept, *given) if len(family.members) > 1]
    return Families.of(tuple(sorted(whole, key=lambda family: family.members[0].source)))


def _given(line: str, sources: Mapping[str, str], families: Families) -> Family:
    """The oldest first, as a family has them."""
    names: dict[str, None] = {}
    for glob in reversed(_BETWEEN.split(line.strip())):
        names |= dict.fromkeys(_fitting(glob, sources))
    return Family(FamilyKind.EDITION, tuple(_member(one, sources, families) for one in names))


def _fitting(glob: str, sources: Mapping[str, str]) -> list[str]:
    fits = re.compile(fnmatch.translate(glob)).match
    return sorted((one for one, path in sources.items() if fits(path)), key=lambda i: sources[i])


def _member(doc_id: str, sources: Mapping[str, str], families: Families) -> Member:
    family = families.of_document.get(doc_id)
    known = family.member(doc_id) if family else None
    return known or Member(doc_id, sources[doc_id])


def _without(family: Family, names: set[str]) -> Family:
    return Family(family.kind, tuple(one for one in family.members if one.doc_id not in names))
