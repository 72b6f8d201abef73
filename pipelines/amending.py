"""A step of `kb ask`: beside the hits, the notices that change their words.

A notice is about many rules and says little of each, so that no question finds it. It names what
it changes: it is looked for by the titles of the documents of the best hits, by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from kb.answering.amendments import changes
from kb.pipelines.days import Days
from kb.ports import VectorIndex
from kb.retrieval import search
from kb.retrieval.search import LexicalQuery
from kb.types import Hit, Where
from kb.versions.choosing import Chosen, Versions
from kb.versions.names import without_ending

_DOCUMENTS, _LOOKED_AT, _MOST = 2, 10, 2


class Searched(Protocol):
    """What notices are looked for in."""

    @property
    def index(self) -> VectorIndex: ...
    @property
    def catalog(self) -> search.Catalog: ...
    @property
    def lexical(self) -> Callable[[str], LexicalQuery]: ...
    @property
    def versions(self) -> Versions: ...


def with_amendments(chosen: Chosen, searched: Searched, where: Where) -> Chosen:
    """The hits, and behind them those of other documents that change words which they have."""
    near = _naming(chosen.hits, searched, where)
    days = Days((*chosen.hits, *near), searched.versions, searched.catalog.document)
    found = [
        one
        for one in near
        if any(
            old in hit.chunk.text
            for old, _ in changes(one.chunk.text)
            for hit in chosen.hits
            if not days.is_later(hit.source, one.source)
        )
    ]
    return replace(chosen, hits=(*chosen.hits, *found[:_MOST])) if found else chosen


def _naming(hits: Sequence[Hit], searched: Searched, where: Where) -> list[Hit]:
    """The chunks with the most words of the titles of the best documents, other than the hits."""
    catalog = searched.catalog
    documents = dict.fromkeys((hit.chunk.doc_id, hit.source) for hit in hits)
    ids: dict[str, None] = {}
    for doc_id, source in [*documents][:_DOCUMENTS]:
        record = catalog.document(doc_id)
        called = f"{record.title if record else ''}\n{without_ending(source)}"
        terms = searched.lexical(called).vector
        if terms.indices:
            called_so = searched.index.search_sparse(terms, _LOOKED_AT, where)
            ids |= dict.fromkeys(one.chunk_id for one in called_so)
    known = {hit.chunk.id for hit in hits}
    chunks = {one.id: one for one in catalog.chunks([one for one in ids if one not in known])}
    records = {one.doc_id: catalog.document(one.doc_id) for one in chunks.values()}
    sources = {doc_id: record.path for doc_id, record in records.items() if record}
    found = (chunks[one] for one in ids if one in chunks)
    return [Hit(one, sources[one.doc_id], 0.0) for one in found if one.doc_id in sources]
