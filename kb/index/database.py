"""One SQLite file, whose faults are kb's own errors. Imports the standard library alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kb.atomic import replaced
from kb.index.faults import damaged, store_faults
from kb.statefile import is_file

Row = tuple[Any, ...]


class Database:
    """A draft's is written without any journal on disk, because a draft that is not committed is
    thrown away; a committed one is opened immutable, so that reading takes no lock and leaves no
    file.

    Raises:
        StoreError: the file cannot be opened or written.
        StoreDamaged: it is missing, or is none.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        with store_faults(path):
            if not is_file(path) and (path.is_symlink() or path.exists() or not writable):
                raise damaged(path, "the file is missing, or is none")
            self._db = _connected(path, writable=writable)

    def all(self, statement: str, *values: object) -> list[Row]:
        with store_faults(self.path):
            return self._db.execute(statement, values).fetchall()

    def each(self, statement: str, *values: object) -> Iterator[Row]:
        """Rows one after another: for tables that are too large to hold."""
        with store_faults(self.path):
            yield from self._db.execute(statement, values)

    def run(self, statement: str, *values: object) -> None:
        with store_faults(self.path):
            self._db.execute(statement, values)

    def run_each(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with store_faults(self.path):
            self._db.executemany(statement, rows)

    def script(self, statements: str) -> None:
        with store_faults(self.path):
            self._db.executescript(statements)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with store_faults(self.path):
            self._db.execute("BEGIN")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def any_text(self) -> Iterator[None]:
        """Within the block, text that is not UTF-8 (a bit of it was flipped) is no error."""
        self._db.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            yield
        finally:
            self._db.text_factory = str

    def compact(self) -> None:
        """Write the file anew from its rows: nothing is left of what was deleted."""
        with store_faults(self.path):
            with replaced(self.path, fsync=False, fsync_folder=False, locked=True) as fresh:
                self._db.execute("VACUUM INTO ?", (str(fresh),))
                self._db.close()
            self._db = _connected(self.path, writable=True)

    def close(self) -> None:
        self._db.close()


class Attached:
    """Several committed databases, read over one connection: each is the schema `c0`, `c1` … of it.

    Raises:
        StoreError: a file cannot be opened, or there are more than MOST_ATTACHED.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._path = paths[0]
        with store_faults(self._path):
            self._db = sqlite3.connect(
                "file::memory:", uri=True, isolation_level=None, check_same_thread=False
            )
            self._db.execute(_IN_MEMORY)
            self._db.execute(_MAPPED)
            for number, path in enumerate(paths):
                self._db.execute(f"ATTACH ? AS c{number}", (_address(path, "ro&immutable=1"),))

    def all(self, statement: str, *values: object) -> list[Row]:
        with store_faults(self._path):
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        self._db.close()


MOST_ATTACHED = 10
"""SQLite's own limit."""
# A large sort would go into a file of its own, in a folder that the sandbox does not allow.
_IN_MEMORY = "PRAGMA temp_store=MEMORY"
# A question's chunks lie all over the file: through a map, two thirds of the time.
_MAPPED = "PRAGMA mmap_size=2147418112"


def _address(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"


def _connected(path: Path, *, writable: bool) -> sqlite3.Connection:
    mode = "rwc" if writable else "ro&immutable=1"
    db = sqlite3.connect(
        _address(path, mode), uri=True, isolation_level=None, check_same_thread=False
    )
    db.execute("PRAGMA cache_size=-16384")
    db.execute(_IN_MEMORY)
    if writable:
        # A deleted text is overwritten: nobody finds it in the file's free pages.
        db.executescript(
            "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA secure_delete=ON;"
        )
    else:
        db.execute(_MAPPED)
    return db
