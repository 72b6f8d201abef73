"""The runs of a cell's text, of which some may have the colour of the cell behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kb.documents.converters.common.colours import differ
from kb.documents.text.exponent import with_marks


class Run(NamedTuple):
    """A piece of a text in one look. `colour` in six hex digits; empty: the cell's, or not told."""

    text: str
    raised: bool = False
    struck: bool = False
    colour: str = ""


class Ground(NamedTuple):
    """What is behind a cell's text. `colour` in six hex digits, or empty where it is not told;
    `hides`: the cell's own font has it too."""

    colour: str = ""
    hides: bool = False


def as_seen(runs: Sequence[Run], ground: Ground) -> tuple[str, bool]:
    """What of a text can be seen, with the marks of its raised and struck runs, and False; where
    nothing of it can be seen all of it, and True."""
    seen = [run for run in runs if not _is_hidden(run, ground)]
    hidden = not any(run.text.strip() for run in seen)
    kept = runs if hidden else seen
    return with_marks((run.text, run.raised, run.struck) for run in kept), hidden


def _is_hidden(run: Run, ground: Ground) -> bool:
    if not run.colour:
        return ground.hides
    return bool(ground.colour) and not differ(run.colour, ground.colour)
