"""The catalog of one generation: documents, chunks, failures, sources and document frequencies.

One SQLite file. A draft's catalog is written without any journal on disk, because a draft
that is not committed is thrown away; a committed one is opened immutable, so that reading
takes no lock and leaves no file. Imports the standard library alone: `kb status` needs it.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import mmap
import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kb.atomic import replaced
from kb.index.faults import damaged, store_faults
from kb.index.rows import CHUNK, DOCUMENT, SCHEMA, chunk_row, document_record, document_row
from kb.text.language import Language, language
from kb.types import MEMBER, Chunk, DocumentRecord, Failure, SourceRoot

_HOLDS = """
SELECT 1 FROM chunk WHERE instr(context || char(0) || text, ?1) UNION ALL
SELECT 1 FROM document WHERE instr(title || char(0) || path || char(0) || labels, ?1) UNION ALL
SELECT 1 FROM failure WHERE instr(path || char(0) || message, ?1) LIMIT 1
"""
_AMONG = "IN (SELECT value FROM json_each(?))"

# Document frequencies are counted in memory and written when this many terms have changed.
_TERMS_HELD = 200_000


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of one document asks of the vector index: chunk ids to upsert, to delete."""

    upsert: tuple[str, ...]
    delete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    documents: int
    chunks: int
    characters: int
    failures: int


