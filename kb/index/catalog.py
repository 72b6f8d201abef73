"""The catalog of one generation: documents, chunks, failures, sources and document frequencies.

A row that is read is compared with the checksum that was stored with it, so that nobody is shown
what nobody wrote. `kb status` needs it, so what few commands need is imported where it is used.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import StoreDamaged
from kb.index.database import Database, Row
from kb.index.faults import damaged, state_faults
from kb.index.rows import (
    CHUNK,
    DOCUMENT,
    PUT_CHUNK,
    PUT_DOCUMENT,
    SCHEMA,
    Change,
    Counts,
    checksum,
    chunk_row,
    document_record,
    document_row,
    has_checksums,
    has_lexical_only,
    terms_checksum,
)
from kb.index.term_frequencies import TermFrequencies
from kb.statefile import lists_of_texts, texts
from kb.types import MEMBER, Chunk, DocumentRecord, Failure, SourceRoot

if TYPE_CHECKING:
    from kb.index.tables import TableStore
    from kb.table_types import Table
    from kb.text.language import Language

_AMONG = "IN (SELECT value FROM json_each(?))"


class Catalog:
    """One generation's catalog, to read or to write.

    Every change is whole or not at all. Not for use by two threads at once while writing.

    Raises:
        StoreError: the file cannot be opened or written.
        StoreDamaged: it is not a catalog.
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self._path = path
        self._samples: dict[int, Mapping[str, Language]] = {}
        self.database = Database(path, writable=writable)
        if writable and not self._all("SELECT 1 FROM sqlite_master LIMIT 1"):
            self.database.script(SCHEMA)
        self._all("SELECT 1 FROM meta LIMIT 1")
        if writable:
            from kb.index.integrity import add_columns

            add_columns(self.database)
        self._checksum = "checksum" if has_checksums(self.database) else "NULL"
        self._lexical_only = "lexical_only" if has_lexical_only(self.database) else "0"
        self._frequencies = TermFrequencies(self.database)

    @cached_property
    def table_store(self) -> TableStore:
        """The tables of the documents."""
        from kb.index.tables import TableStore

        return TableStore(self.database)

    # --- documents and chunks ---------------------------------------------------------

    def documents(self, *root: str) -> list[DocumentRecord]:
        """Every document, or those of a root, by root and path."""
        return self._documents(f"{'WHERE root = ? ' if root else ''}ORDER BY root, path", *root)

    def document(self, doc_id: str) -> DocumentRecord | None:
        return next(iter(self._documents("WHERE doc_id = ?", doc_id)), None)

    def documents_named(self, doc_ids: Iterable[str]) -> list[DocumentRecord]:
        """Those of some ids that are there, by root and path."""
        return self._documents(f"WHERE doc_id {_AMONG} ORDER BY root, path", _array(doc_ids))

    def names(self) -> Iterator[Row]:
        """Of every document with text its id, path, title and labels as stored, by root and path;
        compared with no checksum."""
        told = "doc_id, path, title, labels FROM document WHERE characters > 0"
        return self.database.each(f"SELECT {told} ORDER BY root, path")

    def members(self, root: str, path: str) -> list[DocumentRecord]:
        """What is inside an archive or a mail, at any depth, by path."""
        first = path + MEMBER  # a range of the index: "0" is the character after "/"
        return self._documents(
            "WHERE root = ? AND path >= ? AND path < ? ORDER BY path", root, first, first[:-1] + "0"
        )

    def documents_matching(self, glob: str) -> list[DocumentRecord]:
        """The documents whose path, or root and path, fit a glob; `*` also matches `/`."""
        ids = {*self.document_ids_matching(glob)}
        return [record for record in self.documents() if record.doc_id in ids] if ids else []

    def document_ids_matching(self, glob: str) -> list[str]:
        fits = re.compile(fnmatch.translate(glob)).match
        rows = self.database.each("SELECT doc_id, root, path FROM document ORDER BY root, path")
        return [name for name, root, path in rows if fits(path) or fits(f"{root}/{path}")]

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

    def chunk_ids(self, *, embedded: bool = False) -> Iterator[str]:
        """Every chunk id, or of those with a dense vector, in ascending order."""
        which = f" WHERE NOT {self._lexical_only}" if embedded else ""
        return (row[0] for row in self.database.each(f"SELECT id FROM chunk{which} ORDER BY id"))

    def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are chunks of this generation."""
        return {row[0] for row in self._all(f"SELECT id FROM chunk WHERE id {_AMONG}", _array(ids))}

    def point_contents(self, ids: Sequence[str]) -> list[tuple[str, str, bytes]]:
        """Of each chunk that is there its id, its document's labels and its terms, as stored."""
        found = f"chunk JOIN document USING (doc_id) WHERE id {_AMONG}"
        return self._all(f"SELECT id, labels, terms FROM {found}", _array(ids))

    def sample(self, count: int) -> Mapping[str, Language]:
        """A fixed sample of chunk ids, drawn by document, with the language that each one's text
        is written in (kb/index/sampling.py). Read once until chunks change."""
        from kb.index import sampling

        if count not in self._samples:
            self._samples[count] = sampling.draw(self.database, count)
        return self._samples[count]

    def chunk_count(self) -> int:
        return int(self._all("SELECT count(*) FROM chunk")[0][0])

    def document_count(self) -> int:
        """Of those with chunks."""
        return int(self._all("SELECT count(*) FROM document WHERE chunks > 0")[0][0])

    def counts(self) -> Counts:
        """Archives are not counted: their members are the documents."""
        documents, chunks, characters = self._all(
            "SELECT count(*), coalesce(sum(chunks), 0), coalesce(sum(characters), 0)"
            " FROM document WHERE characters > 0"
        )[0]
        return Counts(documents, chunks, characters, len(self.failures()))

    def put_document(
        self,
        record: DocumentRecord,
        chunks: Sequence[Chunk],
        terms: Iterable[Sequence[int]],
        tables: Sequence[Table] = (),
    ) -> Change:
        """Add a document, or put it in the place of the one with the same id.

        `terms` are the term ids of each chunk's sparse vector, drawn one after another. A chunk
        whose id was there before is not upserted again, unless its terms or the document's labels
        have changed.
        """
        upsert: list[str] = []
        with self.database.transaction():
            before = self.document(record.doc_id)
            old, frequencies = self._take_chunks(record.doc_id)
            known = old if before is None or before.labels == record.labels else {}
            self._run(PUT_DOCUMENT, *document_row(record))

            def rows() -> Iterator[Row]:
                for chunk, ids in zip(chunks, terms, strict=True):
                    blob = array("I", ids).tobytes()
                    frequencies.update(ids)
                    self._frequencies.write_many(frequencies)
                    if known.get(chunk.id) != blob:
                        upsert.append(chunk.id)
                    yield chunk_row(chunk, blob)

            self.database.run_each(PUT_CHUNK, rows())
            self.table_store.put(record, tables)
        self._frequencies.add(frequencies)
        return Change(tuple(upsert), tuple(sorted(old.keys() - {chunk.id for chunk in chunks})))

    def remove_document(self, doc_id: str) -> Change:
        with self.database.transaction():
            old, frequencies = self._take_chunks(doc_id)
            self._run("DELETE FROM document WHERE doc_id = ?", doc_id)
            self.table_store.remove(doc_id)
        self._frequencies.add(frequencies)
        return Change(upsert=(), delete=tuple(sorted(old)))

    def touch_document(self, doc_id: str, size: int, mtime_ns: int) -> None:
        """Note that a file has another time and the same content."""
        if record := self.document(doc_id):
            self._run(PUT_DOCUMENT, *document_row(replace(record, size=size, mtime_ns=mtime_ns)))

    # --- term frequencies -------------------------------------------------------------

    def df(self, terms: Iterable[int]) -> dict[int, int]:
        """In how many chunks each term occurs; terms that occur nowhere are left out."""
        return self._frequencies.of(terms)

    # --- failures, sources, meta ------------------------------------------------------

    def failures(self) -> list[Failure]:
        rows = self._all(
            "SELECT root, path, stage, reference, message, hint, size, mtime_ns FROM failure"
            " ORDER BY root, path, rowid"
        )
        return [Failure(*row) for row in rows]

    def put_failure(self, failure: Failure) -> None:
        self._run("INSERT INTO failure VALUES (?,?,?,?,?,?,?,?)", *astuple(failure))

    def clear_failures(self, root: str, path: str) -> None:
        """Forget what failed in one file."""
        self._run("DELETE FROM failure WHERE root = ? AND path = ?", root, path)

    def sources(self) -> list[SourceRoot]:
        rows = self._all("SELECT label, location, only_ FROM source ORDER BY label")
        with state_faults(self._path):
            return [SourceRoot(label, place, texts(only)) for label, place, only in rows]

    def put_source(self, source: SourceRoot) -> None:
        self._run(
            "INSERT OR REPLACE INTO source VALUES (?, ?, ?)",
            source.label,
            source.location,
            json.dumps(source.only),
        )

    def patterns(self, label: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What of a source is wanted: the patterns to include and to exclude."""
        text = self.meta(f"patterns:{label}") or "[[], []]"
        with state_faults(self._path):
            include, exclude = lists_of_texts(text)
            return include, exclude

    def set_patterns(self, label: str, include: Sequence[str], exclude: Sequence[str]) -> None:
        self.set_meta(f"patterns:{label}", json.dumps([include, exclude]))

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

    def terms(self, doc_id: str) -> list[Sequence[int]]:
        """The term ids of each of a document's chunks, in their order."""
        column = "terms_checksum" if self._checksum != "NULL" else "NULL"
        sums = f"terms, {self._lexical_only}, {column}"
        rows = self._all(f"SELECT {sums} FROM chunk WHERE doc_id = ? ORDER BY ordinal", doc_id)
        if any(stored not in (None, terms_checksum(blob, flag)) for blob, flag, stored in rows):
            raise damaged(self._path, f"the terms of {doc_id!r} are not what was written there")
        return [array("I", blob) for blob, *_ in rows]

    def forget_rows(self, doc_id: str) -> None:
        """Delete a document's rows, whatever they hold by now. `recount` comes after that."""
        self._samples.clear()
        with self.database.transaction():
            self._run("DELETE FROM chunk WHERE doc_id = ?", doc_id)
            self._run("DELETE FROM document WHERE doc_id = ?", doc_id)
            self.table_store.remove(doc_id)

    def recount(self) -> None:
        """Count anew in how many chunks each term occurs; what rows of large tables are found by is
        forgotten where it is damaged, and then missing among the vectors."""
        from kb.index.lexical import LexicalIndex

        self._frequencies.recount()
        lexical = LexicalIndex(self.database)
        if lexical.problem():
            lexical.forget()

    def root_hash(self, *, tables: bool = True) -> str:
        """sha256 over every (document id, sha256, chunk ids, checksums of tables), sorted; that
        of an earlier kb is without tables."""
        digest = hashlib.sha256()
        for rows in (
            "'document ' || doc_id || ' ' || sha256 FROM document ORDER BY doc_id",
            "'chunk ' || doc_id || ' ' || id FROM chunk ORDER BY doc_id, ordinal, id",
        ):
            for (line,) in self.database.each(f"SELECT {rows}"):
                digest.update(f"{line}\n".encode())
        for line in self.table_store.root_lines() if tables else ():
            digest.update(line.encode())
        return digest.hexdigest()

    def integrity(self) -> list[str]:
        """What SQLite finds wrong with the file; nothing when it is whole."""
        try:
            found = [str(row[0]) for row in self._all("PRAGMA integrity_check")]
        except StoreDamaged as error:
            return [error.why]
        return [] if found == ["ok"] else found

    def bytes_left(self, needles: Sequence[bytes]) -> int:
        """How many of some deleted texts the file's bytes still hold."""
        from kb.index.leftover_bytes import bytes_left

        return bytes_left(self.database, self.table_store, needles)

    def holds(self, needle: bytes) -> bool:
        """Whether a chunk, a document, a failure or a table has these bytes in it."""
        from kb.index.leftover_bytes import holds

        return holds(self.database, self.table_store, needle)

    def compact(self) -> None:
        """Write the file anew from its rows: nothing is left of what was deleted."""
        self.finish()
        self.database.compact()

    def finish(self) -> None:
        """Write what is still held in memory. The caller fsyncs the file."""
        self._frequencies.finish()
        self.table_store.remove_stale()

    def close(self) -> None:
        self.database.close()

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
        self._run("DELETE FROM chunk WHERE doc_id = ?", doc_id)
        return dict(rows), frequencies

    def _documents(self, tail: str, *values: object) -> list[DocumentRecord]:
        columns = f"{DOCUMENT}, {self._checksum}"
        rows = self._all(f"SELECT {columns} FROM document {tail}", *values)
        with state_faults(self._path):
            return [document_record(self._verified(row, f"{row[1]}/{row[2]}")) for row in rows]

    def _chunks(self, tail: str, *values: object) -> list[Chunk]:
        columns = f"{CHUNK}, {self._checksum}, {self._lexical_only}"
        rows = self._all(f"SELECT {columns} FROM chunk {tail}", *values)
        return [Chunk(*(*self._verified(row[:-1], row[0]), bool(row[-1]))) for row in rows]

    def _verified(self, row: Row, name: str) -> Row:
        """The row without its checksum, if it is what was written."""
        found, stored = row[:-1], row[-1]
        if stored is not None and checksum(found) != stored:
            raise damaged(self._path, f"what is stored of {name!r} is not what was written")
        return found

    def _all(self, statement: str, *values: object) -> list[Row]:
        return self.database.all(statement, *values)

    def _run(self, statement: str, *values: object) -> None:
        self.database.run(statement, *values)


def _array(values: Iterable[object]) -> str:
    return json.dumps([*values])
