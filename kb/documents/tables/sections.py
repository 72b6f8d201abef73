"""Which sections a table stands in: the headings above it, and numbered lines that are headings
without being marked as such (5、应收账款 above （1）按账龄披露)."""

from __future__ import annotations

import re

from kb.documents.tables.outline import style_of

_LONGEST = 40
_SENTENCE = re.compile(r"[。；;！!？?]|[，,：:]$")
_FAR = 12
"""Paragraphs behind which a numbered line is no heading of what follows."""


class Sections:
    """The headings that hold at a place of a document, the outermost first."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, str]] = []
        self._numbered: list[tuple[str, str]] = []
        self._behind = 0

    def heading(self, text: str, level: int) -> None:
        self._headings = [one for one in self._headings if one[0] < level]
        self._headings.append((level, text))
        self._numbered = []

    def paragraph(self, text: str) -> None:
        style = style_of(text)
        if not style or len(text) > _LONGEST or _SENTENCE.search(text):
            self._behind += 1
            if self._behind > _FAR:
                self._numbered = []
            return
        styles = [known for known, _ in self._numbered]
        kept = styles.index(style) if style in styles else len(styles)
        self._numbered = [*self._numbered[:kept], (style, text)]
        self._behind = 0

    def above(self, name: str) -> str:
        """All of them but the name of the table itself."""
        texts = [text for _, text in (*self._headings, *self._numbered)]
        return " ".join(text for text in texts if text != name)
