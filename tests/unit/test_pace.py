"""How many texts a call, and how many calls at once: climbing while the engine gets faster."""

from __future__ import annotations

from collections.abc import Callable

from kb.pipelines.pace import FLIGHTS, Pace


def after(calls: int, seconds_a_call: Callable[[int, int], float]) -> Pace:
    """The pace after so many calls to an engine that takes `seconds_a_call(size, flight)`; texts
    have 100 characters."""
    pace, now = Pace(0.0), 0.0
    for _ in range(calls):
        took = seconds_a_call(pace.size, pace.flight)
        now += took / pace.flight
        pace.done(100 * pace.size, took, now)
    return pace


def test_it_begins_with_small_calls_and_one_more_than_is_worked_on() -> None:
    assert (Pace(0.0).size, Pace(0.0).flight) == (8, 2)


def test_an_engine_with_a_fixed_cost_a_call_is_given_larger_calls() -> None:
    pace = after(40, lambda size, flight: (0.1 + 0.001 * size) * flight)
    assert (pace.size, pace.flight) == (32, 2)


def test_an_engine_that_works_on_several_calls_at_once_is_given_several() -> None:
    pace = after(200, lambda size, flight: 0.01 * size)
    assert pace.flight == FLIGHTS[-1]


def test_an_engine_that_gains_nothing_is_left_at_the_step_before() -> None:
    pace = after(40, lambda size, flight: 0.01 * size * flight)
    assert (pace.size, pace.flight) == (8, 2)


def test_a_slow_engine_keeps_small_calls_so_that_a_run_can_be_stopped() -> None:
    pace = after(40, lambda size, flight: (2.0 + 0.5 * size) * flight)
    assert (pace.size, pace.flight) == (8, 2)


def test_time_in_which_there_was_nothing_to_embed_is_not_the_engines() -> None:
    pace = Pace(0.0)
    pace.done(800, 0.1, 0.1)
    pace.starved(100.0)
    for call in range(6):
        pace.done(800, 0.1, 100.1 + call / 10)
    assert pace.flight == 4
