"""Text that is none: half of a surrogate pair, which UTF-8 cannot hold.

Python keeps the bytes of an argument or a line that are not UTF-8 as such halves, and JSON may
name them. No document holds one, and neither tokenizer nor store takes it.
"""

from __future__ import annotations

import re

from kb.errors import UsageError

_HALF = re.compile("[\ud800-\udfff]")


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold the text."""
    return _HALF.search(text) is None


def require_unicode(text: str) -> None:
    """Raises UsageError: the text is not Unicode."""
    if not is_unicode(text):
        raise UsageError(
            f"'{text}' is not Unicode text",
            why="it has bytes that are not UTF-8, or half of a surrogate pair",
            hint="write it in UTF-8, e.g. in a terminal whose encoding is UTF-8",
        )
