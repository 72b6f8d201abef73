"""`kb search`: the passages for a question, without a language model.

Apart from `ask`, whose modules take longer to import than a search does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kb.retrieval.search import Found, LexicalQuery, search

if TYPE_CHECKING:
    from kb.ports import Embedder, Reranker, VectorIndex
    from kb.retrieval import search as searching
    from kb.retrieval.multi_collection import Catalog, MultiCatalog
    from kb.types import Query


@dataclass(frozen=True, slots=True)
class SearchTools:
    """What searching works with, on one collection or several."""

    index: VectorIndex
    catalog: Catalog | MultiCatalog
    lexical: Callable[[str], LexicalQuery]
    embedder: Embedder
    rerank: Reranker | None


class Searching(Protocol):
    """The part of any tools that a search needs."""

    @property
    def index(self) -> VectorIndex: ...
    @property
    def catalog(self) -> searching.Catalog: ...
    @property
    def lexical(self) -> Callable[[str], LexicalQuery]: ...
    @property
    def embedder(self) -> Embedder: ...
    @property
    def rerank(self) -> Reranker | None: ...


def retrieve(query: Query, tools: Searching) -> Found:
    """The hits for a question.

    Raises:
        NothingFound: the collection is empty.
        ModelError: the engine or a model is missing.
    """
    return search(
        query,
        index=tools.index,
        catalog=tools.catalog,
        embedder=tools.embedder,
        lexical=tools.lexical,
        rerank=tools.rerank,
    )
