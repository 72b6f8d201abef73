"""What the checks behind the model ask of the embedding model and of the lexical index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import mul

from kb.answering import properties
from kb.answering.evidence import Terms
from kb.answering.properties import Property
from kb.ports import Embedder
from kb.retrieval.search import LexicalQuery
from kb.types import Vector


def kind_of(embedder: Embedder) -> Callable[[str], Property] | None:
    """Which kind a property is, by its meaning; None where nothing is known of the model."""
    least = properties.least_alike(embedder.info().name)
    if least is None:
        return None

    @cache
    def embedded(names: tuple[str, ...]) -> Sequence[Vector]:
        return embedder.embed_passages([properties.ALIKE.format(name) for name in names])

    def likeness(name: str, others: Sequence[str]) -> list[float]:
        [own] = embedded((name,))
        return [sum(map(mul, own, other)) for other in embedded(tuple(others))]

    return lambda name: properties.by_meaning(name, likeness, least)


def terms(lexical: Callable[[str], LexicalQuery]) -> Terms:
    """A text's terms, each with its idf in the collection."""

    def weighed(text: str) -> dict[int, float]:
        vector = lexical(text).vector
        return dict(zip(vector.indices, vector.values, strict=True))

    return weighed
