"""Yes and no as cells have them: 是, no, √."""

from __future__ import annotations

_YES = frozenset(("是", "true", "yes", "y", "√", "✓", "✔", "ja", "对", "☑", "真"))
_NO = frozenset(("否", "false", "no", "n", "×", "✗", "✘", "nein", "错", "☐", "假"))


def truth(text: str) -> bool | None:
    """Whether a lower-case text says yes or no; None where it says neither."""
    return True if text in _YES else False if text in _NO else None
