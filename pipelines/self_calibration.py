"""At a commit: each language's refusal threshold, from the collection's own text.

make     questions of the chunks of a sample that is drawn by document
embed    those that the embedding cache does not know
score    as a search does: at best, and at best among other documents
store    in the catalog that is to be committed, under the digest of the model's weights; of a
         collection in two languages also what kb/retrieval/hubs.py takes from a question

What is stored stays in force while nearly all of the questions' chunks stand and the collection
is about as large: then a run with one changed file embeds and searches nothing for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice

from kb.errors import ModelError, StoreUnavailable
from kb.evaluation.self_calibration import (
    QUESTIONS,
    MadeQuestion,
    MadeScore,
    OwnThreshold,
    made_question,
    own_thresholds,
)
from kb.index.cache import EmbeddingCache
from kb.index.catalog import Catalog
from kb.index.draft import Draft
from kb.index.sparse import query_vector
from kb.model_types import ModelInfo
from kb.ports import Embedder, VectorIndex
from kb.retrieval.hubs import keep_mean
from kb.statefile import parsed_json, typed
from kb.text.language import Language
from kb.types import Listener, Progress, Query, Vector

log = logging.getLogger(__name__)

CHANGED = 0.1
"""Share of the questions whose chunk is gone, or of the chunks that came or went, from which on a
collection is calibrated anew."""


BATCH = 8
"""Questions that are embedded at a time: one by one takes the processor 1.6 times as long, and more
at a time no shorter."""


@dataclass(frozen=True, slots=True)
class SelfCalibration:
    """`chunks` is how many the collection had; `made_of` the ids of those that questions were made
    of; `languages` has no language that there is too little of."""

    chunks: int
    made_of: tuple[str, ...]
    languages: Mapping[Language, OwnThreshold]


@dataclass(frozen=True, slots=True)
class Material:
    """What a collection is calibrated with: what it holds, and what embeds questions."""

    catalog: Catalog
    index: VectorIndex
    cache: EmbeddingCache
    embedder: Embedder


def calibrate_itself(
    draft: Draft, embedder: Embedder, listen: Listener, stop: Callable[[], bool]
) -> None:
    """Give the draft's catalog the thresholds of what it holds now, if that has changed enough.

    Comes after every change of documents. An engine that fails, or a stop, costs no more than the
    calibration: what was stored before stays.
    """
    catalog, digest = draft.catalog, embedder.info().digest
    questions = made_questions(catalog)
    before = stored(catalog, digest)
    material = Material(catalog, draft.vectors, draft.cache, embedder)
    try:
        if len({*catalog.sample(QUESTIONS).values()}) > 1 and not stop():
            for spoken in Language:
                keep_mean(spoken, embedder, catalog)
        if before and _still_holds(before, questions, catalog.chunk_count()):
            return
        found = measured(questions, material, listen, stop)
    except (ModelError, StoreUnavailable) as error:
        log.warning("the refusal threshold stays as it was: %s (%s)", error.what, error.why)
        return
    if found:
        catalog.set_meta(_key(digest), _written(found))


def made_questions(catalog: Catalog) -> list[MadeQuestion]:
    """The same ones for the same documents."""
    chunks = catalog.chunks([*catalog.sample(QUESTIONS)])
    return [made for made in map(made_question, chunks) if made]


def measured(
    questions: Sequence[MadeQuestion],
    material: Material,
    listen: Listener,
    stop: Callable[[], bool],
) -> SelfCalibration | None:
    """What the questions' scores say; None where the run is told to stop.

    Raises:
        ModelError: the engine failed.
    """
    vectors = _vectors(questions, material, listen, stop)
    if len(vectors) < len({one.text for one in questions}):
        return None
    material.index.flush()
    scores: list[MadeScore] = []
    for score in _scores(questions, material, vectors):
        if stop():
            return None
        scores.append(score)
    found = own_thresholds(scores)
    made_of = tuple(one.chunk_id for one in questions)
    return SelfCalibration(material.catalog.chunk_count(), made_of, found)


def stored(catalog: Catalog, digest: str) -> SelfCalibration | None:
    """What was found for this catalog and these weights; None in a generation that is older than
    this, and where it cannot be read."""
    value = catalog.meta(_key(digest))
    try:
        return _read(parsed_json(value)) if value else None
    except ValueError as error:
        log.warning("the refusal threshold is left out, kb ingest finds it again: %s", error)
        return None


def forget_removed(catalog: Catalog, digest: str) -> None:
    """Take the ids of chunks that are not there any more out of what is stored."""
    if found := stored(catalog, digest):
        there = catalog.known_ids(found.made_of)
        left = tuple(one for one in found.made_of if one in there)
        catalog.set_meta(_key(digest), _written(replace(found, made_of=left)))
    else:
        catalog.clear_meta(_key(digest))


def _still_holds(before: SelfCalibration, questions: Sequence[MadeQuestion], chunks: int) -> bool:
    there = {one.chunk_id for one in questions}
    same = len(there.intersection(before.made_of))
    most = max(len(there), len(before.made_of))
    return same >= (1 - CHANGED) * most and abs(chunks - before.chunks) <= CHANGED * before.chunks


def _vectors(
    questions: Sequence[MadeQuestion],
    material: Material,
    listen: Listener,
    stop: Callable[[], bool],
) -> dict[str, Vector]:
    """By text; not all of them where the run is told to stop."""
    # Questions have a prefix of their own, so the same text as a passage has another vector.
    model = f"query:{material.embedder.info().digest}"
    texts = [*dict.fromkeys(one.text for one in questions)]
    known = material.cache.get(model, texts)
    fresh: dict[str, Vector] = {}
    missing = iter([one for one in texts if one not in known])
    while not stop() and (some := [*islice(missing, BATCH)]):
        fresh |= zip(some, material.embedder.embed_queries(some), strict=True)
        listen(Progress("calibrate", len(known) + len(fresh), len(texts), "questions"))
    if fresh:
        material.cache.put(model, fresh)
    return known | fresh


def _scores(
    questions: Sequence[MadeQuestion], material: Material, vectors: Mapping[str, Vector]
) -> Iterator[MadeScore]:
    # A run that leaves the thresholds as they are searches nothing.
    from kb.retrieval.search import DEPTH, ranking

    catalog = material.catalog
    embedder = _Known(material.embedder, vectors)
    lexical = partial(query_vector, df=catalog.df, n=catalog.chunk_count())
    for one in questions:
        query = Query(one.text, DEPTH)
        found = ranking(
            query,
            index=material.index,
            catalog=catalog,
            embedder=embedder,
            lexical=lexical,
            scores_only=True,
        )
        others = (hit.score for hit in found if hit.chunk.doc_id != one.doc_id)
        if found:
            yield MadeScore(one.language, found[0].score, next(others, None))


class _Known:
    """An embedder of questions whose vectors are there already; the few that a search asks for by
    itself (kb/retrieval/hubs.py) are the model's business."""

    def __init__(self, embedder: Embedder, vectors: Mapping[str, Vector]) -> None:
        self._embedder = embedder
        self._vectors = vectors

    def info(self) -> ModelInfo:
        return self._embedder.info()

    def load(self) -> None: ...

    def embed_query(self, text: str) -> Vector:
        known = self._vectors.get(text)
        return self._embedder.embed_query(text) if known is None else known

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        fresh = [text for text in texts if text not in self._vectors]
        found = dict(zip(fresh, self._embedder.embed_queries(fresh), strict=True)) if fresh else {}
        return [found[text] if text in found else self._vectors[text] for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        raise NotImplementedError("questions are searched for, no passage is embedded")


def _written(found: SelfCalibration) -> str:
    return json.dumps(asdict(found))


def _read(found: object) -> SelfCalibration:
    """Raises ValueError where this is not what was written."""
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    chunks, made_of, languages = (found.get(name) for name in ("chunks", "made_of", "languages"))
    if not (isinstance(chunks, int) and isinstance(made_of, list) and isinstance(languages, dict)):
        raise ValueError("it is not what was written")
    return SelfCalibration(
        chunks,
        tuple(map(str, made_of)),
        {Language(spoken): typed(OwnThreshold, one) for spoken, one in languages.items()},
    )


def _key(digest: str) -> str:
    return f"calibration:{digest}"
