"""Which of the ranked chunks are handed out: no text twice, and no document alone."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Protocol, TypeVar

from kb.text.fold import plain
from kb.types import Chunk

SHARE = 0.6
"""Of the hits that one document may fill while others bear on the question too: 3 of 5."""

NEAR = 0.9
"""An other document's chunk bears on the question as well if it has this share of the best score.
Where a long document holds the answer, less costs recall: with 0.5 the answer was among the first
five for 80.0 % of covidqa's questions, with 0.9 for 82.7 %, as without any share."""

_CONTAINED = 0.8
_GOES_ON = re.compile(r"[\d.,]\d|\d[\d.,]")
_BLANK = re.compile(r"\s+")


class Ranked(Protocol):
    @property
    def chunk(self) -> Chunk: ...

    @property
    def score(self) -> float: ...


R = TypeVar("R", bound=Ranked)


def select(ranked: Iterable[R], count: int) -> list[R]:
    """The first `count`, but for copies and for what a single document would crowd others out with.

    A chunk whose text is that of a better one, or lies within it and is nearly as long, is left
    out. Spaces, width and case apart, the text must be the same to the letter: two revisions of a
    price list differ in a digit. A document's chunks beyond its share make room for those of
    others, if these score well enough; else they stay.
    """
    most = math.ceil(count * SHARE)
    of_document: Counter[str] = Counter()
    texts: list[str] = []
    selected: list[tuple[int, R]] = []
    waiting: list[tuple[int, R]] = []
    best = 0.0
    for place, item in enumerate(ranked):
        best = max(best, item.score)
        weak = item.score < NEAR * best
        if weak and len(selected) + len(waiting) >= count:
            break
        text = _plain(item.chunk.text)
        if any(_same(text, other) for other in texts):
            continue
        texts.append(text)
        crowds = of_document[item.chunk.doc_id] >= most
        if crowds or (waiting and weak):
            waiting.append((place, item))
        else:
            selected.append((place, item))
            of_document[item.chunk.doc_id] += 1
        if len(selected) == count:
            break
    taken = (selected + waiting)[:count]
    return [item for _, item in sorted(taken, key=lambda one: one[0])]


def _plain(text: str) -> str:
    return _BLANK.sub("", plain(text))


def _same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) < _CONTAINED * len(long):
        return False
    start = long.find(short)
    # A number that goes on beyond the shorter text is another number.
    return start >= 0 and not (
        _GOES_ON.match(long[:start][-1:] + short[:1])
        or _GOES_ON.match(short[-1:] + long[start + len(short) :][:1])
    )
