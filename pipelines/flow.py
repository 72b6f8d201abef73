"""Files → embedded documents, all stages at once: parsed in processes, embedded by the engine.

    parse     a thread draws results from the parsing processes
    embed     calls in flight, as many and as large as the engine bears (pipelines/pace.py)
    yield     each document whose last vector has come; the caller stores it meanwhile

What is held between the stages is bounded, so that memory stays flat whatever the folder's size.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Protocol

from kb.documents.failures import failure_of, unexpected
from kb.documents.pool.workers import ParsedChunks
from kb.errors import Interrupted, KbError, ModelError
from kb.memory import give_back
from kb.pipelines.embedding import Embedded, Patience, embed, odd
from kb.pipelines.pace import FLIGHTS, Pace
from kb.pipelines.resting import MANY_CHUNKS, Resting
from kb.pipelines.waiting import Members, Waiting
from kb.ports import Embedder
from kb.types import Failure, SourceFile, Vector

log = logging.getLogger(__name__)

OF_THE_STORE = (KbError, OSError, sqlite3.Error, MemoryError)
"""Errors that are not of the one document at hand, and end the run."""

_CHUNKS_HELD = 1024
"""Chunks between the stages at most, but for one document: twice what the greediest pace takes."""

_LAST_CALLS_SECONDS = 1.5
"""How long a run that is to stop waits for calls to the engine; one may take half a minute."""

_LOOK_SECONDS = 0.2
"""How often a run that waits looks whether it is to stop."""


class VectorCache(Protocol):
    def get(self, model: str, texts: Sequence[str]) -> Mapping[str, Vector]: ...

    def put(self, model: str, vectors: Mapping[str, Vector]) -> None: ...


@dataclass(frozen=True, slots=True)
class Stages:
    """What the flow works with.

    Args:
        parse: files to results, drawn in a thread of its own.
        halt: ends parsing and its processes at once, whatever they wait for.
        cache: used by the caller's thread alone.
        patience: seconds to wait for an engine that is gone.
        stop: whether the run has been told to end.
        free: frees what the engine has loaded; it loads it again when it is asked.
    """

    parse: Callable[[Iterable[SourceFile]], Iterator[ParsedChunks | Failure]]
    halt: Callable[[], None]
    embedder: Embedder
    cache: VectorCache
    patience: float
    stop: Callable[[], bool]
    free: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class EmbeddedDocument:
    """A document with the vectors of its texts. `refused`: the texts that have none, and why.

    `embedded` counts its texts that the engine was asked for; a text that another document asked
    for first, or an earlier run, is not among them."""

    parsed: ParsedChunks
    vectors: Mapping[str, Vector]
    refused: Mapping[str, ModelError]
    embedded: int


def flow(
    sources: Sequence[SourceFile], stages: Stages, tell: Callable[[int], None] = lambda done: None
) -> Generator[EmbeddedDocument | Failure, None, None]:
    """Documents and failures as they become ready; close it when it is left early.

    Args:
        tell: hears after each call how many chunks have been embedded so far.

    Raises:
        Interrupted: the run was told to stop. What was finished by then has been yielded.
        ModelError: the engine is gone; likewise.
    """
    engine = ThreadPoolExecutor(FLIGHTS[-1], "embed")
    try:
        with contextlib.closing(_Parsing(sources, stages)) as parsing:
            resting = Resting(sources, stages.free)
            yield from _Flow(stages, parsing, engine, tell, resting).run()
    finally:
        # A run that is to stop leaves calls that take long to end by themselves.
        engine.shutdown(wait=not stages.stop(), cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call to the engine that has ended."""

    texts: tuple[str, ...]
    outcome: Future[Embedded]


class _End(Exception):
    """Parsing is over; `__cause__` is what it broke off with, if it did."""


_Event = ParsedChunks | Failure | _Call | _End


