"""The inverted index of the chunks that are not embedded: the rows of large tables.

It lies in the catalog, and so is committed, rolled back and copied with it. Chunks come in segments
of up to LARGEST_SEGMENT, which are written once; a chunk that is deleted leaves its segment's
lists when that is written anew, and is not found any more from when its row is gone. Why they
are in no vector store: docs/decisions/0017-rows-of-large-tables.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import heappush, heapreplace, nlargest
from zlib import crc32

from kb.index.database import Database
from kb.index.payload import DAY, DOCUMENT, LABELS, Conditions, Documents, conditions, payload
from kb.index.postings import LARGEST_SEGMENT, Posting, Postings, among, scored, unpacked
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Where

SCHEMA = """
CREATE TABLE IF NOT EXISTS lexical_segment (
    id INTEGER PRIMARY KEY, chunks INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS lexical_payload (id INTEGER PRIMARY KEY, payload TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS lexical_chunk (
    segment INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
    payload INTEGER NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (segment, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lexical_posting (
    segment INTEGER NOT NULL, term INTEGER NOT NULL, chunks BLOB NOT NULL,
    PRIMARY KEY (segment, term)
) WITHOUT ROWID;
"""
_TABLES = ("lexical_segment", "lexical_payload", "lexical_chunk", "lexical_posting")
_PAYLOADS = "SELECT id, payload FROM lexical_payload"
_AMONG = "IN (SELECT value FROM json_each(?))"

_SMALL_SEGMENTS = 4
"""Segments of less than half the size that may be; more are made one."""

_STALE = 5
"""A segment of which a fifth is deleted is written anew."""


class LexicalIndex:
    """The index in one catalog, to read or to change. `documents` resolves a glob over paths;
    `largest`: chunks of a segment, below 65,536.

    What is added is in it when `flush` returns, or when anything is read. Not for several threads
    at once while it is changed.
    """

    def __init__(
        self,
        database: Database,
        documents: Documents | None = None,
        *,
        largest: int = LARGEST_SEGMENT,
    ) -> None:
        self._database = database
        self._documents = documents
        self._largest = largest
        found = (
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'lexical_segment'"
        )
        self._exists = database.all(found) == [(1,)]
        # Few collections have any, and each of their documents asks for its chunks to be deleted.
        self._has_rows = self._exists and bool(database.all("SELECT 1 FROM lexical_chunk LIMIT 1"))
        self._begin()

    # --- changing ---------------------------------------------------------------------

    def add(self, points: Iterable[EmbeddedChunk]) -> None:
        """Add chunks, or put them in the place of those with the same ids."""
        for point in points:
            place = self._next
            self._next += 1
            self._waiting[point.chunk.id] = (place, json.dumps(payload(point), ensure_ascii=False))
            self._postings.add(place, point.sparse.indices, point.sparse.values)
            if self._next == self._largest:
                self._write()

    def delete(self, chunk_ids: Sequence[str]) -> None:
        for one in chunk_ids:
            self._waiting.pop(one, None)
        if self._has_rows:
            self._database.run(f"DELETE FROM lexical_chunk WHERE id {_AMONG}", _array(chunk_ids))

    def flush(self, *, merge: bool = True) -> None:
        """Write what waits; with `merge` put small segments together, and write those anew of
        which much was deleted."""
        self._write()
        if merge:
            self._tidy(_STALE)

    def keep_only_known(self) -> None:
        """Delete what the catalog has no chunk of, from the lists too: nothing is left of it."""
        if self._exists:
            known = "SELECT id FROM chunk WHERE lexical_only"
            self._database.run(f"DELETE FROM lexical_chunk WHERE id NOT IN ({known})")
            self._tidy(0)

    def forget(self) -> None:
        """Delete all of it, whatever it holds by now."""
        with self._database.transaction():
            for table in _TABLES if self._exists else ():
                self._database.run(f"DELETE FROM {table}")

    # --- reading ----------------------------------------------------------------------

    def ids(self) -> Iterator[str]:
        """Every chunk's id, in ascending order."""
        self._write()
        if self._exists:
            yield from (
                one for (one,) in self._database.each("SELECT id FROM lexical_chunk ORDER BY id")
            )

    def count(self) -> int:
        self._write()
        if not self._exists:
            return 0
        return int(self._database.all("SELECT count(*) FROM lexical_chunk")[0][0])

    def lacks_rows(self) -> bool:
        """Whether chunks that are not embedded are not here: an earlier kb gave them points."""
        self._write()
        lacking = (
            "SELECT 1 FROM chunk WHERE lexical_only AND id NOT IN (SELECT id FROM lexical_chunk)"
        )
        return bool(self._database.all(f"{lacking} LIMIT 1"))

    def search(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        """The chunks with the largest dot product, best first, ties by chunk id; none that shares
        no term."""
        self._write()
        allowed = self._allowed(where) if where and self._exists else None
        best: list[tuple[float, _Descending]] = []
        for segment in self._segments():
            lists = self._lists(segment, vector)
            least = best[0][0] if len(best) == limit else 0.0
            scores = scored([*lists.values()], least)
            for score, chunk_id in self._in_order(segment, scores, limit, allowed):
                entry = (score, _Descending(chunk_id))
                if len(best) < limit:
                    heappush(best, entry)
                elif entry > best[0]:
                    heapreplace(best, entry)
                elif score < best[0][0]:
                    break
        return [ScoredId(one, score) for score, one in sorted(best, reverse=True)]

    def score(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        """The dot product of the named chunks; those that share no term are left out."""
        self._write()
        if not self._exists or not vector.indices:
            return {}
        found: dict[int, dict[int, str]] = {}
        named = f"SELECT segment, place, id FROM lexical_chunk WHERE id {_AMONG}"
        for segment, place, chunk_id in self._database.all(named, _array(chunk_ids)):
            found.setdefault(segment, {})[place] = chunk_id
        scores: dict[str, float] = {}
        for segment, wanted in found.items():
            for weight, (factor, places, shares) in self._lists(segment, vector).values():
                for place, share in among(places, shares, wanted):
                    one = wanted[place]
                    scores[one] = scores.get(one, 0.0) + weight * factor * share
        return scores

    def problem(self) -> str:
        """What is wrong with what is stored, in words; empty where nothing is."""
        if not self._exists:
            return ""
        segments = {one: (chunks, checksum) for one, chunks, checksum in self._stored_segments()}
        payloads: dict[int, str] = dict(self._database.all(_PAYLOADS))
        rows = self._database.each(
            "SELECT segment, place, id, payload, checksum FROM lexical_chunk"
        )
        for segment, place, chunk_id, of_payload, checksum in rows:
            text = payloads.get(of_payload, "")
            if segment not in segments or checksum != _checksum(segment, place, chunk_id, text):
                return "what a row of a large table is found by is not what was written"
        sums = dict.fromkeys(segments, 0)
        lists = "SELECT segment, term, chunks FROM lexical_posting ORDER BY segment, term"
        for segment, term, blob in self._database.each(lists):
            if segment not in sums or not isinstance(blob, bytes):
                return "a posting list is in no segment"
            sums[segment] = _checksum_of_list(sums[segment], term, blob)
        if any(sums[one] != checksum for one, (_, checksum) in segments.items()):
            return "the words of rows of large tables are not what was written"
        return ""

    # --- within -----------------------------------------------------------------------

    def _begin(self) -> None:
        self._next = 0
        self._waiting: dict[str, tuple[int, str]] = {}
        self._postings = Postings()

    def _write(self) -> None:
        """What waits becomes a segment."""
        waiting, postings = self._waiting, self._postings
        if not self._next:
            return
        self._begin()
        if not waiting:
            return
        with self._database.transaction():
            gone = "DELETE FROM lexical_chunk WHERE id = ?"
            self._database.run_each(gone, ((one,) for one in waiting))
            self._put(waiting, postings)
        self._has_rows = True

    def _put(self, chunks: Mapping[str, tuple[int, str]], postings: Postings) -> None:
        [(segment,)] = self._database.all("SELECT coalesce(max(id), 0) + 1 FROM lexical_segment")
        numbers = {text: self._payload_id(text) for text in {text for _, text in chunks.values()}}
        self._database.run_each(
            "INSERT INTO lexical_chunk VALUES (?, ?, ?, ?, ?)",
            (
                (segment, place, one, numbers[text], _checksum(segment, place, one, text))
                for one, (place, text) in chunks.items()
            ),
        )
        checksum = 0

        def lists() -> Iterator[tuple[int, int, bytes]]:
            nonlocal checksum
            for term, blob in postings.packed():
                checksum = _checksum_of_list(checksum, term, blob)
                yield segment, term, blob

        self._database.run_each("INSERT INTO lexical_posting VALUES (?, ?, ?)", lists())
        self._database.run(
            "INSERT INTO lexical_segment VALUES (?, ?, ?)", segment, len(chunks), checksum
        )

    def _payload_id(self, text: str) -> int:
        self._database.run("INSERT OR IGNORE INTO lexical_payload (payload) VALUES (?)", text)
        found = self._database.all("SELECT id FROM lexical_payload WHERE payload = ?", text)
        return int(found[0][0])

    def _tidy(self, stale: int) -> None:
        """Write segments anew of which one in `stale` chunks is deleted (0: any), and small ones
        together."""
        if not self._exists:
            return
        left = "SELECT segment, count(*) FROM lexical_chunk GROUP BY 1"
        live: dict[int, int] = dict(self._database.all(left))
        stored = {one: chunks for one, chunks, _ in self._stored_segments()}
        thin = {one for one, chunks in stored.items() if _is_thin(live.get(one, 0), chunks, stale)}
        small = {one for one in stored if live.get(one, 0) < self._largest // 2}
        rewritten = sorted(thin | small) if thin or len(small) > _SMALL_SEGMENTS else []
        with self._database.transaction():
            for group in _groups(rewritten, live, self._largest):
                self._rewrite(group)
            unused = "id NOT IN (SELECT payload FROM lexical_chunk)"
            self._database.run(f"DELETE FROM lexical_payload WHERE {unused}")

    def _rewrite(self, segments: Sequence[int]) -> None:
        """Put what is left of some segments into one."""
        chunks: dict[str, tuple[int, str]] = {}
        postings = Postings()
        for segment in segments:
            rows = self._database.all(
                "SELECT place, lexical_chunk.id, lexical_payload.payload FROM lexical_chunk"
                " JOIN lexical_payload ON lexical_payload.id = lexical_chunk.payload"
                " WHERE segment = ? ORDER BY place",
                segment,
            )
            moved = {place: len(chunks) + at for at, (place, *_) in enumerate(rows)}
            chunks |= {one: (moved[place], text) for place, one, text in rows}
            lists = "SELECT term, chunks FROM lexical_posting WHERE segment = ?"
            for term, blob in self._database.each(lists, segment):
                postings.join(blob, term, moved)
        for segment in segments:
            self._database.run("DELETE FROM lexical_chunk WHERE segment = ?", segment)
            self._database.run("DELETE FROM lexical_posting WHERE segment = ?", segment)
            self._database.run("DELETE FROM lexical_segment WHERE id = ?", segment)
        if chunks:
            self._put(chunks, postings)

    def _stored_segments(self) -> list[tuple[int, int, int]]:
        return self._database.all("SELECT id, chunks, checksum FROM lexical_segment ORDER BY id")

    def _segments(self) -> list[int]:
        return [one for one, *_ in self._stored_segments()] if self._exists else []

    def _lists(self, segment: int, vector: SparseVector) -> dict[int, tuple[float, Posting]]:
        """By term, the weight that a question gives it and its list in a segment."""
        weights = dict(zip(vector.indices, vector.values, strict=True))
        lists = f"SELECT term, chunks FROM lexical_posting WHERE segment = ? AND term {_AMONG}"
        found = self._database.all(lists, segment, _array(vector.indices))
        return {term: (weights[term], unpacked(blob)) for term, blob in found}

    def _in_order(
        self, segment: int, scores: Mapping[int, float], limit: int, allowed: set[int] | None
    ) -> Iterator[tuple[float, str]]:
        """The chunks of a segment that are there and allowed, best first."""
        asked, given = max(limit, 1), set[int]()
        named = f"SELECT place, id, payload FROM lexical_chunk WHERE segment = ? AND place {_AMONG}"
        while len(given) < len(scores):
            first = nlargest(asked, scores.items(), key=lambda one: one[1])
            fresh = {place: score for place, score in first if place not in given}
            given |= fresh.keys()
            rows = self._database.all(named, segment, _array(fresh))
            found = [
                (fresh[place], chunk_id)
                for place, chunk_id, of_payload in rows
                if allowed is None or of_payload in allowed
            ]
            yield from sorted(found, key=lambda one: -one[0])
            asked *= 4

    def _allowed(self, where: Where) -> set[int]:
        wanted = conditions(where, self._documents)
        return {one for one, text in self._database.all(_PAYLOADS) if _fulfils(text, wanted)}


class _Descending(str):
    """An id that is the greater the earlier it comes: of equal scores the first id is the best."""

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)


def _fulfils(text: str, wanted: Conditions) -> bool:
    fields: dict[str, object] = {}
    with suppress(ValueError):
        fields = json.loads(text)
    labels, day = fields.get(LABELS), fields.get(DAY)
    return (
        isinstance(labels, list)
        and {*wanted.labels} <= {*labels}
        and all(fields.get(DOCUMENT) in group for group in wanted.documents)
        and all(isinstance(day, int) and first <= day <= last for first, last in wanted.days)
    )


def _is_thin(left: int, chunks: int, stale: int) -> bool:
    deleted = chunks - left
    return deleted * stale >= chunks if stale else deleted > 0


def _groups(segments: Sequence[int], live: Mapping[int, int], largest: int) -> Iterator[list[int]]:
    """Segments that go into one of at most `largest` chunks, in their order."""
    group: list[int] = []
    for one in segments:
        if group and sum(live.get(s, 0) for s in (*group, one)) > largest:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _checksum(segment: int, place: int, chunk_id: str, text: str) -> int:
    return crc32(f"{segment}\0{place}\0{chunk_id}\0{text}".encode("utf-8", "surrogatepass"))


def _checksum_of_list(before: int, term: int, blob: bytes) -> int:
    return crc32(blob, crc32(b"%d:" % term, before))


def _array(values: Iterable[object]) -> str:
    return json.dumps([*values])
