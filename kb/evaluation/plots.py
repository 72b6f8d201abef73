"""The report's figures, as inline SVG. Colours come from the page's style sheet by class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 460, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 24, 12, 40
_INNER_WIDTH = _WIDTH - _LEFT - _RIGHT
_INNER_HEIGHT = _HEIGHT - _TOP - _BOTTOM


def curve(series: Mapping[str, Sequence[tuple[int, float]]], *, label: str, x_label: str) -> str:
    """Shares (0 to 1) by rank, one line a series."""
    ranks = sorted({x for points in series.values() for x, _ in points})
    floor = min((y for points in series.values() for _, y in points), default=0.0)
    low = max(0.0, math.floor(floor * 10 - 0.5) / 10)
    place = {rank: _LEFT + _INNER_WIDTH * (i + 0.5) / len(ranks) for i, rank in enumerate(ranks)}
    parts = _grid([low + (1 - low) * step / 4 for step in range(5)], low, 1.0, "{:.2f}")
    parts += [_text(place[rank], _HEIGHT - 22, str(rank)) for rank in ranks]
    for number, (name, points) in enumerate(series.items(), 1):
        line = " ".join(f"{place[x]:.1f},{_y(y, low, 1.0):.1f}" for x, y in points)
        parts.append(f'<polyline class="line s{number}" points="{line}"/>')
        parts += [
            f'<circle class="fill s{number}" cx="{place[x]:.1f}" cy="{_y(y, low, 1.0):.1f}" r="4">'
            f"<title>{escape(name)} @{x}: {y:.3f}</title></circle>"
            for x, y in points
        ]
    parts.append(_text(_LEFT + _INNER_WIDTH / 2, _HEIGHT - 6, x_label))
    return _svg(parts, label) + _legend([*series])


def histogram(
    series: Mapping[str, Sequence[float]],
    *,
    label: str,
    x_label: str,
    marks: Mapping[str, float] | None = None,
) -> str:
    """How many values fall into each of equal, round steps; `marks` are named vertical lines."""
    values = [value for one in series.values() for value in one]
    edges = [*values, *(marks or {}).values()]
    if not values:
        return f'<p class="none">{escape(label)}: no values</p>'
    step = _round_step((max(edges) - min(edges)) / _STEPS)
    low = math.floor(min(edges) / step) * step
    bins = math.floor((max(edges) - low) / step) + 1
    counts = {name: _counted(one, low, step, bins) for name, one in series.items()}
    most = max(max(one) for one in counts.values())
    # A mark's name stands above the bars.
    high = most * (1.15 if marks else 1.0)
    parts = _grid(_ticks(most), 0.0, high, "{:.0f}")
    wide = _INNER_WIDTH / bins
    for number, (name, one) in enumerate(counts.items(), 1):
        each = wide / len(counts)
        for place, count in enumerate(one):
            if count:
                x = _LEFT + place * wide + (number - 1) * each
                top = _y(count, 0.0, high)
                span = f"{low + place * step:.4g} to {low + (place + 1) * step:.4g}"
                parts.append(
                    f'<rect class="fill s{number}" x="{x:.1f}" y="{top:.1f}" '
                    f'width="{max(each - 1, 1):.1f}" height="{_HEIGHT - _BOTTOM - top:.1f}">'
                    f"<title>{escape(name)}, {span}: {count}</title></rect>"
                )
    for name, mark in (marks or {}).items():
        x = _LEFT + _INNER_WIDTH * (mark - low) / (step * bins)
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}">'
            f"<title>{escape(name)}: {mark:.3g}</title></line>"
        )
        parts.append(_text(x + 4, _TOP + 10, f"{name} {mark:.3g}", anchor="start"))
    for place in range(0, bins + 1, math.ceil(bins / 6)):
        parts.append(_text(_LEFT + place * wide, _HEIGHT - 22, f"{low + place * step:.4g}"))
    parts.append(_text(_LEFT + _INNER_WIDTH / 2, _HEIGHT - 6, x_label))
    return _svg(parts, label) + _legend([*series])


def bars(rows: Mapping[str, Sequence[int]], names: Sequence[str], *, label: str) -> str:
    """Counts as stacked horizontal bars: a row's parts in the order of `names`."""
    if not rows:
        return f'<p class="none">{escape(label)}: none</p>'
    left, height = 110, 34
    most = max(sum(counts) for counts in rows.values()) or 1
    parts: list[str] = []
    for place, (row, counts) in enumerate(rows.items()):
        y, x = 6 + place * height, float(left)
        parts.append(_text(left - 8, y + 16, row, anchor="end"))
        for number, (name, count) in enumerate(zip(names, counts, strict=True), 1):
            width = (_WIDTH - left - 70) * count / most
            parts.append(
                f'<rect class="fill s{number}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="22">'
                f"<title>{escape(row)}, {escape(name)}: {count}</title></rect>"
            )
            x += width
        parts.append(_text(x + 6, y + 16, " + ".join(map(str, counts)), anchor="start"))
    return _svg(parts, label, height=height * len(rows) + 12) + _legend(names)


# --- within ---------------------------------------------------------------------------

_STEPS = 24
"""Of a histogram, about."""


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten, not less than this."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * one for one in (1, 2, 5, 10) if power * one >= least * 0.999)


def _svg(parts: Sequence[str], label: str, *, height: int = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def _legend(names: Sequence[str]) -> str:
    items = "".join(
        f'<span class="key s{number}">{escape(name)}</span>' for number, name in enumerate(names, 1)
    )
    return f'<p class="legend">{items}</p>'


def _grid(values: Sequence[float], low: float, high: float, form: str) -> list[str]:
    parts = []
    for value in values:
        y = _y(value, low, high)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(_text(_LEFT - 6, y + 4, form.format(value), anchor="end"))
    return parts


def _text(x: float, y: float, words: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


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
