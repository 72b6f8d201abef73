"""What documents have in common where they may be versions of one another: the table `version_key`.

A key is a stem of a name or a title, one that a text says to be replaced, or a band of a sketch
(kb/versions/families.py compares nothing else). What no key links with a document, directly or
through others, is in no family with it; so after a change only the families of what is linked are
formed anew. A key too many costs time; one that is missing is damage, which `kb check` finds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice

from kb.index.database import Database
from kb.text.likeness import bands
from kb.version_types import VersionFacts

TABLE = """
CREATE TABLE IF NOT EXISTS version_key (
    key INTEGER NOT NULL, doc_id TEXT NOT NULL, PRIMARY KEY (key, doc_id)
) WITHOUT ROWID;
"""

_BATCH = 10_000
"""Keys that are looked up at a time."""

Keyed = tuple[str, Iterable[int]]
"""A document and its keys."""


def exists(database: Database) -> bool:
    found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'version_key'"
    return bool(database.all(found))


def keys(facts: VersionFacts, sketch: bytes) -> set[int]:
    """Raise FORMAT in kb/index/versions.py when they are made in another way."""
    stems = {facts.name, facts.title, *facts.replaced} - {""}
    named = (f"stem {stem}".encode("utf-8", "surrogatepass") for stem in stems)
    alike = (b"band %d " % place + band for place, band in enumerate(bands(sketch)))
    return {_number(one) for one in (*named, *alike)}


def _number(text: bytes) -> int:
    """64 bits, as SQLite's integers have. Two texts of one number are linked for nothing."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def put(database: Database, documents: Iterable[Keyed]) -> None:
    rows = ((key, doc_id) for doc_id, own in documents for key in own)
    database.run_each("INSERT OR IGNORE INTO version_key VALUES (?, ?)", rows)


def remove(database: Database, documents: Iterable[Keyed]) -> None:
    rows = ((key, doc_id) for doc_id, own in documents for key in own)
    database.run_each("DELETE FROM version_key WHERE key = ? AND doc_id = ?", rows)


def having(database: Database, wanted: Iterable[int]) -> set[str]:
    """The documents that have one of some keys."""
    one_of = "SELECT DISTINCT doc_id FROM version_key WHERE key IN (SELECT value FROM json_each(?))"
    return {
        doc_id for some in _batches(wanted) for (doc_id,) in database.each(one_of, json.dumps(some))
    }


def are_there(database: Database, doc_id: str, own: Iterable[int]) -> bool:
    """Whether a document's keys are what was written, or more."""
    if not exists(database):
        return False
    wanted = [*own]
    one_of = "key IN (SELECT value FROM json_each(?)) AND doc_id = ?"
    counted = f"SELECT count(*) FROM version_key WHERE {one_of}"
    [(found,)] = database.all(counted, json.dumps(wanted), doc_id)
    return bool(found == len(wanted))


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    left = iter(numbers)
    while some := [*islice(left, _BATCH)]:
        yield some
