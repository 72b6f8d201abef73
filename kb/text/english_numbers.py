"""English number words up to ninety-nine."""

from __future__ import annotations

import re

_BELOW_TWENTY = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

ENGLISH_NUMBERS = {
    **{word: n for n, word in enumerate(_BELOW_TWENTY, 1)},
    **{
        f"{ten}-{one}" if one else ten: 10 * n + m
        for n, ten in enumerate(_TENS, 2)
        for m, one in enumerate(("", *_BELOW_TWENTY[:9]))
    },
}
"""By the word, in lower case."""

ENGLISH_NUMBER = re.compile(
    rf"\b({'|'.join(sorted(ENGLISH_NUMBERS, key=len, reverse=True))})\b(?!-)"
)
"""One of them, in a text in lower case."""
