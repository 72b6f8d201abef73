"""When the engine's memory is needed more elsewhere: it is freed, and loaded for the next text.

An embedding model takes 200 MB and, once it has read a long text, 300 more for as long as it is
loaded. Reading and storing a large table takes as much, for half a minute, and asks it nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from kb.types import SourceFile

LARGE_FILE = 4 << 20
"""Bytes of a file that may take long to read."""
MANY_CHUNKS = 10_000
"""Of a document that takes long to store."""
IDLE_SECONDS = 2.0
"""Loading takes about one; an engine that is asked more often stays loaded."""


class Resting:
    """Frees an engine by calling `free` where nothing is asked of it for a while.

    Only where one of the files is large: a run that waits for text recognition keeps its model.
    """

    def __init__(
        self,
        sources: Iterable[SourceFile],
        free: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._has_large = any(source.size >= LARGE_FILE for source in sources)
        self._free = free
        self._clock = clock
        self._used = clock()
        self._rests = False

    def used(self) -> None:
        """A text was sent to the engine."""
        self._rests = False

    def answered(self) -> None:
        self._used = self._clock()

    def idle(self) -> None:
        """Nothing is asked of the engine now."""
        if self._has_large and self._clock() - self._used >= IDLE_SECONDS:
            self._rest()

    def before_storing(self, chunks: int) -> None:
        """A document of so many chunks is stored next, and nothing is asked of the engine."""
        if chunks >= MANY_CHUNKS:
            self._rest()

    def _rest(self) -> None:
        if not self._rests:
            self._rests = True
            self._free()
