"""Where a later document says that what an answer rests on no longer holds.

Minutes, mails and notices void a decision, put off a day or cancel an appointment without being a
version of the document that announced it: 二月的决定作废, "the drill is cancelled". Such a sentence
states no other value, so no comparison of values finds it. It is told where its document bears a
later day than the cited one, and where it speaks of the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from kb.answering.changed_values import CHANGES, OVERRULES
from kb.answering.citations import unmarked
from kb.answering.conflicts import (
    LEAST_OF_ANCHOR,
    LEAST_OF_QUESTION,
    Contradiction,
    weight_of,
)
from kb.answering.evidence import Terms
from kb.answering.names import words
from kb.answering.same_matter import LEAST_TO_TELL, is_the_same_matter, matter
from kb.answering.values import Value, values
from kb.text.fold import fold
from kb.text.language import language
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
    told = values(unmarked(answer))
    found: dict[str, Contradiction] = {}
    for passage in others:
        after = [one for source, one in cited.items() if later(passage.source, source)]
        if passage.source in cited or not after or passage.source in found:
            continue
        for clause, whole in _revoking(passage):
            if not _REVOKES.search(fold(clause)):
                if any(_changes(clause, whole, passage, one, told, terms) for one in after):
                    found[passage.source] = Contradiction(clause[:_LONGEST], passage, clause)
                    break
            elif any(_speaks_of(whole, passage, one, asked, added, terms) for one in after):
                found[passage.source] = Contradiction(clause[:_LONGEST], passage, clause)
                break
    return tuple(found.values())[:_MOST]


def _revoking(passage: Passage) -> Iterator[tuple[str, str]]:
    """Each clause that revokes something, and its sentence."""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end].strip()
        if _ends_something(sentence):
            for clause in _CLAUSE.findall(sentence):
                if _ends_something(clause):
                    yield clause.strip(" -*•"), sentence


def _ends_something(text: str) -> bool:
    said = fold(text)
    return any(form.search(said) for form in (_REVOKES, CHANGES, OVERRULES))


def _changes(
    clause: str,
    sentence: str,
    passage: Passage,
    citation: Citation,
    told: Sequence[Value],
    terms: Terms,
) -> bool:
    """Whether a clause states another value of a kind that the answer states, of the matter that
    the cited sentence speaks of, whatever the question's words are."""
    kinds = {one.kind for one in told}
    new = [one for one in values(clause) if one.kind in kinds]
    same = [one for one in new if any(one.agrees(each) for each in told)]
    # What is decided against is named with it: 没有必要设三台，维持两台.
    if len(same) == len(new) or (same and not OVERRULES.search(fold(clause))):
        return False
    earlier = matter(citation.quote, terms)
    later = {**matter(passage.title, terms), **matter(sentence, terms)}
    return is_the_same_matter(earlier, later, language(citation.quote), LEAST_TO_TELL)


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
    if is_the_same_matter(
        matter(citation.quote, terms), matter(sentence, terms), language(citation.quote)
    ):
        return True
    named = terms(sentence)
    return bool(added) and weight_of(added, named) >= LEAST_OF_ANSWER * sum(added.values())
