"""Names and places within a collection's folder, and the file CURRENT, whose replacement commits.

collections/<name>/
  FORMAT  ID  lock  CURRENT  generations/00000007/  embeddings.sqlite  runs.jsonl
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.errors import StoreError
from kb.index import disk
from kb.index.faults import damaged, state_faults, store_faults
from kb.statefile import opened, read_text

FORMAT = "kb collection 1\n"
NO_GENERATION = 0
_NUMBER = re.compile(r"[0-9]{1,18}")
_LARGEST = 4096
"""Bytes of FORMAT and CURRENT that are looked at."""
_TRASH = ".trash-"

FIXED_FILES = frozenset({"matrix.dat", "quantized.data", "inverted_index.dat"})
"""Files of a shard's merged segments that the engine never changes once they are written: the
vectors, their 4-bit copies and the sparse index, nine tenths of the whole. It notes a deletion in
other files. So generations may share these (tests/unit/index/test_index_qdrant_edge.py)."""


def step(name: str) -> None:
    """Called with the name of each step of the write order as soon as it is done.

    Does nothing: it is the seam where the fault-injection tests put a function that kills the
    process. ARCHITECTURE.md lists the steps.
    """


@contextmanager
def private_files() -> Iterator[None]:
    """What is created within the block is readable by its owner alone: 0700 and 0600."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one collection."""

    folder: Path

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def identity(self) -> Path:
        """See kb/index/identity.py."""
        return self.folder / "ID"

    @property
    def current(self) -> Path:
        return self.folder / "CURRENT"

    @property
    def embeddings(self) -> Path:
        return self.folder / "embeddings.sqlite"

    @property
    def runs(self) -> Path:
        return self.folder / "runs.jsonl"

    @property
    def generations(self) -> Path:
        return self.folder / "generations"

    @property
    def draft(self) -> Path:
        return self.generations / ".draft"

    def generation(self, number: int) -> Path:
        return self.generations / f"{number:08d}"

    def trash(self) -> list[Path]:
        """Folders that are on their way out."""
        return sorted(self.generations.glob(f"{_TRASH}*"))

    def discard(self, folder: Path) -> None:
        """Take a draft or a generation out of sight, in one step."""
        taken = {path.name for path in self.trash()}
        names = (f"{_TRASH}{folder.name.strip('.')}-{n}" for n in range(len(taken) + 1))
        folder.rename(self.generations / next(name for name in names if name not in taken))

    def discard_draft(self) -> None:
        """Whatever a writer left there. The lock is held, and nobody is working on it."""
        if self.draft.is_dir():
            self.discard(self.draft)

    def numbers(self) -> list[int]:
        """The generations that are there, oldest first."""
        try:
            with state_faults(self.generations):
                names = [entry.name for entry in self.generations.iterdir()]
        except FileNotFoundError:
            return []
        numbers = (int(name) for name in names if _NUMBER.fullmatch(name))
        return sorted(number for number in numbers if self.generation(number).name in names)

    def is_initialised(self) -> bool:
        """Raises StoreError when FORMAT names another format than ours."""
        path = self.folder / "FORMAT"
        try:
            with state_faults(path), opened(path) as file:
                found = file.read(_LARGEST)
        except FileNotFoundError:
            return False
        if found != FORMAT.encode():
            raise StoreError(
                f"{self.folder} has a format that this kb does not know",
                why=f"FORMAT holds {found[:60]!r}, not {FORMAT!r}",
                hint="use the version of kb that wrote it, or choose another with --collection",
            )
        return True

    def initialise(self) -> None:
        with store_faults(self.folder):
            if not self.is_initialised():
                self.generations.mkdir(parents=True, exist_ok=True)
                # FORMAT comes last: where it stands, CURRENT stands too.
                disk.replace_durably(self.current, f"{NO_GENERATION:08d}\n")
                disk.replace_durably(self.folder / "FORMAT", FORMAT)

    def live(self) -> int:
        """The number of the live generation; NO_GENERATION when nothing was committed yet.

        Raises StoreDamaged when CURRENT is missing or names no generation.
        """
        if not self.is_initialised():
            return NO_GENERATION
        try:
            with state_faults(self.current):
                text = read_text(self.current, _LARGEST).strip()
        except FileNotFoundError as error:
            raise damaged(self.current, "the file is missing") from error
        if not _NUMBER.fullmatch(text):
            raise damaged(self.current, "it does not name a generation")
        return int(text)

    def make_live(self, number: int, verify: Callable[[], None]) -> None:
        """The commit point: replace CURRENT. What `verify` raises as the last thing before, this
        raises, and nothing has changed."""

        def ready() -> None:
            step("current-written")
            verify()

        with store_faults(self.current):
            disk.replace_durably(self.current, f"{number:08d}\n", before=ready)