class _Parsing:
    """The thread that draws parsed documents, no faster than there is room for them."""

    def __init__(self, sources: Sequence[SourceFile], stages: Stages) -> None:
        self.events: SimpleQueue[_Event] = SimpleQueue()
        self._stages = stages
        self._held = 0
        self._closed = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._draw, args=(sources,), name="parse")
        self._thread.start()

    def leave(self, chunks: int) -> None:
        """So many chunks are no longer held."""
        with self._change:
            self._held -= chunks
            self._change.notify()

    def close(self) -> None:
        """End the thread. Parsing that is still at work is broken off."""
        with self._change:
            self._closed = True
            self._change.notify()
        if self._thread.is_alive():
            self._stages.halt()
            self._thread.join()

    def _draw(self, sources: Sequence[SourceFile]) -> None:
        end = _End()
        try:
            for result in self._stages.parse(sources):
                if not self._enter(weight(result)):
                    break
                self.events.put(result)
            else:
                # After a large table a process keeps 100 MB, which storing it can use.
                self._stages.halt()
        except BaseException as error:  # it belongs to the thread that waits for the events
            end.__cause__ = error
        self.events.put(end)

    def _enter(self, chunks: int) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._closed or self._held < _CHUNKS_HELD)
            self._held += chunks
            return not self._closed


def weight(result: ParsedChunks | Failure) -> int:
    return 0 if isinstance(result, Failure) else max(1, len(result.chunks))


