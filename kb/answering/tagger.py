"""Words of Chinese text with their parts of speech. The only importer of rjieba.

The tagger knows Simplified characters alone: hand it folded text.
"""

from __future__ import annotations

import rjieba


def tagged(text: str) -> list[tuple[str, str]]:
    """(word, tag) in the order of the text: nr a person, ns a place, nt an organisation."""
    return rjieba.tag(text)


def cut(text: str) -> list[str]:
    """The words in the order of the text."""
    return rjieba.cut(text)


def is_known(word: str) -> bool:
    """Whether the dictionary has the word."""
    return rjieba.has_word(word)
