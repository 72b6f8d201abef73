"""Tells thought from answer in a text that carries both, with `<think>` and `</think>`.

DeepSeek-R1's and Qwen3's convention. Servers that know it send the thought apart; others leave
the tags in, split across pieces, without the opening one (the prompt held it), or never closed.
A model may also begin a thought in the middle of its answer.
"""

from __future__ import annotations

import re

from kb.types import ChatPiece

_OPEN = "<think>"
_CLOSE = "</think>"
_WHOLE = re.compile(f"{_OPEN}(.*?){_CLOSE}", re.DOTALL)


class ThinkSplitter:
    """Feed it pieces of text; it gives back pieces of thought or of answer.

    Args:
        opened: the prompt ended with the opening tag, so the text begins within the thought.
        may_open_silently: the opening tag may be missing although there is a thought. Nothing
            can then be said of the text until its closing tag or its end, so it is held back.
    """

    def __init__(self, *, opened: bool = False, may_open_silently: bool = False) -> None:
        self._thinking = opened
        self._silent = may_open_silently
        self._started = False
        self._after_tag = opened
        self._held = ""

    def feed(self, text: str) -> list[ChatPiece]:
        """What is certain after this text, in its order."""
        self._held += text
        if not self._started and not self._start():
            return []
        if self._thinking:
            return self._thought()
        if self._silent:
            before, tag, after = self._held.partition(_CLOSE)
            if not tag:
                return []
            self._silent = False
            self._after_tag = True
            self._held = after
            return [ChatPiece(thinking=before), *self._answer()]
        return self._answer()

    def end(self) -> list[ChatPiece]:
        """What was held back. A thought that was never closed stays a thought."""
        rest, self._held = self._held, ""
        if not rest:
            return []
        return [ChatPiece(thinking=rest) if self._thinking else ChatPiece(content=rest)]

    def _start(self) -> bool:
        """Decide about an opening tag at the very start; False while that is not possible."""
        head = self._held.lstrip()
        if head.startswith(_OPEN):
            self._thinking = self._after_tag = True
            self._held = head[len(_OPEN) :]
        elif _OPEN.startswith(head):
            return False
        self._started = True
        return True

    def _thought(self) -> list[ChatPiece]:
        thought, tag, answer = self._trimmed(self._held).partition(_CLOSE)
        if tag:
            self._thinking = False
            self._silent = False
            self._after_tag = True
            self._held = answer
            pieces = [ChatPiece(thinking=thought)] if thought else []
            return pieces + self._answer()
        keep = _overlap(thought, _CLOSE)
        self._held = thought[len(thought) - keep :]
        thought = thought[: len(thought) - keep]
        return [ChatPiece(thinking=thought)] if thought else []

    def _answer(self) -> list[ChatPiece]:
        answer, tag, thought = self._trimmed(self._held).partition(_OPEN)
        keep = 0 if tag else _overlap(answer, _OPEN)
        self._held = thought if tag else answer[len(answer) - keep :]
        answer = answer[: len(answer) - keep]
        pieces = [ChatPiece(content=answer)] if answer else []
        if tag:
            self._thinking = self._after_tag = True
            return pieces + self._thought()
        return pieces

    def _trimmed(self, text: str) -> str:
        """Without the white space that follows a tag."""
        if self._after_tag:
            text = text.lstrip()
            self._after_tag = not text
        return text


def apart(text: str) -> tuple[str, str]:
    """Thought and answer of a whole text, wherever its tags stand.

    The last guard before an answer is shown or kept: what stands before a closing tag was
    thought, whether it was opened or not, and so is what stands behind one that is never closed.
    """
    thoughts = [found.strip() for found in _WHOLE.findall(text)]
    before, closed, rest = _WHOLE.sub("", text).rpartition(_CLOSE)
    answer, _, unfinished = rest.partition(_OPEN)
    thoughts += [before.replace(_CLOSE, "").strip(), unfinished.strip()]
    return "\n".join(filter(None, thoughts)), answer.lstrip() if closed else answer


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    return next((n for n in range(len(tag) - 1, 0, -1) if text.endswith(tag[:n])), 0)
