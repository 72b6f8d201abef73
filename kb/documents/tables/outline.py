"""How rows are numbered: 一、 above (一) above 1."""

from __future__ import annotations

import re

_STYLES = (
    re.compile(r"[一二三四五六七八九十]{1,3}\s*[、.．]"),
    re.compile(r"[(（][一二三四五六七八九十]{1,3}[)）]"),
    re.compile(r"\d{1,2}\s*[、.．)）](?!\d)"),
    re.compile(r"[(（]\d{1,2}[)）]"),
    re.compile(r"[IVX]{1,4}\s*[.)、]"),
    re.compile(r"[A-Z]\s*[.)、]\s"),
)


def style_of(text: str) -> str:
    """The way in which a text is numbered, empty for none."""
    for number, style in enumerate(_STYLES):
        if style.match(text):
            return f"style {number}"
    return ""
