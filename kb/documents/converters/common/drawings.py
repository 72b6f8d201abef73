"""Charts and diagrams (DrawingML, ISO 29500-1, 21), which Word, PowerPoint and Excel share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kb.documents.converters.common.namespaces import CHART, DRAWING
from kb.documents.converters.common.number_formats import (
    date_text,
    day_of,
    number_text,
    shows_date,
)


def chart_of(root: Any) -> tuple[str, list[list[list[str]]]]:
    """A chart's title, and its numbers as tables: a row a category, a column a series.

    Read from the chart's own cache of what it shows (21.2).
    """
    title = root.find(f"{CHART}chart/{CHART}title")
    plots: dict[Any, list[Any]] = {}
    for series in root.iter(f"{CHART}ser"):
        plots.setdefault(series.getparent(), []).append(series)
    return "" if title is None else "\n".join(_paragraphs(title)), [*map(_table, plots.values())]


def diagram_of(root: Any) -> Iterator[str]:
    """The texts of a SmartArt diagram's data part (21.4), a paragraph each."""
    return _paragraphs(root)


def _table(plot: list[Any]) -> list[list[str]]:
    names = ["".join(_points(one, "tx").values()) for one in plot]
    categories = _points(plot[0], "cat") or _points(plot[0], "xVal")
    columns = [_points(one, "val") or _points(one, "yVal") for one in plot]
    places = sorted({place for column in (categories, *columns) for place in column})
    rows = [[column.get(place, "") for column in (categories, *columns)] for place in places]
    return [["", *names], *rows]


def _points(series: Any, part: str) -> dict[int, str]:
    """A part of a series: the text of each point, by its place."""
    points: dict[int, str] = {}
    for element in series.iterchildren(f"{CHART}{part}"):
        code = next((one.text for one in element.iter(f"{CHART}formatCode")), None)
        for point in element.iter(f"{CHART}pt"):
            text = " ".join("".join(point.itertext()).split())
            text = _shown(text, point.get("formatCode") or code or "")
            points.setdefault(int(point.get("idx", "0")), text)
    return points


def _shown(text: str, code: str) -> str:
    """A point's number as its format shows it: a percentage, a date."""
    if code in ("", "General"):
        return text
    try:
        value = float(text)
        return date_text(day_of(value), code) if shows_date(code) else number_text(value, code)
    except (ValueError, OverflowError):
        return text


def _paragraphs(root: Any) -> Iterator[str]:
    for paragraph in root.iter(f"{DRAWING}p"):
        text = "".join(part.text or "" for part in paragraph.iter(f"{DRAWING}t")).strip()
        if text:
            yield text
