"""Text that JSON and a tokenizer can take: half a surrogate pair is replaced."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Half a surrogate pair becomes U+FFFD, as Go's decoder has it; llama.cpp refuses it."""
    return _SURROGATE.sub("\ufffd", text)
