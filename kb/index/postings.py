"""Posting lists: in which chunks of a segment a term stands, and with which weight.

A list is the largest weight (a float of 32 bits), the chunks' places in ascending order (16 bits
each) and each one's share of the largest weight, in 65,535ths: four bytes a chunk, and an upper
bound for what a term can add to any score.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

LARGEST_SEGMENT = 8_192
"""Chunks of a segment: what is held in memory while it is written, and read at a time."""

_WHOLE = 65_535
_NEARLY = 1 - 1e-9
"""Sums of floats in another order differ by less."""

Posting = tuple[float, Sequence[int], Sequence[int]]
"""The factor by which its shares are weights, places, shares."""


class Postings:
    """The posting lists of one segment, as they are collected."""

    def __init__(self) -> None:
        self._lists: dict[int, tuple[array[int], array[float]]] = {}

    def add(self, place: int, terms: Sequence[int], weights: Sequence[float]) -> None:
        """A chunk's terms; places ascend."""
        lists = self._lists
        for term, weight in zip(terms, weights, strict=True):
            found = lists.get(term)
            if found is None:
                found = lists[term] = (array("H"), array("f"))
            found[0].append(place)
            found[1].append(weight)

    def join(self, blob: bytes, term: int, moved: Mapping[int, int]) -> None:
        """A list of another segment, whose chunks have new places; those without one are left
        out. New places ascend as the old ones do, and come behind those that are here."""
        factor, places, shares = unpacked(blob)
        kept = [
            (moved[one], share) for one, share in zip(places, shares, strict=True) if one in moved
        ]
        if kept:
            found = self._lists.setdefault(term, (array("H"), array("f")))
            found[0].extend(place for place, _ in kept)
            found[1].extend(share * factor for _, share in kept)

    def packed(self) -> Iterator[tuple[int, bytes]]:
        """Each term with its list, in the order of the terms."""
        for term in sorted(self._lists):
            places, weights = self._lists[term]
            largest = max(weights)
            scale = _WHOLE / largest if largest > 0 else 0.0
            shares = array("H", [round(max(weight, 0.0) * scale) for weight in weights])
            yield term, array("f", [largest]).tobytes() + places.tobytes() + shares.tobytes()


def unpacked(blob: bytes) -> Posting:
    """Raises ValueError: it is no list."""
    count, rest = divmod(len(blob) - 4, 4)
    if count < 1 or rest:
        raise ValueError("a posting list has another length")
    [largest] = array("f", blob[:4])
    return largest / _WHOLE, array("H", blob[4 : 4 + 2 * count]), array("H", blob[4 + 2 * count :])


def scored(lists: Sequence[tuple[float, Posting]], least: float) -> dict[int, float]:
    """The chunks of a segment whose dot product with a question may be `least` or more.

    `lists`: each term's weight in the question, with its list. The terms that can add most come
    first; once all that are left could not lift a chunk to `least`, no other chunk is looked at
    (MaxScore, Turtle and Flood 1995).
    """
    bounded = sorted(
        ((weight * one[0], one[1], one[2]) for weight, one in lists), key=lambda one: -one[0]
    )
    left = sum(factor * _WHOLE for factor, _, _ in bounded)
    scores: dict[int, float] = {}
    for factor, places, shares in bounded:
        if left >= least * _NEARLY:
            for place, share in zip(places, shares, strict=True):
                scores[place] = scores.get(place, 0.0) + factor * share
        else:
            for place, share in among(places, shares, scores):
                scores[place] += factor * share
        left -= factor * _WHOLE
    return scores


def among(
    places: Sequence[int], shares: Sequence[int], wanted: Iterable[int]
) -> Iterator[tuple[int, int]]:
    """Those of some places that are in a list, with their shares."""
    for place in wanted:
        at = bisect_left(places, place)
        if at < len(places) and places[at] == place:
            yield place, shares[at]
