"""The benchmark's rows: what was measured, what was aimed at, and whether it was met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`met` is None where there is no target: the figure is printed for its own sake."""

    name: str
    measured: str
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: ""}[self.met]


def at_most(name: str, value: float, target: float, unit: str, *, places: int = 2) -> Row:
    return Row(
        name, f"{value:.{places}f} {unit}", f"at most {target:g} {unit}", round(value, 3) <= target
    )


def at_least(name: str, value: float, target: float, *, places: int = 3) -> Row:
    return Row(name, f"{value:.{places}f}", f"at least {target:g}", value >= target)


def markdown(rows: Iterable[Row]) -> str:
    lines = ["| figure | measured | target | |", "| --- | --- | --- | --- |"]
    lines += [f"| {r.name} | {r.measured} | {r.target} | {r.verdict} |" for r in rows]
    return "\n".join(lines)
