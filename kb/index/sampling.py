"""Chunks that stand for a whole collection, drawn by document.

Drawn chunk by chunk, one table of 700 rows would stand for everything beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from zlib import crc32

from kb.index.database import Database
from kb.index.rows import has_lexical_only
from kb.text.language import Language, language

PER_DOCUMENT = 4
"""Chunks of one document at most, unless documents are so few that LEAST could not be had."""

LEAST = 128
"""Chunks that are drawn in all, where there are as many."""

OF_A_LANGUAGE = 5
"""A fifth of what is drawn is of the rarer language, where the look finds as many."""

_LOOKED_AT = 2
"""Chunks that are looked at for each one that is drawn: for chunks of the rarer language."""

_SPREAD = 0.618
"""Of a document between two of its chunks that are drawn: the golden section, by which any
number of steps around a circle are spread nearly evenly."""

_AT = """
SELECT chunk.id, chunk.text FROM json_each(?) AS place
JOIN chunk ON chunk.doc_id = json_extract(place.value, '$[0]')
          AND chunk.ordinal = json_extract(place.value, '$[1]')
ORDER BY place.key
"""


def draw(database: Database, count: int) -> Mapping[str, Language]:
    """Up to `count` ids of embedded chunks with the language of each one's text, the same ones
    whenever the same documents are there. A document's place in the order is its id, a hash.

    Every document gives one chunk before any gives a second one.
    """
    documents = database.all(
        "SELECT doc_id, chunks FROM document WHERE chunks > 0 ORDER BY doc_id LIMIT ?",
        _LOOKED_AT * count,
    )
    among = _embedded(database)
    counted = [(doc_id, len(among.get(doc_id, range(chunks)))) for doc_id, chunks in documents]
    places = [
        (doc_id, among[doc_id][place] if doc_id in among else place)
        for doc_id, place in _places([one for one in counted if one[1]])
    ][: _LOOKED_AT * count]
    rows = database.all(_AT, json.dumps(places))
    found = {chunk_id: language(text) for chunk_id, text in rows}
    first = chain.from_iterable(
        [one for one, written in found.items() if written is spoken][: count // OF_A_LANGUAGE]
        for spoken in Language
    )
    drawn = [*dict.fromkeys((*first, *found))][:count]
    return {chunk_id: found[chunk_id] for chunk_id in drawn}


def _embedded(database: Database) -> dict[str, list[int]]:
    """Of each document with chunks that are `lexical_only`, the places of the others: only what
    has a dense vector stands for what a question is near to."""
    if not has_lexical_only(database):
        return {}
    named = "SELECT DISTINCT doc_id FROM chunk WHERE lexical_only"
    rows = database.each(
        f"SELECT doc_id, ordinal FROM chunk WHERE doc_id IN ({named}) EXCEPT"
        " SELECT doc_id, ordinal FROM chunk WHERE lexical_only ORDER BY doc_id, ordinal"
    )
    found: dict[str, list[int]] = {doc_id: [] for (doc_id,) in database.all(named)}
    for doc_id, ordinal in rows:
        found[doc_id].append(ordinal)
    return found


def _places(documents: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Document and ordinal, first one of each document, then a second one of each, and so on."""
    rounds = max(PER_DOCUMENT, -(-LEAST // len(documents))) if documents else 0
    taken: set[tuple[str, int]] = set()
    for turn in range(rounds):
        for doc_id, chunks in documents:
            if turn < chunks:
                start = crc32(doc_id.encode()) / 2**32
                place = (doc_id, int((start + turn * _SPREAD) % 1.0 * chunks))
                while place in taken:
                    place = (doc_id, (place[1] + 1) % chunks)
                taken.add(place)
                yield place
