"""All values of a generation's tables as one text, in which a part of a value is found at once.

SQLite compares each value with each word of a question: 25 ms for 3,000 values, where looking for
the words in one text takes less than one. The text is made with the first question and kept as long
as the catalog is open.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import islice

from kb.table_types import ValueHit

_END = "\0"


class HeldValues:
    """Args:
    rows: folded value, table id, column, number of rows with it.
    """

    def __init__(self, rows: Iterable[tuple[str, int, int, int]]) -> None:
        self._starts = array("q")
        self._tables, self._columns, self._counts = array("q"), array("l"), array("q")
        parts, at = [], 0
        for folded, table_id, column, count in rows:
            self._starts.append(at)
            self._tables.append(table_id)
            self._columns.append(column)
            self._counts.append(count)
            parts.append(folded)
            at += len(folded) + 1
        self._text = _END.join(parts) + _END
        self._distinct = Counter(zip(self._tables, self._columns, strict=True))

    def distinct(self, table_id: int, column: int) -> int:
        """How many values a column has."""
        return self._distinct[table_id, column]

    def holding(self, words: Collection[str], most: int) -> list[ValueHit]:
        """The values that have one of the words in them and are longer, in their order, `most` at
        most."""
        found: set[int] = set()
        for word in words:
            at = self._text.find(word)
            while at >= 0:
                place = bisect_right(self._starts, at) - 1
                end = self._text.index(_END, at)
                if end - self._starts[place] > len(word):
                    found.add(place)
                at = self._text.find(word, end)
        return [self._hit(place) for place in islice(sorted(found), most)]

    def _hit(self, place: int) -> ValueHit:
        start = self._starts[place]
        folded = self._text[start : self._text.index(_END, start)]
        return ValueHit(folded, self._tables[place], self._columns[place], self._counts[place])
