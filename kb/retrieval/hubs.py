"""Chunks that a multilingual model finds near to every question in the other language.

Across languages a few chunks, hubs, are among the first of most questions: they lie towards the
middle of the other language's texts. So what a chunk has in common with questions that are about
nothing in particular does not count: from a question's vector a share of their mean is taken
before it is compared with chunks of the other language. As a product of vectors this is the same
as taking from each chunk's likeness a share of its mean likeness to unrelated questions (figures:
docs/retrieval.md). The mean is stored with a generation, so that no search embeds 17 questions.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from typing import Protocol

from kb.ports import Embedder
from kb.statefile import parsed_json
from kb.text.language import Language
from kb.types import Vector

SHARE = 0.7
"""Of the mean vector. Flat optimum: 0.5 to 1."""

UNRELATED = {
    Language.ZH: (
        "这是什么时候开始的？",
        "这个地方在哪里？",
        "谁负责这件事？",
        "一共有多少个？",
        "为什么会发生这种情况？",
        "这个人出生于哪一年？",
        "它的主要特点是什么？",
        "需要满足哪些条件？",
        "最后的结果怎么样？",
        "这种方法叫什么名字？",
        "费用是多少钱？",
        "他担任过什么职务？",
        "应该如何处理？",
        "哪家公司提供这项服务？",
        "这座建筑有多高？",
        "有哪些例外？",
    ),
    Language.EN: (
        "When did this begin?",
        "Where is this place?",
        "Who is responsible for it?",
        "How many are there in total?",
        "Why did this happen?",
        "In which year was this person born?",
        "What are its main features?",
        "Which conditions must be met?",
        "What was the final result?",
        "What is this method called?",
        "How much does it cost?",
        "Which office did he hold?",
        "How should this be handled?",
        "Which company offers this service?",
        "How tall is this building?",
        "What are the exceptions?",
    ),
}
"""Questions as people ask them, about nothing in particular."""


class Kept(Protocol):
    """What a catalog keeps by a name."""

    def meta(self, key: str, /) -> str | None: ...


class Keeping(Kept, Protocol):
    def set_meta(self, key: str, value: str) -> None: ...


def without_hubs(vector: Vector, spoken: Language, embedder: Embedder, kept: Kept) -> Vector:
    """A question's vector as it is compared with chunks of the other language.

    Args:
        spoken: the question's language.
        embedder: whose vector it is. Where nothing is kept it embeds UNRELATED once a process,
            which costs what 16 short questions cost.
        kept: by `keep_mean`, at a commit.
    """
    mean = _mean(spoken, embedder, kept)
    return array("f", (one - SHARE * other for one, other in zip(vector, mean, strict=True)))


def keep_mean(spoken: Language, embedder: Embedder, kept: Keeping) -> None:
    """Keep what a search would embed UNRELATED for. Raises ModelError: the engine failed."""
    key = _key(embedder.info().digest, spoken)
    if kept.meta(key) is None:
        kept.set_meta(key, json.dumps([*_mean(spoken, embedder, kept)]))


_means: dict[str, Vector] = {}
"""By model and language; there are as many as models in a process, times two."""


def _mean(spoken: Language, embedder: Embedder, kept: Kept) -> Vector:
    key = _key(embedder.info().digest, spoken)
    if key not in _means:
        found = _read(kept.meta(key), embedder.info().dimension)
        _means[key] = found or _middle(embedder.embed_queries(UNRELATED[spoken]))
    return _means[key]


def _read(value: str | None, dim: int) -> Vector | None:
    """None for what is not so many numbers: the mean is found anew."""
    try:
        found = array("f", parsed_json(value) if value else ())
    except (ValueError, TypeError):
        return None
    return found if len(found) == dim else None


def _key(digest: str, spoken: Language) -> str:
    return f"unrelated:{digest}:{spoken}"


def _middle(vectors: Sequence[Vector]) -> Vector:
    return array("f", (sum(column) / len(vectors) for column in zip(*vectors, strict=True)))
