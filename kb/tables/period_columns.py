"""Periods of a question that are columns of a table: quarters, months."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.tables import concepts
from kb.tables.literals import Period, single_periods


def without_year(text: str) -> str:
    return re.sub(r"(?:19|20)\d\d\s*年?度?的?|^the |^(?:in|of|during|for) ", "", text).strip()


def apart(
    found: Sequence[Period], text: str, of_columns: Sequence[frozenset[int]]
) -> Iterator[Period]:
    """From the first to the third quarter are two columns, where each quarter is one."""
    for one in found:
        inner = [
            replace(it, start=it.start + one.start, end=it.end + one.start)
            for it in single_periods(text[one.start : one.end])
        ]
        groups = [concepts.groups(without_year(text[it.start : it.end])) for it in inner]
        columns = [{c for c, own in enumerate(of_columns) if own & its} for its in groups]
        if len(inner) == 2 and all(columns) and columns[0] != columns[1]:
            yield from inner
        else:
            yield one
