"""Rows that are kept for a grid while they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

MOST_PLACES = 8_000_000
"""Cells, empty ones too, of a sheet; more would need more memory than a file may have."""


class Kept:
    """The rows that hold anything, with their numbers in the file, up to a limit. One empty row
    stands for all between two of them that were drawn."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.numbers: list[int] = []
        self._places = 0
        self._cut = 0

    def through(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
        """The rows as they come, each kept as it passes."""
        for number, row in rows:
            if any(row):
                self._keep(number, row)
                yield number, row
            elif self.rows and self.rows[-1]:
                self._keep(number, ())

    def _keep(self, number: int, row: Sequence[str]) -> None:
        self._places += len(row)
        if self._places > MOST_PLACES:
            self._cut = self._cut or number
            return
        self.rows.append(tuple(row))
        self.numbers.append(number)

    @property
    def remarks(self) -> list[str]:
        """What the limit leaves out."""
        if not self._cut:
            return []
        return [f"rows from {self._cut:,} on are left out: more than {MOST_PLACES:,} cells"]
