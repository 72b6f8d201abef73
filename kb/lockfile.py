"""requirements.lock: the packages that kb was made and tested with.

One entry is `name==version ; marker`, and below it a
`--hash=sha256:…` for every file of the package. A name may stand there twice, for different
versions of Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.data_files import LOCK, shipped_folder
from kb.errors import UsageError

_ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)\s*(;\s*(?P<marker>[^\\]+))?",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """One entry. `name` is normalised (lower case, `-`); `marker` says where it is meant to be,
    empty for everywhere; `hashes` are the sha256 of its files, 64 hex digits each."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def normalised(name: str) -> str:
    """A package's name as the package index has it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(text: str) -> tuple[Locked, ...]:
    """The entries of a lock file, in its order."""
    return tuple(_entries(text))


def find() -> Path | None:
    """The lock file that belongs to this kb; None where it was not brought along."""
    try:
        found = shipped_folder() / LOCK
    except UsageError:
        return None
    return found if found.is_file() else None


def _entries(text: str) -> Iterator[Locked]:
    starts = [(match, match.start()) for match in _ENTRY.finditer(text)]
    ends = [at for _, at in starts[1:]] + [len(text)]
    for (match, at), end in zip(starts, ends, strict=True):
        yield Locked(
            name=normalised(match["name"]),
            version=match["version"],
            marker=(match["marker"] or "").strip(),
            hashes=tuple(_HASH.findall(text, at, end)),
        )
