"""The day from which a document holds (effective from 1 September, 自3月1日起施行): it stands
near the head of every policy, and a small model takes it for whatever else is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.answering.features import features
from kb.answering.names import words
from kb.text.question import Question

_EFFECT = re.compile(
    r"\b(?:effective|in force|valid|takes? effect|c[ao]mes? into force)"
    r"(?: (?:from|since|on|as of))? [^.;,\n]{0,8}\d[^.;,\n]{0,20}"
    r"|(?:19|20)\d\d\s?[年./-][^。;,\n]{0,10}?(?:起|开始|正式)?(?:施行|生效|实施|执行)"
)
_ASKS = re.compile(
    r"\b(?:effect\w*|force|valid\w*|when|since|date[ds]?|day|start\w*|beg[iau]n\w*|appl\w+|version"
    r"|edition|issued?|replac\w+|how long)\b"
    r"|施行|生效|实施|执行|何时|时候|时间|哪[天年月日]|几[号月]|日期|[起版新]|现行|废止"
)


def of_taking_effect(
    question: Question, figures: Sequence[str], texts: Sequence[str]
) -> Iterator[str]:
    """The first word of a question that asks for something else than the day on which a text takes
    effect, where that day is all that the answer adds.

    Args:
        figures: of the answer, that the question does not have.
        texts: of the passages that it cites, folded.
    """
    if not figures or _ASKS.search(question.folded):
        return
    days = {one for text in texts for found in _EFFECT.findall(text) for one in features(found)}
    elsewhere = {one for text in texts for one in features(_EFFECT.sub("", text))}
    if {*figures} <= days and not {*figures} <= elsewhere:
        yield from words(question.text)[:1]
