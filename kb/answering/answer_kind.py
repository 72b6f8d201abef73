"""Whether the figure of an answer is of the kind that was asked for.

A number says what it is by what stands beside it. 38 m of head is no noise level of 38, and a
telephone number is no staff number, though each stands in a passage on the right pump or person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.answering.names import words
from kb.answering.units import asked_units, stands_in
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question

# The property that is asked for: 张飞的[工号]是多少, what is the [staff number] of Zhang Fei.
_PROPERTIES = (
    re.compile(r"的([^的，,。？?\s]{2,10}?)(?:是|为)?(?:多少|什么|哪个|几号|几)"),
    re.compile(r"\bwhat (?:is|was|are|were) the ([a-z][a-z -]*?) (?:of|for|in|on|at)\b"),
)
# What does not tell by itself what it is: a code, or a long number without a unit.
_CODE = re.compile(
    r"(?<![a-z0-9.,])"
    rf"(?:[a-z]+[-_./]?\d[a-z0-9./_-]{{2,}}|\d{{5,}}(?:[-_./]\d+)*(?![\d,.]*\s*[%a-z{HAN}]))"
)


def of_another_kind(question: Question, answer: str, texts: Sequence[str]) -> tuple[str, ...]:
    """What the question asks for and the cited texts do not speak of, while the answer gives a
    figure: a unit of measurement, or, where the figure is a code, the property's name.

    Args:
        answer: without markers.
        texts: the cited passages with title and section, in the question's language.
    """
    text, folded = fold("\n".join(texts)), fold(answer)
    missing = []
    if any(figure not in question.folded for figure in re.findall(r"\d[\d.,]*", folded)):
        missing = [unit for unit in asked_units(question.folded) if not stands_in(unit, text)]
    if any(code.group() not in question.folded for code in _CODE.finditer(folded)):
        missing += _unnamed_property(question, text)
    return tuple(dict.fromkeys(missing))


def _unnamed_property(question: Question, text: str) -> list[str]:
    """The words of the property, where the text has none of them."""
    for pattern in _PROPERTIES:
        if match := pattern.search(question.folded):
            named = words(match[1])
            return [] if any(word in text for word in named) else [*named]
    return []
