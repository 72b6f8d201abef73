"""The two languages that kb is made for, told apart by script. Imports nothing of kb."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from kb.text.han import HAN

LANGUAGE_LABEL = "kb:language"
"""The label under which every chunk's language is filtered by, see kb/retrieval/search.py."""

_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")


class Language(StrEnum):
    ZH = "zh"
    EN = "en"

    @property
    def other(self) -> Language:
        return Language.EN if self is Language.ZH else Language.ZH


@lru_cache(maxsize=1024)  # a question, and each of its hits, is asked about several times
def language(text: str) -> Language:
    """Chinese where Han characters make up a third of the text's words or more, else English.

    A Han character counts as half a word, a run of Latin letters as one.
    """
    if text.isascii():  # retrieval asks for every candidate, and most English ones end here
        return Language.EN
    han = sum(map(len, _HAN_RUN.findall(text))) / 2
    latin = len(_LATIN_WORD.findall(text))
    return Language.ZH if han and han >= (han + latin) / 3 else Language.EN
