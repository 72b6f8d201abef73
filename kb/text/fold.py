"""One spelling for what is written in several ways.

Only what is compared is folded; what is embedded, stored and shown is the text as it was.

standard    half width, hyphens of one kind, nothing that cannot be seen
plain       the same in lower case
fold        besides: Simplified characters, letters without accents and points, and one way for
            numbers with thousands separators, telephone numbers, plates, 第十二条, middle dots,
            Wi-Fi
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from kb.text.han import HAN, KANA
from kb.text.numbers import joined, with_digits

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
"""What nobody sees: zero-width and direction marks, variation selectors, the Unicode tags."""

# Colours of a terminal, control characters, and what is invisible.
_UNSEEN = re.compile(f"\x1b\\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1f\x7f\u200c\u200d{INVISIBLE}]")
_ASCII_UNSEEN = bytes((*range(0x09), *range(0x0E, 0x20), 0x7F))
_HYPHEN = re.compile(
    "[\u2010-\u2013\u2212\ufe63\uff0d]|(?<=[0-9A-Za-z])[\u2014\u2015\ufe58](?=[0-9])"
)
_POWER = re.compile("(?<=[0-9])[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_DOT = re.compile(f"(?<=[{HAN}{KANA}])(?: ?[·•‧・⋅∙] ?|[.])(?=[{HAN}{KANA}])")
# Vowels and signs of reading in Hebrew and Arabic, and the stroke that stretches an Arabic word:
# few people write them, and nobody types them into a search. What is part of a letter (أ) is not.
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652"
    "\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
# Not before every short syllable: Ki-moon and al-Rashid are names of two words.
_SHORT_TEXT = 256
"""Characters of a text up to which what it folds to is remembered."""

_SHORT = re.compile(r"(?<![a-z0-9-])([a-z]|wi|hi|co|re|on)-(?=[a-z]{2,}(?![a-z0-9-]))")


def standard(text: str) -> str:
    """NFKC, with every hyphen and minus as "-", powers as 10^3, and without invisible characters
    and terminal colours."""
    if not text.isascii():
        text = _POWER.sub(lambda found: f"^{found[0]}", text)
        text = unicodedata.normalize("NFKC", _HYPHEN.sub("-", text))
    elif len(text.encode().translate(None, _ASCII_UNSEEN)) == len(text):
        return text  # most texts; it takes an eighth of the time
    return _UNSEEN.sub("", text)


def plain(text: str) -> str:
    """Standard and in lower case, where no Chinese word is compared."""
    return standard(text).lower()


def fold(text: str) -> str:
    """See the module. Two spellings of the same thing fold to the same text.

    Traditional characters are folded one by one: a phrase table would fold the same character
    in two ways in a question and in a document.
    """
    return _kept(text) if len(text) <= _SHORT_TEXT else _folded(text)


def _folded(text: str) -> str:
    even = plain(text)
    if not even.isascii():
        even = even.translate(_simplified()).translate(_letters())
        even = _DOT.sub("", with_digits(_POINTS.sub("", even)))
    # Most texts have neither, and these two take as long as all the rest.
    if "," in even:
        even = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), even)
    if "-" in even:
        even = _SHORT.sub(lambda found: found[1], even)
    return joined(even)


_kept = lru_cache(maxsize=1024)(_folded)
"""A question, a name and a sentence are folded again and again."""


def without_umlauts(text: str) -> str:
    """The text with ä as a, where folding has ae: Muller is Müller too."""
    return text if text.isascii() else text.translate(_BARE)


_BARE = str.maketrans("äöüøÄÖÜØ", "aouoAOUO")


@cache
def _simplified() -> dict[int, str]:
    """OpenCC's table of characters. Its first variant is the usual one."""
    from importlib import resources  # 8 ms, which commands that compare nothing need not wait for

    table = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt")
    pairs = (line.split() for line in table.read_text(encoding="utf-8").splitlines())
    return {ord(pair[0]): pair[1] for pair in pairs}


@cache
def _letters() -> dict[int, str]:
    """Latin letters without accents; German ones as they are written where there are none."""
    table = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table[code] = base
    spelled = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe"}
    return table | {ord(letter): letters for letter, letters in spelled.items()}
