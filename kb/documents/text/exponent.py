"""What is set raised: 10 with a raised 6 is no 106."""

from __future__ import annotations

import re

_EXPONENT = re.compile(r"[-+−]?\d+(?:[.,]\d+)?|[a-z]")


def is_exponent(raised: str) -> bool:
    """Whether raised text is a power (10⁶, xⁿ) and no part of a word (1st)."""
    return _EXPONENT.fullmatch(raised.strip()) is not None
