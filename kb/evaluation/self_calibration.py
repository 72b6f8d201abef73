"""The refusal threshold that a collection suggests by its own text, without a question set.

A question is made of two short spans of one chunk: to a search it looks like a question that this
chunk answers, in other words than a sentence of it. What such questions score at best is what a
question that can be answered scores here, with this collection, language and embedding model; the
same questions without their own document show how well the score can tell the two apart at all.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from kb.evaluation.calibration import auc
from kb.evaluation.metrics import quantile
from kb.text.han import HAN
from kb.text.language import Language, language
from kb.types import Chunk

QUESTIONS = 300
"""Questions that are made of a collection at most."""

PERCENTILE = 0.02
"""Of their best scores: that share of the questions that can be answered is refused."""

SURE, NOTHING = 0.95, 0.6
"""AUC from which on the percentile itself is the threshold, and the one at which it has fallen to
nothing. On articles the made questions have 0.98; on a firm's share, whose documents are alike,
0.83, and there the percentile would refuse one in six of the questions that can be answered."""

LEAST = 20
"""Questions without which a language has no threshold: a percentile of fewer scores is noise."""

SPANS = 2
SPAN_LETTERS = 30
"""Of each of the two spans, at least: Latin letters and digits, or six Chinese characters."""

_ASKED = {Language.ZH: "{}是多少？", Language.EN: "What exactly is {} called?"}
"""Who asks does so in words that no document has, and a score is a share of all of them: without
them the threshold of xquad-zh-holdout was 0.12, with them it is 0.09, where its real questions have
their 2nd percentile."""

_OF_A_HAN_CHARACTER = 5
_LONGEST = 4 * SPAN_LETTERS
"""Characters of a span: a word may have no end."""
_WORD = re.compile(f"[{HAN}]|[^\\W{HAN}]+")


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    text: str
    chunk_id: str
    doc_id: str
    language: Language


def made_question(chunk: Chunk) -> MadeQuestion | None:
    """The same one for the same chunk; None where the chunk has too little text for two spans.

    Where the spans begin is drawn by the chunk's id, which is a hash.
    """
    words = [*_WORD.finditer(chunk.text)]
    ends = [*accumulate(_letters(word.group()) for word in words)]
    total = ends[-1] if ends else 0
    if total < SPANS * SPAN_LETTERS:
        return None
    # Of the last words none begins a whole span.
    starts = sum(end <= total - SPAN_LETTERS for end in ends) + 1
    spans = []
    for number in range(SPANS):
        first = _drawn(f"{chunk.id}:{number}", starts)
        last = bisect_left(ends, SPAN_LETTERS + (ends[first - 1] if first else 0))
        span = chunk.text[words[first].start() : words[last].end()]
        spans.append(" ".join(span.split())[:_LONGEST])
    spoken = language(chunk.text)
    return MadeQuestion(_ASKED[spoken].format(" ".join(spans)), chunk.id, chunk.doc_id, spoken)


def _letters(word: str) -> int:
    return len(word) * (_OF_A_HAN_CHARACTER if re.match(f"[{HAN}]", word) else 1)


def _drawn(seed: str, count: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % count


@dataclass(frozen=True, slots=True)
class MadeScore:
    """What a made question scores: at best, and at best among other documents than its own; None
    where no other document was found."""

    language: Language
    best: float
    elsewhere: float | None


@dataclass(frozen=True, slots=True)
class OwnThreshold:
    """Of one language. `auc` is the chance that a question scores higher with its document than
    another one without: 1 where the score tells a missing document, 0.5 where it tells nothing.
    `threshold` is the lower the less it tells."""

    threshold: float
    auc: float
    questions: int


def own_thresholds(scores: Sequence[MadeScore]) -> dict[Language, OwnThreshold]:
    """One for each language with at least LEAST questions."""
    found = {}
    for spoken in Language:
        mine = [one for one in scores if one.language is spoken]
        best = [one.best for one in mine]
        elsewhere = [one.elsewhere for one in mine if one.elsewhere is not None]
        told = auc(best, elsewhere)
        if len(mine) >= LEAST and told is not None:
            low = quantile(best, PERCENTILE)
            found[spoken] = OwnThreshold(min(low, low * _trust(told)), told, len(mine))
    return found


def _trust(told: float) -> float:
    """0 up to NOTHING, 1 from SURE on."""
    return min(1.0, max(0.0, (told - NOTHING) / (SURE - NOTHING)))
