"""The report's figures: where each line, bar and word stands. figure.svg.jinja draws them.

Positions are in the units of the SVG's view box, from its upper left corner. Colours come from
the page's style sheet, by the number of the series.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT = 460, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 24, 12, 40
_INNER_WIDTH = _WIDTH - _LEFT - _RIGHT
_INNER_HEIGHT = _HEIGHT - _TOP - _BOTTOM


@dataclass(frozen=True, slots=True)
class Text:
    """`anchor` is SVG's: which part of the words stands at `x`."""

    x: float
    y: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """`kind` is a class of the style sheet: `grid` or `mark`."""

    kind: str
    x1: float
    x2: float
    y1: float
    y2: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points."""

    series: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Dot:
    series: int
    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Box:
    series: int
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Figure:
    """`empty`: why there is nothing to draw. `names`: of the series, from 1."""

    label: str
    empty: str = ""
    width: int = _WIDTH
    height: int = _HEIGHT
    lines: tuple[Line, ...] = ()
    paths: tuple[Path, ...] = ()
    dots: tuple[Dot, ...] = ()
    boxes: tuple[Box, ...] = ()
    texts: tuple[Text, ...] = ()
    names: tuple[str, ...] = ()


def curve(series: Mapping[str, Sequence[tuple[int, float]]], *, label: str, x_label: str) -> Figure:
    """Shares (0 to 1) by rank, one line a series."""
    ranks = sorted({x for points in series.values() for x, _ in points})
    floor = min((y for points in series.values() for _, y in points), default=0.0)
    low = max(0.0, math.floor(floor * 10 - 0.5) / 10)
    place = {rank: _LEFT + _INNER_WIDTH * (i + 0.5) / len(ranks) for i, rank in enumerate(ranks)}
    lines, labels = _grid([low + (1 - low) * step / 4 for step in range(5)], low, 1.0, "{:.2f}")
    numbered = list(enumerate(series.items(), 1))
    return Figure(
        label,
        lines=lines,
        paths=tuple(
            Path(number, tuple((place[x], _y(y, low, 1.0)) for x, y in points))
            for number, (_, points) in numbered
        ),
        dots=tuple(
            Dot(number, place[x], _y(y, low, 1.0), f"{name} @{x}: {y:.3f}")
            for number, (name, points) in numbered
            for x, y in points
        ),
        texts=(
            *labels,
            *(Text(place[rank], _HEIGHT - 22, str(rank)) for rank in ranks),
            _x_label(x_label),
        ),
        names=tuple(series),
    )


def histogram(
    series: Mapping[str, Sequence[float]],
    *,
    label: str,
    x_label: str,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """How many values fall into each of equal, round steps; `marks` are named vertical lines."""
    marks = marks or {}
    values = [value for one in series.values() for value in one]
    edges = [*values, *marks.values()]
    if not values:
        return Figure(label, empty="no values")
    step = _round_step((max(edges) - min(edges)) / _STEPS)
    low = math.floor(min(edges) / step) * step
    bins = math.floor((max(edges) - low) / step) + 1
    counts = {name: _counted(one, low, step, bins) for name, one in series.items()}
    most = max(max(one) for one in counts.values())
    # A mark's name stands above the bars.
    lines, labels = _grid(_ticks(most), 0.0, most * (1.15 if marks else 1.0), "{:.0f}")
    at = {name: _LEFT + _INNER_WIDTH * (mark - low) / (step * bins) for name, mark in marks.items()}
    wide = _INNER_WIDTH / bins
    return Figure(
        label,
        lines=(
            *lines,
            *(
                Line("mark", at[name], at[name], _TOP, _HEIGHT - _BOTTOM, f"{name}: {mark:.3g}")
                for name, mark in marks.items()
            ),
        ),
        boxes=tuple(_columns(counts, low, step, most * (1.15 if marks else 1.0))),
        texts=(
            *labels,
            *(
                Text(at[name] + 4, _TOP + 10, f"{name} {mark:.3g}", "start")
                for name, mark in marks.items()
            ),
            *(
                Text(_LEFT + place * wide, _HEIGHT - 22, f"{low + place * step:.4g}")
                for place in range(0, bins + 1, math.ceil(bins / 6))
            ),
            _x_label(x_label),
        ),
        names=tuple(series),
    )


def bars(rows: Mapping[str, Sequence[int]], names: Sequence[str], *, label: str) -> Figure:
    """Counts as stacked horizontal bars: a row's parts in the order of `names`."""
    if not rows:
        return Figure(label, empty="none")
    left, height = 110, 34
    most = max(sum(counts) for counts in rows.values()) or 1
    boxes: list[Box] = []
    texts: list[Text] = []
    for place, (row, counts) in enumerate(rows.items()):
        y, x = 6 + place * height, float(left)
        texts.append(Text(left - 8, y + 16, row, "end"))
        for number, (name, count) in enumerate(zip(names, counts, strict=True), 1):
            width = (_WIDTH - left - 70) * count / most
            boxes.append(Box(number, x, y, width, 22, f"{row}, {name}: {count}"))
            x += width
        texts.append(Text(x + 6, y + 16, " + ".join(map(str, counts)), "start"))
    return Figure(
        label,
        height=height * len(rows) + 12,
        boxes=tuple(boxes),
        texts=tuple(texts),
        names=tuple(names),
    )


# --- within ---------------------------------------------------------------------------

_STEPS = 24
"""Of a histogram, about."""


def _columns(
    counts: Mapping[str, Sequence[int]], low: float, step: float, high: float
) -> Iterator[Box]:
    """A histogram's bars; those of one step stand side by side."""
    for number, (name, one) in enumerate(counts.items(), 1):
        wide = _INNER_WIDTH / len(one)
        each = wide / len(counts)
        for place, count in enumerate(one):
            if count:
                top = _y(count, 0.0, high)
                span = f"{low + place * step:.4g} to {low + (place + 1) * step:.4g}"
                yield Box(
                    number,
                    _LEFT + place * wide + (number - 1) * each,
                    top,
                    max(each - 1, 1),
                    _HEIGHT - _BOTTOM - top,
                    f"{name}, {span}: {count}",
                )


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten, not less than this."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * one for one in (1, 2, 5, 10) if power * one >= least * 0.999)


def _grid(
    values: Sequence[float], low: float, high: float, form: str
) -> tuple[tuple[Line, ...], tuple[Text, ...]]:
    """Horizontal lines, and the value of each to its left."""
    heights = [(value, _y(value, low, high)) for value in values]
    lines = tuple(Line("grid", _LEFT, _WIDTH - _RIGHT, y, y) for _, y in heights)
    return lines, tuple(Text(_LEFT - 6, y + 4, form.format(v), "end") for v, y in heights)


def _x_label(words: str) -> Text:
    return Text(_LEFT + _INNER_WIDTH / 2, _HEIGHT - 6, words)


def _y(value: float, low: float, high: float) -> float:
    return _TOP + _INNER_HEIGHT * (1 - (value - low) / ((high - low) or 1.0))


def _counted(values: Sequence[float], low: float, step: float, bins: int) -> list[int]:
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / step), bins - 1)] += 1
    return counts


def _ticks(most: int) -> list[float]:
    step = max(1, math.ceil(most / 4))
    return [float(value) for value in range(0, most + 1, step)]
