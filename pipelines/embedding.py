"""Texts → vectors, by an engine that may refuse one text, or die: what one call comes to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.errors import EngineFailed, InputTooLong, KbError, ModelError, ServerUnreachable
from kb.ports import Embedder
from kb.types import Vector

log = logging.getLogger(__name__)

_PROBE = "kb"
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 15.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """One batch: vectors by text, and the texts that the engine refuses, with the reason.

    `seconds` is what the call that succeeded took."""

    vectors: Mapping[str, Vector]
    refused: Mapping[str, ModelError]
    seconds: float


class Patience:
    """How long an engine that is gone is waited for. One for all calls of a run, which may be in
    several threads: that the engine is gone is said once, until it answers again.

    Args:
        seconds: for each call, all its pauses together.
        wait: sleeps so many seconds; true when the run is to stop.
    """

    def __init__(self, seconds: float, wait: Callable[[float], bool]) -> None:
        self.seconds = seconds
        self.wait = wait
        self._gone = False
        self._lock = threading.Lock()

    def away(self, error: ModelError) -> None:
        """Say that the engine is gone, unless it was said."""
        with self._lock:
            known, self._gone = self._gone, True
        if not known:
            log.warning("%s (%s); trying for up to %.0f s", error.what, error.why, self.seconds)

    def back(self) -> None:
        """The engine answers."""
        with self._lock:
            was_gone, self._gone = self._gone, False
        if was_gone:
            log.warning("the engine answers again")


def embed(texts: Sequence[str], embedder: Embedder, patience: Patience) -> Embedded:
    """Embed one batch. One that fails is halved until the bad text stands alone.

    An engine that is gone is asked again after 1, 2, 4 … 15 seconds (exponential back-off).

    Raises:
        ModelError: the engine is gone for good.
    """
    pause, waited = _FIRST_PAUSE, 0.0
    while True:
        began = time.monotonic()
        try:
            found = dict(_halving(embedder, texts))
        except (ServerUnreachable, EngineFailed) as error:
            if waited >= patience.seconds:
                raise
            pause = min(pause, patience.seconds - waited)
            patience.away(error)
            if patience.wait(pause):
                raise
            waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE)
        else:
            patience.back()
            return Embedded(
                vectors={t: got for t, got in found.items() if not isinstance(got, ModelError)},
                refused={t: got for t, got in found.items() if isinstance(got, ModelError)},
                seconds=time.monotonic() - began,
            )


def _halving(embedder: Embedder, batch: Sequence[str]) -> Iterator[tuple[str, Vector | ModelError]]:
    """A vector for each text, or why there is none. One bad text can fail its whole batch."""
    try:
        found = _asked(embedder, batch)
    except (InputTooLong, EngineFailed) as error:
        if len(batch) > 1:
            middle = len(batch) // 2
            yield from _halving(embedder, batch[:middle])
            yield from _halving(embedder, batch[middle:])
            return
        if isinstance(error, EngineFailed):
            _asked(embedder, [_PROBE])  # raises when it is the engine, not the text
        log.warning("a text of %d characters was refused: %s", len(batch[0]), error.what)
        yield batch[0], error
    else:
        yield from found.items()


def _asked(embedder: Embedder, batch: Sequence[str]) -> dict[str, Vector]:
    """What the engine gives, by text; what nobody expected is an EngineFailed."""
    try:
        return dict(zip(batch, embedder.embed_passages(batch), strict=True))
    except (KbError, MemoryError):
        raise
    except Exception as error:
        if len(batch) == 1:  # a larger one is halved, and comes here again
            log.exception("an unexpected error while one text was embedded")
        raise odd(error) from error


def odd(error: Exception) -> EngineFailed:
    """For what nobody expected of an engine."""
    return EngineFailed(
        "the embedding met a bug in kb",
        why=f"{type(error).__name__} in stage embed",
        hint="report it with the log, which has a traceback",
    )
