"""A passage cut down to the sentences around the match, where there is no time to read it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kb.answering.features import features, share, weights
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage


def excerpt(
    passage: Passage, question: Question, *, room: int, tokens: Callable[[str], int]
) -> Passage:
    """Whole sentences of at most `room` tokens: the one that shares most with the question, and
    of its neighbours the better one, again and again. At least that one sentence.

    What is left is one piece, verbatim, and `line` is where it starts.
    """
    spans = [span for span in sentence_spans(passage.text) if passage.text[slice(*span)].strip()]
    if not spans or tokens(passage.text) <= room:
        return passage
    known = features(question.text)
    wanted = weights(known, known)
    shares = [share(wanted, features(passage.text[slice(*span)])) for span in spans]
    first = last = max(range(len(spans)), key=lambda i: shares[i])
    while True:
        beside = [i for i in (last + 1, first - 1) if 0 <= i < len(spans)]
        beside.sort(key=lambda i: -shares[i])
        for i in beside:
            start, end = spans[min(i, first)][0], spans[max(i, last)][1]
            if tokens(passage.text[start:end].strip()) <= room:
                first, last = min(i, first), max(i, last)
                break
        else:
            return _cut(passage, spans[first][0], spans[last][1])


def _cut(passage: Passage, start: int, end: int) -> Passage:
    piece = passage.text[start:end]
    start += len(piece) - len(piece.lstrip())
    line = passage.line
    return replace(
        passage,
        text=piece.strip(),
        handed=None,
        line=None if line is None else line + passage.text.count("\n", 0, start),
    )
