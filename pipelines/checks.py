"""A step of `kb ask`: what speaks against an answer, in the passages that it cites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.answering import evidence, grounding
from kb.answering.answer_kind import KindOf
from kb.answering.changed_values import former_values
from kb.answering.citations import Cited, Citer, unmarked
from kb.answering.contrary import contrary
from kb.answering.evidence import Terms
from kb.answering.superseded import Changed
from kb.answering.values import values
from kb.pipelines.verdict import Verdict
from kb.text.fold import fold
from kb.text.question import Question
from kb.types import Citation, Context, Passage


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer as it is cited, with the passages that it cites.

    `unsupported`: what they do not hold of it. `doubts`: what they do not say of the question;
    with a figure that is worse than no answer. `contrary`: what of the question they contradict.
    """

    cited: Cited
    passages: Sequence[Passage]
    unsupported: tuple[str, ...]
    doubts: tuple[str, ...]
    contrary: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """What is told to the reader: the first kind of which there is something."""
        return self.unsupported or self.doubts or self.contrary


def checked(
    cited: Cited,
    question: Question,
    context: Context,
    *,
    terms: Terms,
    kind_of: KindOf | None,
    changed: Changed,
) -> Checked:
    """As the model cited it; where something speaks against that, and nothing against the same
    words cited from another passage, from that one: of two lists a small model names the wrong.

    Not so where the cited passage itself says that the value was another's before a change, nor
    from a passage of which a later one has changed what is asked for: what is out of force is not
    borne out by the document that it was in force in.
    """
    found = _check(cited, question, context, terms, kind_of, changed)
    if not found.all or _is_former(cited, question, found.passages):
        return found
    for other in context.passages:
        if other in found.passages or other.n in changed:
            continue
        again = Citer([other], question).cite(unmarked(cited.text))
        if again.citations:
            instead = _check(again, question, context, terms, kind_of, changed)
            if not instead.all:
                return instead
    return found


def _check(
    cited: Cited,
    question: Question,
    context: Context,
    terms: Terms,
    kind_of: KindOf | None,
    changed: Changed,
) -> Checked:
    # Against the cited passages alone: a number of another passage is another thing's number.
    numbers = {citation.n for citation in cited.citations}
    passages = [passage for passage in context.passages if passage.n in numbers]
    bare = unmarked(cited.text)
    outdated = (each for one in passages for each in _outdated(bare, one, changed))
    return Checked(
        cited,
        passages,
        grounding.unsupported(
            cited.text, passages, question=question, beside=_beside(passages, context)
        ),
        evidence.doubts(question, bare, passages or context.passages, terms=terms, kind_of=kind_of),
        (*contrary(question, bare, passages), *dict.fromkeys(outdated)),
    )


def _outdated(answer: str, passage: Passage, changed: Changed) -> Iterator[str]:
    """The values of an answer that its passage states in sentences that a later one has changed,
    and nowhere else."""
    spans = changed.get(passage.n, ())
    told = values(answer) if spans else ()
    gone = [one for start, end in spans for one in values(passage.text[start:end])]
    rest = passage.text
    for start, end in reversed(spans):
        rest = rest[:start] + rest[end:]
    kept = values(rest) if spans else ()
    for one in told:
        if any(one.agrees(each) for each in gone) and not any(one.agrees(each) for each in kept):
            yield one.text


def _is_former(cited: Cited, question: Question, passages: Sequence[Passage]) -> bool:
    texts = [fold(passage.text) for passage in passages]
    return any(True for _ in former_values(question, unmarked(cited.text), texts))


def _beside(cited: Sequence[Passage], context: Context) -> list[Passage]:
    """The other passages of the cited documents."""
    sources = {passage.source for passage in cited}
    return [one for one in context.passages if one.source in sources and one not in cited]


def is_of_a_sentence(answer: str, citations: Sequence[Citation]) -> bool:
    """Whether it has no words but those of a sentence that it cites, in their order."""
    said = unmarked(answer).strip()
    return bool(said) and any(said in one.quote for one in citations)


def is_another_things_number(
    found: Checked,
    question: Question,
    given: Verdict,
    *,
    is_last: bool,
    terms: Terms,
    kind_of: KindOf | None,
) -> bool:
    """Whether an answer adds a figure that seems to be another thing's: worse than none.

    Another thing's words can be seen through, and so can a number that stands there, where the
    model was sure before it answered: of a sentence that the answer repeats, and, in the `is_last`
    words that are tried, of any where the doubt is no more than words that are not near it.
    """
    cited = found.cited
    if not found.doubts or not evidence.adds_a_number(question, cited.text):
        return False
    if found.unsupported:
        return True
    answer, quotes = unmarked(cited.text), [one.quote for one in cited.citations]
    repeated = (
        is_of_a_sentence(cited.text, cited.citations)
        or evidence.is_said_by(answer, quotes, terms)
        or (is_last and not evidence.is_of_another_kind(question, answer, found.passages, kind_of))
    )
    return not given.outweighs_doubts(repeated=repeated)
