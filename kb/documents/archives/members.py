"""What a container holds, under names that are safe to show and the same on every machine.

Nothing is ever written under a member's name; names are normalised so that they can be read,
compared and cited.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from kb.documents.scan.names import printable, skipped
from kb.types import MEMBER

_LONGEST_PART = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a container. `size` counts unpacked bytes, `packed` those it takes in the
    container; `key` is where the container finds it."""

    size: int
    packed: int
    key: Any
    encrypted: bool = False


class Container(Protocol):
    """An archive, a mailbox or a mail. `packed` tells whether it may unpack to more than it is:
    its members count against the limits of archives."""

    packed: bool
    entries: dict[str, Entry]

    def read(self, entry: Entry) -> bytes:
        """A member's bytes. Raises DocumentError, or whatever its library raises."""

    def close(self) -> None: ...


def named(found: Iterable[tuple[str, Entry]]) -> dict[str, Entry]:
    """Entries under normalised names, without what a scan of a folder would skip.

    `/` between parts, no `.`, `..`, drive or root, NFC, control characters as `_`; a name that
    is taken gets a number: `a.txt`, `a (2).txt`.
    """
    entries: dict[str, Entry] = {}
    for name, entry in found:
        parts = _parts(name)
        if parts and not _skipped(parts):
            entries[_unused("/".join(parts), entries)] = entry
    return entries


def _parts(name: str) -> list[str]:
    plain = name.replace("\\", "/")
    if plain[1:2] == ":":
        plain = plain[2:]
    plain = "".join("_" if unicodedata.category(c) == "Cc" else c for c in plain)
    plain = printable(plain.replace(MEMBER, "_/"))
    # The end of an endless name is kept: it tells the format.
    return [part[-_LONGEST_PART:] for part in plain.split("/") if part.strip() not in _NO_NAMES]


_NO_NAMES = frozenset({"", ".", ".."})


def _skipped(parts: list[str]) -> bool:
    folders = any(skipped(part, True) for part in parts[:-1])
    return folders or skipped(parts[-1], False)


def _unused(name: str, taken: dict[str, Entry]) -> str:
    folder, slash, last = name.rpartition("/")
    stem, dot, ending = last.rpartition(".")
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        numbered = f"{stem} ({number}){dot}{ending}" if stem else f"{last} ({number})"
        candidate = f"{folder}{slash}{numbered}"
    return candidate
