"""Whether text can be told from what is behind it, by their colours."""

from __future__ import annotations

_APART = 48  # of 255


def differ(one: str, other: str) -> bool:
    """Whether two colours, RGB in six hex digits, can be told apart: their red, green or blue
    differs by a fifth of its range."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return max(abs(a - b) for a, b in pairs) >= _APART
