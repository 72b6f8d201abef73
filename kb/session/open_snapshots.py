"""Generations that stay open between questions: opening one takes most of a search's time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from kb.errors import KbError
from kb.index.generation import Collection, Snapshot

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""How long a generation that is not live any more stays open where no question comes."""


@dataclass(frozen=True, slots=True)
class _Open:
    collection: Collection
    snapshot: Snapshot
    closing: ExitStack

    def is_live(self) -> bool:
        try:
            return self.collection.is_live(self.snapshot)
        except KbError as error:  # the next question says it
            log.info("the generation in %s is closed: %s", self.snapshot.folder, error.what)
            return False


class Readers:
    """Hands out what is live, and keeps it open for the next question.

    A generation that is open is one question's alone as long as it lasts; so nothing below needs
    to bear several threads. One that is not live any more is closed, so that a writer can sweep
    it: by the next question, and without one after a second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Open] = []
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    @contextmanager
    def reader(self, collection: Collection) -> Iterator[Snapshot]:
        """As `Collection.reader`: the live generation as it is now, for the block.

        Raises:
            NothingFound, StoreError, StoreDamaged: as there.
        """
        one = self._take(collection)
        try:
            yield one.snapshot
        except GeneratorExit:  # whoever asked went away
            self._give_back(one)
            raise
        except BaseException:  # perhaps because of what is open
            one.closing.close()
            raise
        else:
            self._give_back(one)

    def close(self) -> None:
        """Close what is idle; what is still used closes at its end."""
        with self._lock:
            self._closed.set()
            idle, self._idle = self._idle, []
        for one in idle:
            one.closing.close()
        if self._watch:
            self._watch.join()

    def _take(self, collection: Collection) -> _Open:
        while one := self._taken(collection):
            if one.is_live():
                return one
            one.closing.close()
        with ExitStack() as stack:
            snapshot = stack.enter_context(collection.reader())
            return _Open(collection, snapshot, stack.pop_all())

    def _taken(self, collection: Collection) -> _Open | None:
        with self._lock:
            for place, one in enumerate(self._idle):
                if one.collection.folder == collection.folder:
                    return self._idle.pop(place)
        return None

    def _give_back(self, one: _Open) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._idle.append(one)
                if self._watch is None:
                    self._watch = threading.Thread(
                        target=self._close_outdated, name="kb-readers", daemon=True
                    )
                    self._watch.start()
                return
        one.closing.close()

    def _close_outdated(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            with self._lock:
                outdated = [one for one in self._idle if not one.is_live()]
                self._idle = [one for one in self._idle if one not in outdated]
            for one in outdated:
                one.closing.close()
