"""1st and 3rd in a question: numbers of the one column of places that a table has."""

from __future__ import annotations

import re

from kb.tables.dimensions import is_rank
from kb.tables.links import ColumnLink, Links, Strength
from kb.tables.literals import Amount
from kb.tables.plan import Comparison
from kb.tables.shape import Shape
from kb.tables.spans import overlaps

_PLACE = re.compile(r"(?<![\d.])(\d{1,2})(?:st|nd|rd|th)(?: place)?(?![a-z])(?! [a-z]+ury)")


def link_places(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """How often did she finish 1st: an amount that the column of places is compared with."""
    ranks = [c for c in shape.numbers if is_rank(c, shape)]
    if len(ranks) != 1:
        return
    for match in _PLACE.finditer(found.text):
        start, end = match.span()
        if not overlaps(start, end, taken):
            found.columns.append(ColumnLink(start, start, (ranks[0],), Strength.WHOLE))
            found.amounts.append(Amount(start, end, float(match[1]), Comparison.EQUAL))
            taken.append((start, end))