class Catalog:
    """One generation's catalog, to read or to write.

    Every change is whole or not at all. Not for use by two threads at once while writing.

    Raises:
        StoreError: the file cannot be opened or written.
        StoreDamaged: it is not a catalog.
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self._path = path
        self._changes: Counter[int] = Counter()
        self._samples: dict[int, Mapping[str, Language]] = {}
        with store_faults(path):
            if not path.is_file() and not writable:
                raise damaged(path, "the file is missing")
            self._db = _connected(path, writable=writable)
            if writable and not self._all("SELECT 1 FROM sqlite_master LIMIT 1"):
                self._db.executescript(SCHEMA)
            self._all("SELECT 1 FROM meta LIMIT 1")

    # --- documents and chunks ---------------------------------------------------------

    def documents(self) -> list[DocumentRecord]:
        """Every document, by root and path."""
        return self._documents("ORDER BY root, path")

    def document(self, doc_id: str) -> DocumentRecord | None:
        return next(iter(self._documents("WHERE doc_id = ?", doc_id)), None)

    def known(self) -> dict[tuple[str, str], DocumentRecord]:
        """Every document by (root, path)."""
        return {(record.root, record.path): record for record in self.documents()}

    def members(self, root: str, path: str) -> list[DocumentRecord]:
        """What is inside an archive or a mail, at any depth, by path."""
        first = path + MEMBER  # a range of the index: "0" is the character after "/"
        return self._documents(
            "WHERE root = ? AND path >= ? AND path < ? ORDER BY path", root, first, first[:-1] + "0"
        )

    def documents_matching(self, glob: str) -> list[DocumentRecord]:
        """The documents whose path, or root and path, fit a glob; `*` also matches `/`."""
        fits = re.compile(fnmatch.translate(glob)).match
        return [
            record
            for record in self.documents()
            if fits(record.path) or fits(f"{record.root}/{record.path}")
        ]

    def document_ids_matching(self, glob: str) -> list[str]:
        return [record.doc_id for record in self.documents_matching(glob)]

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        """The named chunks in the order of the names; ids that are not there are left out."""
        found = {chunk.id: chunk for chunk in self._chunks(f"WHERE id {_AMONG}", _array(ids))}
        return [found[chunk_id] for chunk_id in ids if chunk_id in found]

    def document_chunks(self, doc_id: str) -> list[Chunk]:
        return self._chunks("WHERE doc_id = ? ORDER BY ordinal", doc_id)

    def neighbours(self, chunk: Chunk, distance: int) -> list[Chunk]:
        """The chunk and those of its document up to `distance` before and after, in order."""
        return self._chunks(
            "WHERE doc_id = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal",
            chunk.doc_id,
            chunk.ordinal - distance,
            chunk.ordinal + distance,
        )

    def chunk_ids(self) -> Iterator[str]:
        """Every chunk id, in ascending order."""
        with store_faults(self._path):
            yield from (row[0] for row in self._db.execute("SELECT id FROM chunk ORDER BY id"))

    def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are chunks of this generation."""
        return {row[0] for row in self._all(f"SELECT id FROM chunk WHERE id {_AMONG}", _array(ids))}

    def point_contents(self, ids: Sequence[str]) -> list[tuple[str, str, bytes]]:
        """Of each chunk that is there its id, its document's labels and its terms, as stored."""
        found = f"chunk JOIN document USING (doc_id) WHERE id {_AMONG}"
        return self._all(f"SELECT id, labels, terms FROM {found}", _array(ids))

    def sample(self, count: int) -> Mapping[str, Language]:
        """A fixed sample of chunk ids, with the language that each one's text is written in.

        Ids are hashes, so the smallest are a uniform sample. Read once until chunks change.
        """
        if count not in self._samples:
            rows = self._all("SELECT id, text FROM chunk ORDER BY id LIMIT ?", count)
            self._samples[count] = {chunk_id: language(text) for chunk_id, text in rows}
        return self._samples[count]

    def chunk_count(self) -> int:
        return int(self._all("SELECT count(*) FROM chunk")[0][0])

    def counts(self) -> Counts:
        """Archives are not counted: their members are the documents."""
        documents, chunks, characters = self._all(
            "SELECT count(*), coalesce(sum(chunks), 0), coalesce(sum(characters), 0)"
            " FROM document WHERE characters > 0"
        )[0]
        return Counts(documents, chunks, characters, len(self.failures()))

    def put_document(
        self, record: DocumentRecord, chunks: Sequence[Chunk], terms: Sequence[Sequence[int]]
    ) -> Change:
        """Add a document, or put it in the place of the one with the same id.

        `terms[i]` are the term ids of `chunks[i]`'s sparse vector. A chunk whose id was there
        before is not upserted again, unless its terms or the document's labels have changed.
        """
        blobs = [array("I", ids).tobytes() for ids in terms]
        with self._transaction():
            before = self.document(record.doc_id)
            old, frequencies = self._take_chunks(record.doc_id)
            self._db.execute(
                f"INSERT OR REPLACE INTO document ({DOCUMENT}) VALUES (?,?,?,?,?,?,?,?,?,?)",
                document_row(record),
            )
            self._db.executemany(
                f"INSERT INTO chunk ({CHUNK}, terms) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                [(*chunk_row(chunk), blob) for chunk, blob in zip(chunks, blobs, strict=True)],
            )
            for ids in terms:
                frequencies.update(ids)
        self._count(frequencies)
        new = [chunk.id for chunk in chunks]
        known = old if before is None or before.labels == record.labels else {}
        return Change(
            upsert=tuple(i for i, blob in zip(new, blobs, strict=True) if known.get(i) != blob),
            delete=tuple(sorted(old.keys() - set(new))),
        )

    def remove_document(self, doc_id: str) -> Change:
        with self._transaction():
            old, frequencies = self._take_chunks(doc_id)
            self._db.execute("DELETE FROM document WHERE doc_id = ?", (doc_id,))
        self._count(frequencies)
        return Change(upsert=(), delete=tuple(sorted(old)))

    def touch_document(self, doc_id: str, size: int, mtime_ns: int) -> None:
        """Note that a file has another time and the same content."""
        self._run(
            "UPDATE document SET size = ?, mtime_ns = ? WHERE doc_id = ?", size, mtime_ns, doc_id
        )

    # --- term frequencies -------------------------------------------------------------

    def df(self, terms: Iterable[int]) -> dict[int, int]:
        """In how many chunks each term occurs; terms that occur nowhere are left out."""
        self._write_terms()
        rows = self._all(f"SELECT id, chunks FROM term WHERE id {_AMONG}", _array([*terms]))
        return {term: count for term, count in rows if count > 0}

    # --- failures, sources, meta ------------------------------------------------------

    def failures(self) -> list[Failure]:
        rows = self._all(
            "SELECT root, path, stage, reference, message, hint, size, mtime_ns FROM failure"
            " ORDER BY root, path, rowid"
        )
        return [Failure(*row) for row in rows]

    def put_failure(self, failure: Failure) -> None:
        self._run(
            "INSERT INTO failure VALUES (?,?,?,?,?,?,?,?)",
            failure.root,
            failure.path,
            failure.stage,
            failure.reference,
            failure.message,
            failure.hint,
            failure.size,
            failure.mtime_ns,
        )

    def clear_failures(self, root: str, path: str) -> None:
        """Forget what failed in one file."""
        self._run("DELETE FROM failure WHERE root = ? AND path = ?", root, path)

    def sources(self) -> list[SourceRoot]:
        rows = self._all("SELECT label, location, only_ FROM source ORDER BY label")
        return [SourceRoot(label, place, tuple(json.loads(only))) for label, place, only in rows]

    def put_source(self, source: SourceRoot) -> None:
        self._run(
            "INSERT OR REPLACE INTO source VALUES (?, ?, ?)",
            source.label,
            source.location,
            json.dumps(source.only),
        )

    def remove_source(self, label: str) -> None:
        self._run("DELETE FROM source WHERE label = ?", label)

    def meta(self, key: str) -> str | None:
        rows = self._all("SELECT value FROM meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def clear_meta(self, key: str) -> None:
        self._run("DELETE FROM meta WHERE key = ?", key)

    # --- the whole --------------------------------------------------------------------

    def root_hash(self) -> str:
        """sha256 over every (document id, sha256, chunk ids), sorted: equal content, equal hash."""
        digest = hashlib.sha256()
        with store_faults(self._path):
            for doc_id, sha256 in self._db.execute(
                "SELECT doc_id, sha256 FROM document ORDER BY doc_id"
            ):
                digest.update(f"document {doc_id} {sha256}\n".encode())
            for doc_id, chunk_id in self._db.execute(
                "SELECT doc_id, id FROM chunk ORDER BY doc_id, ordinal, id"
            ):
                digest.update(f"chunk {doc_id} {chunk_id}\n".encode())
        return digest.hexdigest()

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file; nothing when it is whole."""
        found = [str(row[0]) for row in self._all("PRAGMA quick_check")]
        return [] if found == ["ok"] else found

    def bytes_left(self, needles: Sequence[bytes]) -> int:
        """How many of some deleted texts the file's bytes still hold, free pages included.

        What a chunk, a document or a failure that is still there holds as well does not count.
        """
        with (
            store_faults(self._path),
            self._path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data,
        ):
            found = [needle for needle in needles if needle and data.find(needle) >= 0]
        return sum(not self.holds(needle) for needle in found)

    def holds(self, needle: bytes) -> bool:
        """Whether a chunk, a document or a failure has these bytes in it."""
        return bool(self._all(_HOLDS, needle.decode("utf-8", "ignore")))

    def compact(self) -> None:
        """Write the file anew from its rows: nothing is left of what was deleted."""
        self.finish()
        with store_faults(self._path):
            with replaced(self._path, fsync=False, fsync_folder=False, locked=True) as fresh:
                self._run("VACUUM INTO ?", str(fresh))
                self._db.close()
            self._db = _connected(self._path, writable=True)

    def finish(self) -> None:
        """Write what is still held in memory. The caller fsyncs the file."""
        self._write_terms()
        self._run("DELETE FROM term WHERE chunks <= 0")

    def close(self) -> None:
        self._db.close()

    # --- within -----------------------------------------------------------------------

    def _take_chunks(self, doc_id: str) -> tuple[dict[str, bytes], Counter[int]]:
        """Delete a document's chunks; their terms, and what that takes from the frequencies.

        Every change of chunks begins here, so here the sample is forgotten.
        """
        self._samples.clear()
        rows = self._all("SELECT id, terms FROM chunk WHERE doc_id = ?", doc_id)
        frequencies: Counter[int] = Counter()
        for _, blob in rows:
            frequencies.subtract(array("I", blob))
        self._db.execute("DELETE FROM chunk WHERE doc_id = ?", (doc_id,))
        return dict(rows), frequencies

    def _count(self, frequencies: Counter[int]) -> None:
        self._changes.update(frequencies)
        if len(self._changes) > _TERMS_HELD:
            self._write_terms()

    def _write_terms(self) -> None:
        if not self._changes:
            return
        with self._transaction():
            self._db.executemany(
                "INSERT INTO term VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET chunks = chunks + excluded.chunks",
                [(term, change) for term, change in self._changes.items() if change],
            )
        self._changes.clear()

    def _documents(self, tail: str, *values: object) -> list[DocumentRecord]:
        rows = self._all(f"SELECT {DOCUMENT} FROM document {tail}", *values)
        return [document_record(row) for row in rows]

    def _chunks(self, tail: str, *values: object) -> list[Chunk]:
        return [Chunk(*row) for row in self._all(f"SELECT {CHUNK} FROM chunk {tail}", *values)]

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with store_faults(self._path):
            return self._db.execute(statement, values).fetchall()

    def _run(self, statement: str, *values: object) -> None:
        with store_faults(self._path):
            self._db.execute(statement, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with store_faults(self._path):
            self._db.execute("BEGIN")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise


def _connected(path: Path, *, writable: bool) -> sqlite3.Connection:
    mode = "rwc" if writable else "ro&immutable=1"
    db = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    db.execute("PRAGMA cache_size=-16384")
    if writable:
        # A deleted text is overwritten: nobody finds it in the file's free pages.
        db.executescript(
            "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA secure_delete=ON;"
        )
    else:
        # A question's chunks lie all over the file: through a map, two thirds of the time.
        db.execute("PRAGMA mmap_size=2147418112")
    return db


def _array(values: Iterable[object]) -> str:
    return json.dumps([*values])
