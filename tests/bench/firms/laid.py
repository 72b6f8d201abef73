"""A table as it is put on a page: cells at their places, some over several rows or columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell: what it is worth, how it is displayed, a spreadsheet's format of it."""

    value: Value
    shown: str
    style: str = ""
    rows: int = 1
    cols: int = 1


@dataclass(slots=True)
class Laid:
    """Places count from 0. `head`: rows that name the columns or stand above them."""

    spots: dict[tuple[int, int], Spot] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    head: int = 1

    @property
    def height(self) -> int:
        return max((row + spot.rows for (row, _), spot in self.spots.items()), default=0)

    @property
    def width(self) -> int:
        return max((col + spot.cols for (_, col), spot in self.spots.items()), default=0)

    def put(self, row: int, col: int, text: str, *, rows: int = 1, cols: int = 1) -> None:
        self.spots[row, col] = Spot(text, text, rows=rows, cols=cols)

    def line(self, row: int, spots: Iterable[Spot]) -> None:
        for col, spot in enumerate(spots):
            self.spots[row, col] = spot

    def covered(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Each place that a spanning cell covers, with the place where that cell begins."""
        return {
            (row + down, col + right): (row, col)
            for (row, col), spot in self.spots.items()
            for down in range(spot.rows)
            for right in range(spot.cols)
            if down or right
        }

    def texts(self) -> Iterator[list[str]]:
        """The rows as displayed; what is hidden is left out, a spanning cell stands once."""
        columns = [one for one in range(self.width) if one not in self.hidden_columns]
        for row in range(self.height):
            if row not in self.hidden_rows:
                yield [
                    spot.shown if (spot := self.spots.get((row, col))) else "" for col in columns
                ]
