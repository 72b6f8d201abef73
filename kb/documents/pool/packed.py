"""A sequence whose items are held packed, part by part, until they are stored.

The rows and chunks of a table of 100,000 rows are 600 MB of Python's objects and some 30 MB packed;
between the parsing process and the catalog they are read a few times, one after another.
"""

from __future__ import annotations

import marshal
import zlib
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, overload

SMALL = 1_000
"""Items up to which they are held as they are, where they come at once."""

_QUICKLY = 1

Item = TypeVar("Item")


class Packed(Sequence[Item], Generic[Item]):
    """Items in the order in which they were added. A part of them is unpacked to read one of it,
    so read them one after another. Equal to a tuple of the same items."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._few: tuple[Item, ...] = ()
        self._starts: list[int] = []
        self._count = 0

    @abstractmethod
    def _plain(self, item: Item) -> tuple[Any, ...]:
        """What `marshal` can write."""

    @abstractmethod
    def _made(self, plain: tuple[Any, ...]) -> Item:
        """The item that `_plain` was made of."""

    def add(self, items: Sequence[Item]) -> None:
        """A part: pack some hundred items or more at a time."""
        if not self._count and len(items) <= SMALL:
            # Most documents are so small: to pack and unpack them takes longer than to make them.
            self._few, self._count = tuple(items), len(items)
            return
        if self._few:
            few, self._few, self._count = self._few, (), 0
            self._pack(few)
        self._pack(items)

    def _pack(self, items: Sequence[Item]) -> None:
        if items:
            plain = [*map(self._plain, items)]
            self._parts.append(zlib.compress(marshal.dumps(plain), _QUICKLY))
            self._starts.append(self._count)
            self._count += len(items)

    def held(self) -> Sequence[Item]:
        """These items, as a tuple where they are few."""
        return tuple(self) if self._count <= SMALL else self

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        if self._few:
            return iter(self._few)
        return chain.from_iterable(map(self._unpacked, self._parts))

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(place, slice):
            return tuple(map(self.__getitem__, range(*place.indices(self._count))))
        if self._few:
            return self._few[place]
        at = range(self._count)[place]
        part = bisect_right(self._starts, at) - 1
        return self._unpacked(self._parts[part])[at - self._starts[part]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != self._count:
            return NotImplemented
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _unpacked(self, part: bytes) -> list[Item]:
        # Packed in this process, of values that were checked: nothing of another process gets here.
        return [*map(self._made, marshal.loads(zlib.decompress(part)))]
