"""One spelling for what is written in several: width, case, Traditional or Simplified characters.

Only what is compared is folded; what is embedded, stored and shown is the text as it was.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")


def fold(text: str) -> str:
    """NFKC, lower case, Simplified, numbers without their thousands separators.

    Traditional characters are folded one by one: a phrase table would fold the same character
    in two ways in a question and in a document.
    """
    simplified = plain(text).translate(_simplified())
    return _THOUSANDS.sub(lambda found: found[0].replace(",", ""), simplified)


def plain(text: str) -> str:
    """NFKC and lower case alone, where no Chinese word is compared."""
    return unicodedata.normalize("NFKC", text).lower()


@cache
def _simplified() -> dict[int, str]:
    """OpenCC's table of characters. Its first variant is the usual one."""
    from importlib import resources  # 8 ms, which commands that compare nothing need not wait for

    table = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt")
    pairs = (line.split() for line in table.read_text(encoding="utf-8").splitlines())
    return {ord(pair[0]): pair[1] for pair in pairs}
