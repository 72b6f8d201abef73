"""The embedding cache: (model digest, text hash) → vector, one SQLite file beside the generations.

It is what makes a run that was killed cheap to run again. It belongs to no generation, so a
vector is kept as soon as it was computed, whatever becomes of the run.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote
from zlib import crc32

from kb.errors import StoreDamaged
from kb.index.disk import RESERVE, require_space
from kb.index.faults import damaged, store_faults
from kb.statefile import is_file
from kb.types import Vector

# The checksums are a table of their own, so that an earlier kb can still write to the other.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS embedding (
    model  TEXT NOT NULL,
    text   TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, text)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checksum (
    model  TEXT NOT NULL,
    text   TEXT NOT NULL,
    vector INTEGER NOT NULL,
    PRIMARY KEY (model, text)
) WITHOUT ROWID;
"""
_KNOWN = """
SELECT text, embedding.vector, checksum.vector FROM embedding
LEFT JOIN checksum USING (model, text)
WHERE model = ? AND text IN (SELECT value FROM json_each(?))
"""
_BESIDE = ("-wal", "-shm", "-journal")
"""SQLite's own files beside it."""
_TABLES = ("embedding", "checksum")
_PATIENCE = 30
"""Seconds that one process waits for another."""


class EmbeddingCache:
    """Vectors (float32, in the machine's byte order) by the model's digest and the text, each with
    the CRC-32 of its bytes: one that does not fit counts as unknown, and is computed again.

    Several processes may use it at once. In write-ahead mode with `synchronous=NORMAL` a
    killed process loses nothing that `put` returned from; a power cut may lose the last
    vectors, never the file.

    Raises:
        StoreError: the file cannot be written.
        StoreDamaged: the file is not a cache.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _faults(path):
            for name in (path, *(path.with_name(f"{path.name}{part}") for part in _BESIDE)):
                if os.path.lexists(name) and not is_file(name):
                    raise damaged(name, "it is not a regular file")
            self._db = sqlite3.connect(
                path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            _write_ahead(self._db)
            self._db.execute("PRAGMA synchronous=NORMAL")
            # Of very many hashes SQLite makes a file, where the sandbox does not allow one.
            self._db.execute("PRAGMA temp_store=MEMORY")
            self._db.executescript(_SCHEMA)

    def get(self, model: str, texts: Sequence[str]) -> dict[str, Vector]:
        """The vectors that are known, by text."""
        by_hash = {text_hash(text): text for text in texts}
        with _faults(self._path):
            rows = self._db.execute(_KNOWN, (model, json.dumps([*by_hash]))).fetchall()
        return {by_hash[key]: array("f", blob) for key, blob, stored in rows if _fits(blob, stored)}

    def put(self, model: str, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors, given by text. On return they outlive this process."""
        rows = [(model, text_hash(text), vector.tobytes()) for text, vector in vectors.items()]
        sums = [(model, text, crc32(blob)) for model, text, blob in rows]
        with _faults(self._path):
            # SQLite's write-ahead mode has an index in a memory map.
            require_space(self._path.parent, RESERVE)
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", rows)
                self._db.executemany("INSERT OR REPLACE INTO checksum VALUES (?, ?, ?)", sums)
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def purge(self, kept: Iterable[str]) -> int:
        """Forget every vector, of whatever model, but those of the kept texts; how many went.

        The file is written anew, so that no byte of the others is left in it. Nobody else may
        use the cache meanwhile.
        """
        before = self.count()
        with _faults(self._path):
            require_space(self._path.parent, RESERVE + 2 * self._path.stat().st_size)
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.execute("CREATE TEMP TABLE kept (text TEXT PRIMARY KEY) WITHOUT ROWID")
            self._db.executemany(
                "INSERT OR IGNORE INTO kept VALUES (?)", ((text_hash(text),) for text in kept)
            )
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table} WHERE text NOT IN (SELECT text FROM kept)")
            self._db.execute("DROP TABLE kept")
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before - self.count()

    def count(self) -> int:
        with _faults(self._path):
            found: int = self._db.execute("SELECT count(*) FROM embedding").fetchone()[0]
        return found

    def close(self) -> None:
        self._db.close()


def look_into(path: Path) -> None:
    """Read the file's head and one row, without opening it to write.

    Raises:
        StoreError: it cannot be read.
        StoreDamaged: it is not a cache.
    """
    with _faults(path):
        try:
            address = f"file:{quote(str(path))}?mode=ro&immutable=1"
            with closing(sqlite3.connect(address, uri=True)) as db:
                db.execute("SELECT length(vector) FROM embedding LIMIT 1").fetchall()
        except sqlite3.OperationalError as error:
            # A run that works on the file, or was killed, has its beginning in the log beside it.
            unfinished = path.with_name(f"{path.name}-wal")
            if "no such table" not in str(error) or not unfinished.exists():
                raise


def _fits(blob: object, stored: object) -> bool:
    """Whether it is what was put; what an earlier version put has no checksum."""
    if not isinstance(blob, bytes) or len(blob) % 4:
        return False
    return stored is None or crc32(blob) == stored


def _write_ahead(db: sqlite3.Connection) -> None:
    """SQLite does not wait where another process makes the same new file so at this moment."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.02)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """A damaged cache needs no repair: what it held can be computed again."""
    try:
        with store_faults(path):
            yield
    except StoreDamaged as error:
        hint = f'move it away, it is filled again: mv "{path}" "{path}.damaged"'
        raise StoreDamaged(error.what, why=error.why, hint=hint) from error


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
