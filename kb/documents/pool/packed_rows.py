"""Rows of a large table, held packed until they are stored.

100,000 rows of 12 columns are 250 MB of Python's objects and 10 MB packed; between the parsing
process and the catalog they are read once, one after another.
"""

from __future__ import annotations

import marshal
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import overload

from kb.table_types import Row, RowFlag

SMALL = 1_000
"""Rows up to which they are held as they are."""

_QUICKLY = 1


class PackedRows(Sequence[Row]):
    """Rows in the order in which they were added. A part of them is unpacked to read one of it, so
    read them one after another. Equal to a tuple of the same rows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._starts: list[int] = []
        self._count = 0

    def add(self, rows: Sequence[Row]) -> None:
        """A part: pack some hundred rows or more at a time."""
        if rows:
            plain = [(one.number, int(one.flags), one.texts, one.values) for one in rows]
            self._parts.append(zlib.compress(marshal.dumps(plain), _QUICKLY))
            self._starts.append(self._count)
            self._count += len(rows)

    def held(self) -> Sequence[Row]:
        """These rows, as a tuple where they are few."""
        return tuple(self) if self._count <= SMALL else self

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(map(_unpacked, self._parts))

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(place, slice):
            return tuple(map(self.__getitem__, range(*place.indices(self._count))))
        at = range(self._count)[place]
        part = bisect_right(self._starts, at) - 1
        return _unpacked(self._parts[part])[at - self._starts[part]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != self._count:
            return NotImplemented
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def _unpacked(part: bytes) -> list[Row]:
    # Packed in this process, of values that were checked: nothing of another process gets here.
    return [
        Row(number, texts, values, RowFlag(flags))
        for number, flags, texts, values in marshal.loads(zlib.decompress(part))
    ]
