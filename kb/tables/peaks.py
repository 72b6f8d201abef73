"""In which year, or month, the number of one row is the highest, where each is a column."""

from __future__ import annotations

import re

from kb.tables.column_names import bare
from kb.tables.operations import Want
from kb.tables.plan import Comparison
from kb.tables.planned import State
from kb.text.months import MONTH_NAME

_PERIOD = re.compile(
    rf"(?:fy ?)?(?:19|20)\d\d(?:年度?|财年)?|第?[一二三四1-4]季度|q[1-4]|\d{{1,2}}月份?"
    rf"|[一二三四五六七八九十]{{1,2}}月|{MONTH_NAME}"
)
_ASKED = re.compile(r"哪一?个?(?:年|月|季)|\b(?:which|what) (?:[a-z]+ )?(?:year|month|quarter)\b")


def peak_columns(state: State) -> tuple[int, ...]:
    """The columns of periods of which one is asked for; none where no single row is named, or
    another number is."""
    shape = state.shape
    columns = tuple(c for c in shape.alike if c in shape.numbers)
    if not columns or not _ASKED.search(state.links.text):
        return ()
    if not all(_PERIOD.fullmatch(bare(shape.names[c])) for c in columns):
        return ()
    named = any(
        one.test is Comparison.EQUAL and len(one.values) == 1 and {*one.columns} <= {*shape.labels}
        for one in state.filters
    )
    others = {c for link in state.free for c in link.columns} & {*shape.numbers}
    averaged = state.has(Want.AVERAGE, Want.EACH)
    return columns if named and not averaged and others <= {*columns} else ()
