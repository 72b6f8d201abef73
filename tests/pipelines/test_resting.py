"""When a run frees the engine's memory, and when it does not."""

from __future__ import annotations

import pytest

from kb.pipelines.resting import IDLE_SECONDS, LARGE_FILE, MANY_CHUNKS, Resting
from kb.types import SourceFile


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def resting(clock: Clock, freed: list[float], size: int = LARGE_FILE) -> Resting:
    sources = [SourceFile("docs", name, f"/docs/{name}", size, 0, "") for name in ("a", "b")]
    return Resting(sources, lambda: freed.append(clock.now), clock)


def test_an_engine_that_nothing_is_asked_of_while_a_large_file_is_read_is_freed_once() -> None:
    clock, freed = Clock(), list[float]()
    rest = resting(clock, freed)
    rest.idle()
    clock.now += IDLE_SECONDS
    for _ in range(3):
        rest.idle()
        clock.now += 1
    assert freed == [100 + IDLE_SECONDS]


def test_it_counts_from_the_last_answer_and_begins_anew_with_the_next_text() -> None:
    clock, freed = Clock(), list[float]()
    rest = resting(clock, freed)
    for at in (110.0, 130.0):
        rest.used()
        clock.now = at
        rest.answered()
        clock.now = at + IDLE_SECONDS - 0.1
        rest.idle()
        clock.now = at + IDLE_SECONDS
        rest.idle()
    assert freed == [110 + IDLE_SECONDS, 130 + IDLE_SECONDS]


def test_over_small_files_it_stays_loaded() -> None:
    clock, freed = Clock(), list[float]()
    rest = resting(clock, freed, LARGE_FILE - 1)
    clock.now += 1_000
    rest.idle()
    assert freed == []


@pytest.mark.parametrize(("chunks", "times"), [(MANY_CHUNKS - 1, 0), (MANY_CHUNKS, 1)])
def test_before_a_long_document_is_stored_it_is_freed(chunks: int, times: int) -> None:
    clock, freed = Clock(), list[float]()
    resting(clock, freed, 1).before_storing(chunks)
    assert len(freed) == times