class _Flow:
    """The caller's side: everything but the parsing and the engine's calls happens here."""

    def __init__(
        self,
        stages: Stages,
        parsing: _Parsing,
        engine: ThreadPoolExecutor,
        tell: Callable[[int], None],
        resting: Resting,
    ) -> None:
        self.tell = tell
        self.resting = resting
        self.embedded = 0
        self.stages = stages
        self.parsing = parsing
        self.engine = engine
        self.model = stages.embedder.info().digest
        self.pace = Pace(time.monotonic())
        self.queue: deque[str] = deque()
        self.waiting: dict[str, list[Waiting]] = {}
        self.members = Members()
        self.in_flight = 0
        self.parsed_all = False
        self.gone: ModelError | None = None
        self.stopping = threading.Event()
        self.told_at = float("inf")
        self.patience = Patience(stages.patience, self.stopping.wait)

    def run(self) -> Generator[EmbeddedDocument | Failure, None, None]:
        try:
            while not self.is_over():
                event = self.next_event()
                if event is None or (self.is_ending and not isinstance(event, _Call)):
                    continue
                ready = self.deal_with(event)
                self.dispatch()
                for one in ready:
                    if isinstance(one, EmbeddedDocument) and not (self.in_flight or self.queue):
                        self.resting.before_storing(len(one.parsed.chunks))
                    yield one
        finally:
            self.stopping.set()
        if self.gone:
            raise self.gone
        if self.stages.stop():
            raise Interrupted(
                "the run was stopped",
                why="a signal or Ctrl-C asked for it; what was finished by then is committed",
                hint="run it again: it resumes where it stopped",
            )

    @property
    def is_ending(self) -> bool:
        """No new work: the engine is gone, or the run is to stop."""
        if self.stages.stop() and not self.stopping.is_set():
            self.stopping.set()
            self.told_at = time.monotonic()
        return self.gone is not None or self.stopping.is_set()

    def is_over(self) -> bool:
        is_ending = self.is_ending
        if self.in_flight and time.monotonic() < self.told_at + _LAST_CALLS_SECONDS:
            return False
        return is_ending or (self.parsed_all and not self.queue)

    def next_event(self) -> _Event | None:
        """The next one, or None after a moment, so that the caller may look around."""
        try:
            return self.parsing.events.get(timeout=_LOOK_SECONDS)
        except Empty:
            if not (self.in_flight or self.queue):
                self.resting.idle()
            return None

    def deal_with(self, event: _Event) -> list[EmbeddedDocument | Failure]:
        """What has become ready by it."""
        if isinstance(event, _End):
            if event.__cause__:
                raise event.__cause__
            self.parsed_all = True
            return []
        if isinstance(event, Failure):
            return [event]
        if isinstance(event, ParsedChunks):
            return self.begin_or_fail(event)
        return [*self.finish(event)]

    def begin_or_fail(self, parsed: ParsedChunks) -> list[EmbeddedDocument | Failure]:
        """As `begin`; a bug that one document meets there must not lose the others."""
        try:
            return [*self.begin(parsed)]
        except OF_THE_STORE:
            raise
        except Exception as error:
            log.exception("an unexpected error before one document was embedded")
            self.parsing.leave(weight(parsed))
            source = parsed.source
            return [failure_of(source, "embed", unexpected(source.path, "embed", error))]

    def begin(self, parsed: ParsedChunks) -> Iterator[EmbeddedDocument]:
        """Take a document in: from the cache what is there, the rest is to be embedded."""
        if len(parsed.chunks) >= MANY_CHUNKS:
            give_back()  # what unpacking it took
        texts = {one.embedding_text: None for one in parsed.chunks if not one.lexical_only}
        known = dict(self.stages.cache.get(self.model, [*texts])) if texts else {}
        document = Waiting(parsed, texts.keys() - known.keys(), known)
        self.members.begin(document)
        for text in texts:
            if text in document.missing:
                if text not in self.waiting:
                    self.waiting[text] = []
                    self.queue.append(text)
                    document.asked.add(text)
                self.waiting[text].append(document)
        if not document.missing:
            yield from self.complete(document)

    def dispatch(self) -> None:
        """Full batches, as many at once as the pace allows; a smaller one when nothing else is
        coming at the moment."""
        while self.queue and self.in_flight < self.pace.flight and not self.is_ending:
            idle = self.in_flight == 0 and self.parsing.events.empty()
            if len(self.queue) < self.pace.size and not (self.parsed_all or idle):
                return
            count = min(self.pace.size, len(self.queue))
            self.call(tuple(self.queue.popleft() for _ in range(count)))

    def call(self, texts: tuple[str, ...]) -> None:
        self.in_flight += 1
        self.resting.used()
        self.engine.submit(embed, texts, self.stages.embedder, self.patience).add_done_callback(
            lambda done: self.parsing.events.put(_Call(texts, done))
        )

    def finish(self, call: _Call) -> Iterator[EmbeddedDocument]:
        """Keep a call's vectors, and give out the documents that waited for nothing else."""
        self.in_flight -= 1
        self.resting.answered()
        try:
            result = call.outcome.result()
        except ModelError as error:
            self.gone = self.gone or error
            return
        self.measure(call, result)
        self.dispatch()
        result = self.kept(result)
        self.embedded += len(result.vectors)
        self.tell(self.embedded)
        for text in call.texts:
            for document in self.waiting.pop(text):
                document.take(text, result)
                if not document.missing:
                    yield from self.complete(document)

    def kept(self, result: Embedded) -> Embedded:
        """Keep the vectors in the cache. One that nobody expected counts as refused, and is its
        own documents' failure."""
        try:
            self.stages.cache.put(self.model, result.vectors)
            return result
        except OF_THE_STORE:
            raise
        except Exception as error:
            if len(result.vectors) == 1:
                log.exception("an unexpected error while one vector was kept")
                [text] = result.vectors
                return replace(result, vectors={}, refused={**result.refused, text: odd(error)})
        ones = [self.kept(replace(result, vectors={t: v})) for t, v in result.vectors.items()]
        return replace(
            result,
            vectors={text: vector for one in ones for text, vector in one.vectors.items()},
            refused={text: why for one in ones for text, why in one.refused.items()},
        )

    def measure(self, call: _Call, result: Embedded) -> None:
        now = time.monotonic()
        self.pace.done(sum(map(len, call.texts)), result.seconds, now)
        if len(self.queue) < self.pace.size:
            self.pace.starved(now)

    def complete(self, document: Waiting) -> Iterator[EmbeddedDocument]:
        for whole in self.members.complete(document):
            self.parsing.leave(weight(whole.parsed))
            yield EmbeddedDocument(
                whole.parsed,
                whole.vectors,
                whole.refused,
                embedded=len(whole.asked - whole.refused.keys()),
            )
