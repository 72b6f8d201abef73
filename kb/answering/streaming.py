"""An answer while it is still coming: its words at once, its markers when their sentence is whole.

What was shown cannot be taken back, and a marker may turn out to be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.answering.citations import Citer, last_sentence


class Streamed:
    """Feed it the model's words; it gives back what may be shown, a prefix of the final text.

    Nothing is shown of an answer that begins as one of `held` does: it may be asked for again.
    """

    def __init__(self, citer: Citer, held: Sequence[str] = ()) -> None:
        self._citer = citer
        self._held = held
        self._raw = ""
        self._shown = ""

    def feed(self, text: str) -> str:
        """The words that can be shown now."""
        self._raw += text
        begun = self._raw.lstrip()
        if any(begun.startswith(one) or one.startswith(begun) for one in self._held):
            return ""
        whole, unfinished = last_sentence(self._citer.named(self._raw))
        before = self._citer.cite(whole).text
        gap = whole[len(whole.rstrip()) :] if before and unfinished else ""
        return self._advance(before + gap + unfinished)

    def rest(self, final: str) -> str:
        """What is left to show of the final text; all of it on a new line if it came otherwise."""
        if final.startswith(self._shown):
            return final[len(self._shown) :]
        return f"\n{final}" if self._shown else final

    def _advance(self, view: str) -> str:
        if not view.startswith(self._shown):
            return ""
        new = view[len(self._shown) :]
        self._shown = view
        return new
