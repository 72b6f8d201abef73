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

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kb.answering.citations import unmarked
from kb.answering.comparison import subjects
from kb.answering.features import features
from kb.answering.names import SCRIPTS, identifiers, occurs, terms
from kb.table_types import ValueRange
from kb.text.fold import fold
from kb.text.language import Language, language
from kb.text.numbers import COUNTED
from kb.text.question import Question
from kb.types import Hit, Passage, SearchMode

IN_DOUBT = 0.3
"""Share of the refusal threshold from which on the score alone does not refuse. Questions in other
words than the documents' score lower than any that is made of a collection's own text: on a law
office's share of 28 documents 17 of 30 that can be answered were below, down to a third of it."""


class Layer(StrEnum):
    RETRIEVAL = "retrieval"
    MISSING_TERM = "missing-term"
    VERDICT = "verdict"
    GROUNDING = "grounding"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Reach:
    """The largest share of its refusal threshold that the score of a hit in the question's `own`
    language reaches, and that of one in the other language; 0 where there is none."""

    own: float = 0.0
    across: float = 0.0

    @property
    def share(self) -> float:
        return max(self.own, self.across)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`subject` is the name or identifier that is missing, empty for other layers; `beside` what
    it is to be compared with and that is there; `near` what it may be mistyped for; `within` the
    identifiers of a table that are formed like it.

    `unfinished`: the model thought, and said nothing before its tokens were used up. `reached`: of
    retrieval, how near the best score is to its threshold; the share is less than 1.
    """

    layer: Layer
    subject: str = ""
    unfinished: bool = False
    reached: Reach = Reach()
    beside: str = ""
    near: tuple[str, ...] = ()
    within: ValueRange | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the model may be asked first if the answer stands there."""
        return self.reached.share >= IN_DOUBT


@dataclass(frozen=True, slots=True)
class Threshold:
    """Hybrid scores below which a hit answers nothing, see kb/retrieval/search.py.

    `across` holds for a hit in the other language than the question's, `languages` for one in the
    question's own where that language has a threshold of its own, else `within`.
    """

    within: float
    across: float
    languages: Mapping[Language, float] = field(default_factory=dict)

    def least(self, asked: Language, written: Language) -> float:
        """For a hit that is written in a language."""
        return self.languages.get(written, self.within) if asked is written else self.across


ACROSS = 0.7
"""Of a language's own threshold, what holds for its hits where the question is in the other one:
the share that was found where both were calibrated on real questions (0.07 of 0.10)."""


def own_threshold(languages: Mapping[Language, float]) -> Threshold | None:
    """Of what a collection says by itself, by language; None where it says nothing. A language that
    there is too little of has what holds across: its scores may be lower, and nothing tells."""
    if not languages:
        return None
    least = ACROSS * min(languages.values())
    return Threshold(least, least, languages)


def lowest(thresholds: Sequence[Threshold]) -> Threshold:
    """Of several collections that are searched as one: what one of them can answer is not
    refused."""
    return Threshold(
        within=min(one.within for one in thresholds),
        across=min(one.across for one in thresholds),
        languages={
            spoken: min(one.least(spoken, spoken) for one in thresholds) for spoken in Language
        },
    )


THRESHOLDS: Mapping[str, Threshold] = {
    "multilingual-e5-small": Threshold(within=0.10, across=0.07),
}
"""By embedding model, calibrated on real questions (docs/retrieval.md): `within` is the 2nd
percentile of those that can be answered. Across languages the scores of right and wrong hits
overlap, and `across` is a compromise.

For generations that have no threshold of their own yet (pipelines/self_calibration.py). A model
that is not here has none there: its cosines have a spread of their own.
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
    Language.ZH: (
        "知识库中没有找到这个问题的答案。",
        "知识库中没有提到“{subject}”。",
        "知识库中有“{beside}”，但没有提到“{subject}”，无法比较。",
        "知识库中没有提到“{subject}”，最接近的是“{near}”。",
    ),
    Language.EN: (
        "The knowledge base does not hold an answer to this question.",
        'The knowledge base does not mention "{subject}".',
        'The knowledge base mentions "{beside}" but not "{subject}", so they cannot be compared.',
        'The knowledge base does not mention "{subject}"; the nearest to it is "{near}".',
    ),
}
_WITHIN = {
    Language.ZH: "《{title}》中的{column}为 {first} 至 {last}。",
    Language.EN: "In '{title}', {column} runs from {first} to {last}.",
}
_BETWEEN = {Language.ZH: "”、“", Language.EN: '", "'}
_UNFINISHED = {
    Language.ZH: "模型用完了可用的字数，只有思考，没有给出答案（可调大 answer.max_tokens）。",
    Language.EN: (
        "The model used up its tokens on thinking and gave no answer (raise answer.max_tokens)."
    ),
}
_COPULAS = "is are was were the a an of that"
_CHOICE = re.compile(
    r"\bor\b|还是|或者|是否|吗|(?<![什甚怎那这多要])么|有没有|是不是|^\W*(?:is|are|was|were|do|does|did|has|have|can)\b",
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
    reached = reach(question, hits, threshold)
    if reached.share >= 1.0 or holds_identifier(question, hits):
        return None
    return Refusal(Layer.RETRIEVAL, reached=reached)


def reach(question: Question, hits: Sequence[Hit], threshold: Threshold) -> Reach:
    """How near hybrid scores come to the threshold, or how far above it they are."""
    own = across = 0.0
    for hit in hits:
        written = language(hit.chunk.text)
        least = threshold.least(question.language, written)
        share = hit.score / least if least > 0 else math.inf
        if written is question.language:
            own = max(own, share)
        else:
            across = max(across, share)
    return Reach(own, across)


def holds_identifier(question: Question, hits: Sequence[Hit]) -> bool:
    """Whether a hit holds an identifier of the question, or the article that it names."""
    named, counted = identifiers(question.text), COUNTED.findall(question.folded)
    texts = [fold(hit.chunk.embedding_text) for hit in hits] if named or counted else []
    return any(
        any(one in text for one in counted) or any(occurs(term, text) for term in named)
        for text in texts
    )


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
            beside = _compared_with(term.text, question, text)
            return Refusal(Layer.MISSING_TERM, term.text, beside=beside)
    return None


def _compared_with(missing: str, question: Question, text: str) -> str:
    """The other subject of a comparison, where a folded text holds it; else nothing."""
    one, other = subjects(question.text) or ("", "")
    for lacking, held in ((one, other), (other, one)):
        named = terms(held) if missing in lacking and missing not in held else ()
        if named and all(occurs(term, text) for term in named):
            return held
    return ""


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
    plain, named, compared, near = _SENTENCES[spoken]
    if not refusal.subject:
        return plain
    wording = compared if refusal.beside else near if refusal.near else named
    alike = _BETWEEN[spoken].join(refusal.near)
    text = wording.format(subject=refusal.subject, beside=refusal.beside, near=alike)
    if refusal.within is None or refusal.beside:
        return text
    one = refusal.within
    between = "" if spoken is Language.ZH else " "
    return f"{text}{between}" + _WITHIN[spoken].format(
        title=one.title, column=one.column, first=one.first, last=one.last
    )
