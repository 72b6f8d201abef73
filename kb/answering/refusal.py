"""What is refused before the model runs, and the sentence that says so.

A small model that is told to refuse refuses what it could answer, so refusing is the program's
work (docs/retrieval.md has the figures of each layer):

1. retrieval      the best hit bears too little on the question
2. missing-term   a name or an identifier of the question occurs in no passage
3. verdict        asked before it answers, the model says that no passage states the answer
4. grounding      the answer gives a number from sentences that speak of another thing than the
                  question; in strict mode, whatever the passages do not hold of an answer
5. model          the model says itself that the passages do not mention it, or says nothing
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.answering.citations import unmarked
from kb.answering.features import features
from kb.answering.names import SCRIPTS, identifiers, occurs, terms
from kb.text.fold import fold
from kb.text.language import Language, language
from kb.text.numbers import COUNTED
from kb.text.question import Question
from kb.types import Hit, Passage, SearchMode


class Layer(StrEnum):
    RETRIEVAL = "retrieval"
    MISSING_TERM = "missing-term"
    VERDICT = "verdict"
    GROUNDING = "grounding"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`subject` is the name or identifier that is missing, empty for other layers.

    `unfinished`: the model thought, and said nothing before its tokens were used up.
    """

    layer: Layer
    subject: str = ""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Threshold:
    """Hybrid scores below which a hit answers nothing, see kb/retrieval/search.py.

    `across` holds for a hit in the other language than the question's.
    """

    within: float
    across: float


THRESHOLDS: Mapping[str, Threshold] = {
    "multilingual-e5-small": Threshold(within=0.10, across=0.07),
}
"""By embedding model, calibrated on real questions (docs/retrieval.md): `within` is the 2nd
percentile of those that can be answered. Across languages the scores of right and wrong hits
overlap, and `across` is a compromise.

A model that is not here has no threshold: its cosines have a spread of their own.
"""


_CALIBRATED_FROM = 33
"""Chunks of the smallest collection that the thresholds were calibrated on."""

_FEW = 5
"""Chunks up to which a score says nothing: the answer itself is the median, or near it."""


def threshold_for(embedding_model: str, chunks: int) -> Threshold | None:
    """By the model's name, with or without a tag or a namespace in front of it, and by how many
    chunks are searched: in a small collection every score is low (docs/retrieval.md)."""
    usual = THRESHOLDS.get(embedding_model.rpartition("/")[2].partition(":")[0].lower())
    if usual is None or chunks <= _FEW:
        return None
    share = min(1.0, (chunks / _CALIBRATED_FROM) ** 2)
    return Threshold(within=usual.within * share, across=usual.across * share)


_SENTENCES = {
    Language.ZH: ("知识库中没有找到这个问题的答案。", "知识库中没有提到“{subject}”。"),
    Language.EN: (
        "The knowledge base does not hold an answer to this question.",
        'The knowledge base does not mention "{subject}".',
    ),
}
_UNFINISHED = {
    Language.ZH: "模型用完了可用的字数，只有思考，没有给出答案（可调大 answer.max_tokens）。",
    Language.EN: (
        "The model used up its tokens on thinking and gave no answer (raise answer.max_tokens)."
    ),
}
_COPULAS = "is are was were the a an of that"
_CHOICE = re.compile(
    r"\bor\b|还是|或者|是否|[吗么]|有没有|是不是|^\W*(?:is|are|was|were|do|does|did|has|have|can)\b",
    re.I,
)
_DECLINED = re.compile(
    r"(?:资料|知识库|文档|文件|文本|文中|段落|内容)(?:里|中|内|库)?[^，。,]{0,6}"
    r"(?:没有?|未曾?|并未|不曾|无法|不)[^，。,]{0,3}"
    r"(?:提到|提及|提供|包含|找到|出现|说明|涉及|记载|给出|得知|确定|显示)"
    r"|(?:资料|知识库|文档|文件)(?:里|中|内)?(?:并)?没有(?:任何|相关|有关|关于|对应)"
    r"|(?:没有|未)(?:在[^，。]{1,8})?(?:提到|提及|出现在)"
    r"|(?:passages?|documents?|texts?|knowledge base|context)\b[^.]{0,20}?\b"
    r"(?:do(?:es)? not|don't|doesn't|did not) (?:mention|contain|provide|hold|include|say|specify)"
    r"|^\W*(?:the answer is )?not (?:stated|mentioned)\W*$"
    r"|not (?:mentioned|provided|specified|found|given|stated|in) (?:in|by|the) ",
    re.IGNORECASE,
)


def below_threshold(
    question: Question, hits: Sequence[Hit], *, mode: SearchMode, threshold: Threshold | None
) -> Refusal | None:
    """Refuse where nothing was found, or where every hit's score is too low.

    A hit that holds an identifier of the question, or the article that it names (第17条), is never
    too low. Only hybrid scores are calibrated; the other modes refuse for want of hits alone.
    """
    if not hits:
        return Refusal(Layer.RETRIEVAL)
    if threshold is None or mode is not SearchMode.HYBRID:
        return None
    named, counted = identifiers(question.text), COUNTED.findall(question.folded)
    for hit in hits:
        same = language(hit.chunk.text) is question.language
        if hit.score >= (threshold.within if same else threshold.across):
            return None
        if not (named or counted):
            continue
        text = fold(hit.chunk.embedding_text)
        if any(one in text for one in counted) or any(occurs(term, text) for term in named):
            return None
    return Refusal(Layer.RETRIEVAL)


def missing_term(question: Question, passages: Sequence[Passage]) -> Refusal | None:
    """Refuse where a name or an identifier of the question stands in none of the passages.

    A name is looked for only where the best passage has its script: a Chinese name cannot be
    found in English text. File names, titles and sections count as text.
    """
    if not passages:
        return None
    text = fold("\n".join(f"{p.source}\n{p.title}\n{p.section}\n{p.text}" for p in passages))
    script = language(passages[0].text)
    for term in terms(question.text):
        if SCRIPTS.get(term.kind, script) is script and not occurs(term, text):
            return Refusal(Layer.MISSING_TERM, term.text)
    return None


def by_model(
    answer: str, question: Question, *, thought: str = "", cut: bool = False
) -> Refusal | None:
    """The model's own word that the passages do not hold the answer, in its first sentence; or
    that it said nothing: no word at all, at worst because its thought never ended, or the
    question's own words again ("The height of the tower is [1]."). `cut`: its tokens were used
    up."""
    bare = unmarked(answer).strip()
    if not bare:
        return Refusal(Layer.MODEL, unfinished=cut and bool(thought.strip()))
    first = re.split(r"(?<=[。！？!?\n])|(?<=\.)\s", bare, maxsplit=1)[0]
    if _DECLINED.search(first) or _adds_nothing(bare, question.text):
        return Refusal(Layer.MODEL)
    return None


def _adds_nothing(answer: str, question: str) -> bool:
    """Where the question offers a choice, its own words may be the answer."""
    if not question or _CHOICE.search(question):
        return False
    return features(answer) <= features(f"{question} {_COPULAS}")


def sentence(refusal: Refusal, spoken: Language) -> str:
    """The refusal in one sentence."""
    if refusal.unfinished:
        return _UNFINISHED[spoken]
    plain, named = _SENTENCES[spoken]
    return named.format(subject=refusal.subject) if refusal.subject else plain
