"""Where a later document says that what an answer rests on no longer holds.

Minutes, mails and notices void a decision, put off a day or cancel an appointment without being a
version of the document that announced it: 二月的决定作废, "the drill is cancelled". Such a sentence
states no other value, so no comparison of values finds it. It is told where its document bears a
later day than the cited one, and where it speaks of the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from kb.answering.citations import unmarked
from kb.answering.conflicts import (
    LEAST_OF_ANCHOR,
    LEAST_OF_QUESTION,
    Contradiction,
    weight_of,
)
from kb.answering.evidence import Terms
from kb.answering.names import words
from kb.text.fold import fold
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Citation, Passage

LEAST_OF_ANSWER = 0.5
"""Of what the answer adds to the question (by idf), the part that such a sentence must name, where
it does not repeat the question."""

_MOST = 2
_LONGEST = 60
_REVOKES = re.compile(
    r"作废|废止|失效|取消(?!了?吗)|撤销|撤回|收回|不再(?:执行|有效|适用|采用|使用|举行|实施)|停止(?:执行|使用|实施)"
    r"|改期|改(?:在|到|至|为|成|由|用|租|选|订|买|请|聘|走|换)|推迟|延期|延后|提前(?:至|到)|中止|终止|暂缓|搁置|另行通知|以[^，。；]{1,16}为准"
    r"|\b(?:cancel(?:s|led|ed|lation)|withdrawn|void(?:ed)?|revoked?|rescinded|repealed|overturned"
    r"|superseded?s?|postponed|rescheduled|called off|put off|off the table|given up"
    r"|on hold|brought forward"
    r"|no longer (?:appl\w+|valid|in force|holds?|required|used)|moved (?:to|from)"
    r"|changed (?:to|from)|replaced by)\b"
)
_CLAUSE = re.compile(r"[^;；。!！?？\n]+")


def revocations(
    question: Question,
    answer: str,
    citations: Sequence[Citation],
    others: Sequence[Passage],
    *,
    terms: Terms,
    later: Callable[[str, str], bool],
) -> tuple[Contradiction, ...]:
    """The clauses that say so, at most two, one a document.

    Args:
        answer: with or without markers.
        others: what was found; passages of cited documents are left out.
        terms: of the collection's lexical index, weighted by idf.
        later: whether the first document is known to be of a later day than the second.
    """
    cited = {citation.source: citation for citation in citations}
    asked = terms(question.text)
    # Figures are of any thing: the 15 days of a leave, the 15th of a month.
    brought = " ".join(words(unmarked(answer)))
    added = {term: weight for term, weight in terms(brought).items() if term not in asked}
    found: dict[str, Contradiction] = {}
    for passage in others:
        after = [one for source, one in cited.items() if later(passage.source, source)]
        if passage.source in cited or not after or passage.source in found:
            continue
        for clause, whole in _revoking(passage):
            if any(_speaks_of(whole, passage, one, asked, added, terms) for one in after):
                found[passage.source] = Contradiction(clause[:_LONGEST], passage, clause)
                break
    return tuple(found.values())[:_MOST]


def _revoking(passage: Passage) -> Iterator[tuple[str, str]]:
    """Each clause that revokes something, and its sentence."""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end].strip()
        if _REVOKES.search(fold(sentence)):
            for clause in _CLAUSE.findall(sentence):
                if _REVOKES.search(fold(clause)):
                    yield clause.strip(" -*•"), sentence


def _speaks_of(
    sentence: str,
    passage: Passage,
    citation: Citation,
    asked: Mapping[int, float],
    added: Mapping[int, float],
    terms: Terms,
) -> bool:
    """Whether it repeats what the cited sentence shares with the question, or names what the
    answer brought."""
    own = terms(f"{citation.section}\n{citation.quote}")
    told = terms(f"{passage.title}\n{passage.section}\n{sentence}")
    shared = {term: weight for term, weight in asked.items() if term in own}
    enough = sum(shared.values()) >= LEAST_OF_QUESTION * sum(asked.values())
    if enough and weight_of(shared, told) >= LEAST_OF_ANCHOR * sum(shared.values()):
        return True
    named = terms(sentence)
    return bool(added) and weight_of(added, named) >= LEAST_OF_ANSWER * sum(added.values())
