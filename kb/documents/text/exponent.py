"""What is set raised or struck: 10 with a raised 6 is no 106, and a struck 80 is no 80."""

from __future__ import annotations

import re
from collections.abc import Iterable

_EXPONENT = re.compile(r"[-+−]?\d+(?:[.,]\d+)?|[a-z]")


def is_exponent(raised: str) -> bool:
    """Whether raised text is a power (10⁶, xⁿ) and no part of a word (1st)."""
    return _EXPONENT.fullmatch(raised.strip()) is not None


def with_marks(pieces: Iterable[tuple[str, bool, bool]]) -> str:
    """Pieces of a text, each with whether it is raised and whether it is struck, as one line:
    struck text stands between ~~, an exponent behind ^ (10^6)."""
    parts: list[str] = []
    within = False
    for text, raised, struck in pieces:
        if not text:
            continue
        if struck is not within and not text.isspace():
            parts.append("~~")
            within = struck
        before = parts[-1][-1:] if parts else ""
        if raised and is_exponent(text) and before.strip(" ~"):
            text = f"^{text.strip()}"
        parts.append(text)
    return "".join([*parts, "~~"] if within else parts).replace("~~~~", "")
