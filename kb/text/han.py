"""Which characters are Chinese: the insides of character classes, for regular expressions."""

from __future__ import annotations

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters with their extensions and compatibility forms."""

KANA = "\u3040-\u30ff"
"""Hiragana and Katakana, written without spaces like Han."""

MARKS = "\u3000-\u303f\uff00-\uffef"
"""Chinese punctuation, and the full-width forms of Latin letters, digits and marks."""

WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
"""What takes two columns in a fixed-width font: from the radicals over marks and kana to Han."""
