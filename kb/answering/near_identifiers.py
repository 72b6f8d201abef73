"""Identifiers that are one character off: who asks for E1399 may mean E1339."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator

from kb.text.fold import fold
from kb.text.slips import slip

_SHORTEST = 4
"""Characters of an identifier from which on it may be a mistyped one: any A2 is near any A3."""

_NAMED = 3
"""Near ones that are named at most."""

_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*(?![A-Za-z0-9])")


def variants(identifier: str) -> Iterator[str]:
    """Everything that one slip of a finger makes of a folded identifier: two neighbours exchanged,
    one character replaced by another of its kind, one too many, one too few."""
    if len(identifier) < _SHORTEST:
        return
    places = [at for at, char in enumerate(identifier) if char.isalnum()]
    for at in places:
        before, char, behind = identifier[:at], identifier[at], identifier[at + 1 :]
        kind = string.digits if char.isdigit() else string.ascii_lowercase
        if behind[:1].isalnum() and behind[0] != char:
            yield before + behind[0] + char + behind[1:]
        yield from (before + other + behind for other in kind if other != char)
        yield before + behind
        yield from (before + other + char + behind for other in kind)
    yield from (identifier + other for other in string.digits)


def nearest(identifier: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The identifiers in the texts that are one character off, as they are written there; those
    with two characters exchanged or one replaced first, then in the order of their spelling."""
    wanted = fold(identifier)
    found: dict[str, str] = {}
    for text in texts:
        for token in _TOKEN.findall(text):
            found.setdefault(fold(token), token)
    near = [one for one in found if len(wanted) >= _SHORTEST and slip(wanted, one)]
    near.sort(key=lambda one: (len(one) != len(wanted), one))
    return tuple(found[one] for one in near[:_NAMED])
