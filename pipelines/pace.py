"""How many texts a call to the engine, and how many calls at once: found by measuring.

A call has its fixed cost, a server may work on several, and a slow engine should be asked for
little at a time, so that a run that is told to stop need not wait long.
"""

from __future__ import annotations

from dataclasses import dataclass

SIZES = (8, 32)
"""Texts a call. Beyond 32 nothing is gained."""

FLIGHTS = (2, 4, 8)
"""Calls at once: at least one that is worked on, and one that waits at the engine's door."""

_GAIN = 1.05
_CALLS_A_WINDOW = 3
_MOST_SECONDS = 10.0
_REST = 50


@dataclass(slots=True)
class _Window:
    """What was done since a step was taken."""

    began: float
    characters: int = 0
    calls: int = 0
    seconds: float = 0.0


class Pace:
    """Climbs, first in flight, then in size, while each step makes the engine at least 5 % faster;
    a step that does not is taken back.

    At the end it rests for fifty windows and then tries again: the machine may be less busy by
    then. Only time during which the engine never had to wait for texts is measured.
    """

    def __init__(self, now: float) -> None:
        self._at = [0, 0]
        self._axis = 0
        self._trying = False
        self._before = 0.0
        self._resting = 0
        self._window = _Window(now)

    @property
    def size(self) -> int:
        """Texts a call."""
        return SIZES[self._at[1]]

    @property
    def flight(self) -> int:
        """Calls at once."""
        return FLIGHTS[self._at[0]]

    def starved(self, now: float) -> None:
        """There was nothing to embed for a while: what was measured so far says nothing."""
        self._window = _Window(now)

    def done(self, characters: int, seconds: float, now: float) -> None:
        """A call has ended: how much text it was, how long it took, and when that was."""
        window = self._window
        window.characters += characters
        window.calls += 1
        window.seconds = max(window.seconds, seconds)
        if window.calls >= _CALLS_A_WINDOW * self.flight and now > window.began:
            self._judge(window.characters / (now - window.began), window.seconds)
            self._window = _Window(now)

    def _judge(self, rate: float, slowest: float) -> None:
        if self._resting:
            self._resting -= 1
        elif self._trying and rate < self._before * _GAIN:
            self._at[self._axis] -= 1
            self._axis += 1
            self._trying = False
        else:
            self._before = rate
            self._climb(slowest)

    def _climb(self, slowest: float) -> None:
        while self._axis < 2 and not self._may_step(slowest):
            self._axis += 1
        self._trying = self._axis < 2
        if self._trying:
            self._at[self._axis] += 1
        else:
            self._axis, self._resting = 0, _REST

    def _may_step(self, slowest: float) -> bool:
        """Whether there is a further step, and its calls would still end soon."""
        steps = (FLIGHTS, SIZES)[self._axis]
        at = self._at[self._axis]
        return at + 1 < len(steps) and slowest * steps[at + 1] / steps[at] <= _MOST_SECONDS
