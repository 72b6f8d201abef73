"""What is refused before the model runs, and the sentence that says so.

A small model that is told to refuse refuses what it could answer, so refusing is the program's
work (docs/retrieval.md has the figures of each layer):

1. retrieval      the best hit bears too little on the question
2. missing-term   a name or an identifier of the question occurs in no passage
3. grounding      the answer holds numbers or identifiers that no passage does (strict mode)
4. model          the model says itself that the passages do not mention it
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.answering.names import BEHIND, Kind, Term, identifiers, terms
from kb.language import Language, language
from kb.types import Hit, Passage, SearchMode


class Layer(StrEnum):
    RETRIEVAL = "retrieval"
    MISSING_TERM = "missing-term"
    GROUNDING = "grounding"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`subject` is the name or identifier that is missing, empty for other layers."""

    layer: Layer
    subject: str = ""


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


def threshold_for(embedding_model: str) -> Threshold | None:
    """By the model's name, with or without a tag or a namespace in front of it."""
    return THRESHOLDS.get(embedding_model.rpartition("/")[2].partition(":")[0].lower())


_SENTENCES = {
    Language.ZH: ("知识库中没有找到这个问题的答案。", "知识库中没有提到“{subject}”。"),
    Language.EN: (
        "The knowledge base does not hold an answer to this question.",
        'The knowledge base does not mention "{subject}".',
    ),
}
_DECLINED = re.compile(
    r"(?:资料|知识库|文档|文件|文本|文中|段落|内容)(?:里|中|内|库)?[^，。,]{0,6}"
    r"(?:没有?|未曾?|并未|不曾|无法|不)[^，。,]{0,3}"
    r"(?:提到|提及|提供|包含|找到|出现|说明|涉及|记载|给出|得知|确定|显示)"
    r"|(?:资料|知识库|文档|文件)(?:里|中|内)?(?:并)?没有(?:任何|相关|有关|关于|对应)"
    r"|(?:没有|未)(?:在[^，。]{1,8})?(?:提到|提及|出现在)"
    r"|(?:passages?|documents?|texts?|knowledge base|context)\b[^.]{0,20}?\b"
    r"(?:do(?:es)? not|don't|doesn't|did not) (?:mention|contain|provide|hold|include|say|specify)"
    r"|not (?:mentioned|provided|specified|found|given|stated|in) (?:in|by|the) ",
    re.IGNORECASE,
)
_SCRIPTS = {Kind.PERSON: Language.ZH, Kind.PLACE: Language.ZH, Kind.LATIN: Language.EN}
_DERIVED = re.compile(r"(?:i?an|ese|ish|ists?|e?s)$")


def below_threshold(
    question: str, hits: Sequence[Hit], *, mode: SearchMode, threshold: Threshold | None
) -> Refusal | None:
    """Refuse where nothing was found, or where every hit's score is too low.

    A hit that holds an identifier of the question is never too low. Only hybrid scores are
    calibrated; the other modes refuse for want of hits alone.
    """
    if not hits:
        return Refusal(Layer.RETRIEVAL)
    if threshold is None or mode is not SearchMode.HYBRID:
        return None
    asked = language(question)
    named = [_spellings(_plain(term.text)) for term in identifiers(question)]
    for hit in hits:
        same = language(hit.chunk.text) is asked
        if hit.score >= (threshold.within if same else threshold.across):
            return None
        text = _plain(hit.chunk.embedding_text)
        if any(re.search(spelling, text) for spelling in named):
            return None
    return Refusal(Layer.RETRIEVAL)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def missing_term(
    question: str, passages: Sequence[Passage], *, fold: Callable[[str], str]
) -> Refusal | None:
    """Refuse where a name or an identifier of the question stands in none of the passages.

    A name is looked for only where the best passage has its script: a Chinese name cannot be
    found in English text. File names, titles and sections count as text. `fold` makes
    spellings meet: NFKC, Traditional to Simplified, lower case.
    """
    if not passages:
        return None
    text = fold("\n".join(f"{p.source}\n{p.title}\n{p.section}\n{p.text}" for p in passages))
    script = language(passages[0].text)
    for term in terms(question, fold=fold):
        if _SCRIPTS.get(term.kind, script) is script and not _occurs(term, text, fold):
            return Refusal(Layer.MISSING_TERM, term.text)
    return None


def _occurs(term: Term, text: str, fold: Callable[[str], str]) -> bool:
    name = fold(term.text)
    if term.kind is Kind.IDENTIFIER:
        return re.search(_spellings(name), text) is not None
    if term.kind is Kind.LATIN:
        return _latin_occurs(name, text)
    if name in text:
        return True
    if term.kind is Kind.PERSON:
        # 王强在 for 王强: the shorter name counts where it ends in the text, so that 李晓红 is
        # not found in 李晓明.
        return len(name) > 2 and re.search(f"{name[:-1]}(?![^{BEHIND}\\W])", text) is not None
    return any(name[:size] in text for size in range(2, len(name)))


def _spellings(identifier: str) -> str:
    """X300, X-300 and "X 300" are one identifier, X3000 and AX300 are others."""
    parts = re.findall(r"\d+|[a-z]+", identifier)
    before = r"(?<!\d)" if parts[0].isdigit() else r"(?<![a-z])"
    after = r"(?!\d)" if parts[-1].isdigit() else r"(?![a-z])"
    return before + r"[-_./ ]?".join(parts) + after


def _latin_occurs(name: str, text: str) -> bool:
    """Also in another form (India for Indian), or misspelt by a letter or so (Ghandi)."""
    if _DERIVED.sub("", name)[:5] in text:
        return True
    words = set(re.findall(r"[a-z]{4,}", text))
    return len(name) > 4 and bool(difflib.get_close_matches(name, words, n=1, cutoff=0.8))


def by_model(answer: str) -> Refusal | None:
    """The model's own word that the passages do not hold the answer, in its first sentence."""
    first = re.split(r"(?<=[。！？!?\n])|(?<=\.)\s", answer.strip(), maxsplit=1)[0]
    return Refusal(Layer.MODEL) if not answer.strip() or _DECLINED.search(first) else None


def sentence(refusal: Refusal, question: str) -> str:
    """The refusal in one sentence, in the question's language."""
    plain, named = _SENTENCES[language(question)]
    return named.format(subject=refusal.subject) if refusal.subject else plain
