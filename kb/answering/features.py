"""What two texts can have in common: words, Chinese bigrams, numbers with what they count."""

from __future__ import annotations

import re
from collections.abc import Set

from kb.text.fold import fold
from kb.text.han import HAN

_UNIT = re.compile(f"[a-z0-9]+(?:[-_.,:/@][a-z0-9]+)*|[{HAN}]+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_COUNTED = re.compile(rf"(\d+(?:\.\d+)?)\s*(?![是的和与在为了等被由到就也都有至或及])([{HAN}])")


def features(text: str) -> set[str]:
    """Words of Latin letters and digits, the bigrams of Chinese, and a number with the Chinese
    character behind it, so that 10年 is not found in 10日."""
    folded = fold(text)
    found = {number + counted for number, counted in _COUNTED.findall(folded)}
    for unit in _UNIT.findall(folded):
        if unit[0].isascii():
            found.add(unit)
        else:
            found.update(unit[i : i + 2] for i in range(max(len(unit) - 1, 1)))
    return found


def figures(text: str) -> set[str]:
    """The numbers of a folded text, as they are written: 2,950 and 38."""
    return {*_FIGURE.findall(text)}


def without_extension(path: str) -> str:
    """A file's path without the ending of its name; a folder's dots stay."""
    folder, slash, name = path.rpartition("/")
    return folder + slash + (name.rpartition(".")[0] or name)


def has_digit(feature: str) -> bool:
    return any(char.isdigit() for char in feature)


def weights(claim: Set[str], known: Set[str]) -> dict[str, float]:
    """What each feature of a claim is worth as evidence.

    What the question already said counts 1; what the answer adds to it counts threefold, since
    that is what a reader looks up. A number counts threefold, an added one eightfold, and 1 where
    it is there with what it counts as well.
    """
    with_unit = {one[:-1] for one in claim if has_digit(one) and not one[-1].isascii()}
    return {one: 1.0 if one in with_unit else _weight(one, one in known) for one in claim}


def _weight(feature: str, known: bool) -> float:
    if has_digit(feature):
        return 3.0 if known else 8.0
    return 1.0 if known else 3.0


def share(wanted: dict[str, float], held: Set[str]) -> float:
    """The part of the wanted features' weight that is held, 0 to 1."""
    total = sum(wanted.values())
    return sum(weight for one, weight in wanted.items() if one in held) / total if total else 0.0
