"""Tables that every trade has in a form of its own: amounts by periods, plans, lists by issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.bench.firms.frames import Block, Crosstab, Document, Firm, Frame, Matrix, Row, Versions

QUARTERS_ZH = (
    ("第一季度", "一季度", "the first quarter"),
    ("第二季度", "二季度", "the second quarter"),
    ("第三季度", "三季度", "the third quarter"),
    ("第四季度", "四季度", "the fourth quarter"),
)
QUARTERS_EN = tuple(
    (f"Q{number}", zh, en) for number, (_, zh, en) in enumerate(QUARTERS_ZH, start=1)
)


def crosstab(
    rnd: Random,
    source: str,
    measure: tuple[str, str],
    line: tuple[str, str],
    groups: Mapping[str, tuple[str, ...]],
    unit: tuple[str, str],
    *,
    scale: int = 1,
    low: int = 20,
    high: int = 900,
    periods: Sequence[tuple[str, str, str]] = QUARTERS_ZH,
    marks: tuple[str, str] = ("小计", "合计"),
) -> Crosstab:
    cells = {
        (name, head): rnd.randrange(low, high)
        for names in groups.values()
        for name in names
        for head, _, _ in periods
    }
    return Crosstab(source, measure, line, tuple(periods), groups, cells, unit, scale, marks)


def plan(
    rnd: Random,
    source: str,
    first: date,
    days: int,
    columns: Sequence[str],
    people: Sequence[str],
    duty: tuple[str, str],
    place: tuple[str, str],
    corner: str,
) -> Matrix:
    """Who is where on each day; nobody is in two places on one."""
    rows = [(first + timedelta(one)).isoformat() for one in range(days)]
    cells = {
        (row, column): name
        for row in rows
        for column, name in zip(columns, rnd.sample(people, len(columns)), strict=True)
    }
    return Matrix(source, tuple(rows), tuple(columns), cells, duty, place, corner)


def issued(
    rnd: Random,
    firm: Firm,
    newest: Frame,
    value: str,
    issues: Sequence[tuple[str, str, str, str]],
    *,
    step: int = 1,
) -> None:
    """The list as it was issued before and now: (path, title, what it says of itself, from when),
    oldest first. Each time most values went up."""
    frames = [newest]
    for _ in issues[1:]:
        rows: list[Row] = []
        for row in frames[0].rows:
            given = row[value]
            assert isinstance(given, int)
            less = rnd.choice((0, 1, 2, 3, 4, -1)) * max(step, given // 40 // step * step)
            rows.append({**row, value: max(step, given - less)})
        frames.insert(0, replace(newest, rows=tuple(rows)))
    kept = []
    for frame, (path, title, lead, _) in zip(frames, issues, strict=True):
        frame = replace(frame, source=path)
        kept.append(frame)
        firm.add(Document(path, title, (Block(frame, title=lead, lead=lead),)), asked=False)
    firm.versions.append(Versions(tuple(kept), tuple(one[3] for one in issues), value))
