"""What differs from model to model, chosen by the model's name.

Sources: the model cards of E5 (arXiv 2402.05672), nomic-embed-text, Qwen3-Embedding,
mxbai-embed-large, BGE (arXiv 2402.03216), Arctic-Embed, EmbeddingGemma and DeepSeek-R1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from kb.wording import Wording

EMBEDDING_NUM_CTX = 2048
"""The context of embedding calls, or the model's own where that is shorter. One value for all
calls: a change of it reloads the model."""


class Instructions(StrEnum):
    """Which message carries the instructions."""

    SYSTEM = "system"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Profile:
    """One family of models.

    `nfkc`: the text is NFKC-normalised before it is embedded (the tokenizer does not).
    `thinks`: the family may reason before it answers; what the engine says of the model in
    hand (`capabilities`) decides. `wording`: how it is best asked, where `kb eval --calibrate`
    has not measured it.
    """

    family: str
    query_prefix: str = ""
    passage_prefix: str = ""
    nfkc: bool = False
    thinks: bool = False
    instructions: Instructions = Instructions.SYSTEM
    temperature: float = 0.0
    wording: Wording = Wording.EXTRACTIVE


UNKNOWN = Profile(family="unknown")

_TASK = "Given a web search query, retrieve relevant passages that answer the query"
_INSTRUCT = f"Instruct: {_TASK}\nQuery: "
_SENTENCE = "Represent this sentence for searching relevant passages: "
_REASONING = Profile("reasoning", thinks=True, temperature=0.6, wording=Wording.WAY_OUT)

# The first pattern that is found in the name wins, so a special case stands before its family.
_FAMILIES: tuple[tuple[str, Profile], ...] = (
    (r"\be5\b.*\binstruct\b|\be5-mistral\b", Profile("e5-instruct", _INSTRUCT, nfkc=True)),
    (r"\be5\b", Profile("e5", "query: ", "passage: ", nfkc=True)),
    (r"\bnomic-embed-text\b", Profile("nomic-embed-text", "search_query: ", "search_document: ")),
    (r"\bqwen3-embedding\b", Profile("qwen3-embedding", f"Instruct: {_TASK}\nQuery:")),
    (r"\bmxbai-embed\b", Profile("mxbai-embed", _SENTENCE)),
    (r"\barctic-embed2\b|\barctic-embed-.*v2\b", Profile("arctic-embed2", "query: ")),
    (r"\barctic-embed\b", Profile("arctic-embed", _SENTENCE)),
    (
        r"\bembeddinggemma\b",
        Profile("embeddinggemma", "task: search result | query: ", "title: none | text: "),
    ),
    (r"\bbge-m3\b", Profile("bge-m3")),
    (r"\bbge-.*-zh\b", Profile("bge-zh", "为这个句子生成表示以用于检索相关文章：")),
    (r"\bbge-.*-en\b|\bbge-(small|base|large)\b", Profile("bge-en", _SENTENCE)),
    (
        r"\bdeepseek-r1\b",
        replace(_REASONING, family="deepseek-r1", instructions=Instructions.USER),
    ),
    (r"\bqwq\b|\bqwen3\b|\bqwen3\.5\b", replace(_REASONING, family="qwen3")),
    (r"\bmagistral\b|\bphi4-.*reasoning\b", _REASONING),
)
_ARCHITECTURES = {"nomic-bert": "nomic-embed-text", "nomic-bert-moe": "nomic-embed-text"}

_SIZE = re.compile(r"(?<![\w.])(?:(?P<times>\d+)x)?(?P<each>\d+(?:\.\d+)?)b\b")
_SMALL, _LARGE = 4.0, 7.0
"""Billions of parameters. A model of 1.5 was measured, and refused what it could answer when a way
out was offered; the bounds are a guess, which `kb eval --calibrate --wording` replaces."""


def profile_for(name: str, architecture: str = "") -> Profile:
    """The profile of a model by its name, as Ollama or a GGUF file has it.

    Where the name tells nothing, `architecture` (`general.architecture` of the GGUF) may;
    a model that is unknown by both is taken as it is, with no prefix and no thinking. The size
    in the name has a say in the wording.
    """
    plain = name.lower().replace("_", "-").replace("/", " ").replace(":", " ")
    family = _family(plain, architecture)
    return replace(family, wording=_wording(plain, family))


def _family(plain: str, architecture: str) -> Profile:
    for pattern, profile in _FAMILIES:
        if re.search(pattern, plain):
            return profile
    family = _ARCHITECTURES.get(architecture)
    known = {profile.family: profile for _, profile in _FAMILIES}
    return known[family] if family else UNKNOWN


def _wording(plain: str, family: Profile) -> Wording:
    """That of the family, unless the size says that it is too small to bear it, or so large that
    it may be trusted with it."""
    found = _SIZE.search(plain)
    billions = float(found["each"]) * int(found["times"] or 1) if found else None
    if billions is None:
        return family.wording
    if billions < _SMALL:
        return Wording.EXTRACTIVE
    return Wording.WAY_OUT if billions >= _LARGE else family.wording
