"""In how many of a catalog's chunks each term occurs: what BM25's idf is computed from."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable

from kb.index.database import Database

_HELD = 200_000
"""Changes are held in memory, and written when this many terms have changed."""


class TermFrequencies:
    """The frequencies in one catalog, to read or to change. Not for several threads at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changes: Counter[int] = Counter()

    def of(self, terms: Iterable[int]) -> dict[int, int]:
        """In how many chunks each term occurs; terms that occur nowhere are left out."""
        self._write()
        among = "id IN (SELECT value FROM json_each(?))"
        rows = self._database.all(
            f"SELECT id, chunks FROM term WHERE {among}", json.dumps([*terms])
        )
        return {term: count for term, count in rows if count > 0}

    def add(self, change: Counter[int]) -> None:
        """Count a change of chunks; the counts of what was taken out are negative."""
        self._changes.update(change)
        if len(self._changes) > _HELD:
            self._write()

    def write_many(self, change: Counter[int]) -> None:
        """Within a transaction: write a change that is too large to hold, and empty it. A large
        document's terms are as many as half a million."""
        if len(change) > _HELD:
            self._put(change)

    def recount(self) -> None:
        """Count anew, from the terms of every chunk."""
        self._changes = Counter()
        counted = count_terms(self._database)
        with self._database.transaction():
            self._database.run("DELETE FROM term")
            self._database.run_each("INSERT INTO term VALUES (?, ?)", counted.items())

    def finish(self) -> None:
        """Write what is held, and delete terms that occur nowhere any more."""
        self._write()
        self._database.run("DELETE FROM term WHERE chunks <= 0")

    def _write(self) -> None:
        if not self._changes:
            return
        with self._database.transaction():
            self._put(self._changes)

    def _put(self, changes: Counter[int]) -> None:
        self._database.run_each(
            "INSERT INTO term VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET chunks = chunks + excluded.chunks",
            (change for change in changes.items() if change[1]),
        )
        changes.clear()


def count_terms(database: Database) -> Counter[int]:
    """In how many chunks each term occurs. Raises TypeError or ValueError: a chunk has none."""
    counted: Counter[int] = Counter()
    for (blob,) in database.each("SELECT terms FROM chunk"):
        counted.update(array("I", blob))
    return counted
