"""Words of Chinese text with their parts of speech. The only importer of rjieba.

The tagger knows Simplified characters alone: hand it folded text.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def tagged(text: str) -> list[tuple[str, str]]:
    """(word, tag) in the order of the text: nr a person, ns a place, nt an organisation."""
    found: list[tuple[str, str]] = _dictionary().tag(text)
    return found


def cut(text: str) -> list[str]:
    """The words in the order of the text."""
    found: list[str] = _dictionary().cut(text)
    return found


def is_known(word: str) -> bool:
    """Whether the dictionary has the word."""
    return bool(_dictionary().has_word(word))


@cache
def _dictionary() -> Any:
    import rjieba  # 0.1 s, in which it reads the dictionary: most commands tag nothing

    return rjieba
