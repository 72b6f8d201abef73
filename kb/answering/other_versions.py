"""A word that another version of a document has and the one that is asked for has not.

The passage of the asked version is about the same things, so a model answers from it with a
neighbour's value: of an edition without parental leave the days of annual leave. Whether the
edition says it in other words is told by the sentence: one that is like it is its counterpart.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.answering.features import features
from kb.answering.names import content
from kb.text.fold import fold
from kb.text.question import Question
from kb.text.sentences import sentence_spans

ALIKE = 0.35
"""Share of two sentences' features, without the word's own, from which one stands for the other."""


def lacking(question: Question, asked: str, others: Sequence[str]) -> str:
    """The first of a question's words that stands in another version, and in the asked one neither
    itself nor in a sentence that is like its own; empty where there is none.

    Args:
        asked: the whole text of the version that is asked for.
        others: passages of the versions that it does not ask for.
    """
    own, sentences = fold(asked), [features(one) for one in _sentences(asked)]
    for word in content(question):
        if len(word) < 2 or word in own:
            continue
        without = features(word)
        said = [
            features(around) - without
            for one in others
            for around in _around(word, _sentences(one))
        ]
        if said and not any(_alike(one, other) for one in said for other in sentences):
            return _whole(word, question.folded, fold("\n".join(others)))
    return ""


def _whole(word: str, question: str, text: str) -> str:
    """As much around a word as both have: a tagger cuts 育儿假 after its second character."""
    start = question.find(word)
    end = start + len(word)
    while start >= 0 and end < len(question) and question[start : end + 1] in text:
        end += 1
    return question[start:end].strip() or word


def _sentences(text: str) -> list[str]:
    """Without lines that are blank."""
    found = (text[slice(*span)] for span in sentence_spans(text))
    return [one for one in found if one.strip()]


def _around(word: str, sentences: Sequence[str]) -> list[str]:
    """The sentences with a word; of one that is a heading, what stands below it."""
    found = []
    for place, one in enumerate(sentences):
        if word in fold(one):
            below = "".join(sentences[place + 1 : place + 2])
            found.append(below if fold(one).strip() == word else one)
    return found


def _alike(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= ALIKE * max(len(one | other), 1)
