"""`kb eval --calibrate`: the refusal threshold for this index, from questions about it.

score     each question's best hits, by the hits' language
choose    a percentile of the questions that can be answered (kb/evaluation/calibration.py)
try out   the real refusal rule on the same hits, before and after
store     in the catalog, under the digest of the embedding model's weights; with it, where
          pipelines/wordings.py has chosen one, the chat model's wording
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TypeVar

from kb.answering.refusal import Threshold, below_threshold
from kb.errors import UsageError
from kb.evaluation import calibration
from kb.evaluation.calibration import Scored, Side
from kb.evaluation.questions import Question
from kb.index.catalog import Catalog
from kb.index.generation import Collection
from kb.index.run_log import RunRecord
from kb.pipelines.ask import retrieve
from kb.pipelines.evaluate import Bench
from kb.retrieval.search import DEPTH
from kb.statefile import parsed_json, typed
from kb.text.language import Language, language
from kb.text.question import Question as Asked
from kb.types import Hit, Listener, Progress, Query, SearchMode
from kb.wording import Wording

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refused:
    """How many questions a threshold turns away before the model, of how many."""

    wrong: int
    answerable: int
    right: int
    unanswerable: int


@dataclass(frozen=True, slots=True)
class Calibrated:
    """`before` is the threshold that was in force; `left_out` names the answerable questions that
    were not used, because their source is not indexed."""

    threshold: Threshold
    before: Threshold | None
    within: Side
    across: Side
    refused: Refused
    refused_before: Refused
    left_out: tuple[str, ...]


def calibrate(
    questions: Sequence[Question], bench: Bench, *, top_k: int, listen: Listener
) -> Calibrated:
    """The threshold that the questions suggest; nothing is stored.

    Raises:
        UsageError: there are too few questions.
    """
    bench.tools.embedder.load()
    scored: list[Scored] = []
    hits: list[tuple[Question, Sequence[Hit]]] = []
    unused: list[str] = []
    for done, question in enumerate(questions, 1):
        answered_in = _language_of_answer(question, bench)
        if question.answerable and answered_in is None:
            unused.append(question.id)
        else:
            found = retrieve(Query(question.text, DEPTH), bench.tools).hits
            scored.append(_scored(question, found, answered_in, bench))
            # The rule sees what asking would see.
            hits.append((question, found[:top_k]))
        listen(Progress("calibrate", done, len(questions), "questions"))
    within, across = calibration.within(scored), calibration.across(scored)
    before = bench.tools.threshold
    chosen = _chosen(within, across, before)
    return Calibrated(
        threshold=chosen,
        before=before,
        within=within,
        across=across,
        refused=_refused(hits, chosen),
        refused_before=_refused(hits, before),
        left_out=tuple(unused),
    )


def _language_of_answer(question: Question, bench: Bench) -> Language | None:
    """That of the chunk that answers; None where the source is not indexed."""
    if not question.answerable:
        return None
    chunks = bench.bearing(question) or [
        chunk
        for record in bench.sources(question)
        for chunk in bench.catalog.document_chunks(record.doc_id)
    ]
    return language(chunks[0].text) if chunks else None


def _scored(
    question: Question, hits: Sequence[Hit], answered_in: Language | None, bench: Bench
) -> Scored:
    spoken = language(question.text)
    sources = {record.doc_id for record in bench.sources(question)}

    def best(keep: Callable[[Hit], bool]) -> float | None:
        return max((hit.score for hit in hits if keep(hit)), default=None)

    def same(hit: Hit) -> bool:
        return language(hit.chunk.text) is spoken

    return Scored(
        id=question.id,
        answerable=question.answerable,
        across=answered_in is not None and answered_in is not spoken,
        same=best(same),
        other=best(lambda hit: not same(hit)),
        same_left=best(lambda hit: same(hit) and hit.chunk.doc_id not in sources),
        other_left=best(lambda hit: not same(hit) and hit.chunk.doc_id not in sources),
    )


def _chosen(within: Side, across: Side, before: Threshold | None) -> Threshold:
    """A side with too few questions keeps what was in force, else takes the other side's."""
    if within.threshold is None and across.threshold is None:
        few = max(len(within.answerable), len(across.answerable))
        raise UsageError(
            f"{few} answerable questions are too few to calibrate with",
            why=f"a percentile of fewer than {calibration.LEAST} scores is noise",
            hint="draft more from your own documents with: kb eval --generate 40 OUT.jsonl",
        )
    given = before or Threshold(
        within=across.threshold or 0.0,
        across=within.threshold or 0.0,
    )
    return Threshold(
        within=given.within if within.threshold is None else within.threshold,
        across=given.across if across.threshold is None else across.threshold,
    )


def _refused(
    questions: Sequence[tuple[Question, Sequence[Hit]]], threshold: Threshold | None
) -> Refused:
    refused = [
        question.answerable
        for question, hits in questions
        if below_threshold(
            Asked.of(question.text), hits, mode=SearchMode.HYBRID, threshold=threshold
        )
    ]
    answerable = sum(question.answerable for question, _ in questions)
    return Refused(
        wrong=sum(refused),
        answerable=answerable,
        right=len(refused) - sum(refused),
        unanswerable=len(questions) - answerable,
    )


# --- stored with the index ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stored:
    """A threshold as the catalog has it."""

    within: float
    across: float


def store_calibration(
    collection: Collection,
    threshold: Threshold,
    digest: str,
    wordings: Mapping[str, Wording] | None = None,
    more: Mapping[str, str] | None = None,
) -> int:
    """Commit a generation that knows the threshold, wordings by chat model, and `more` by its
    key in the catalog; its number.

    A rebuild starts without them. Another embedding model does not see the threshold, which
    belongs to the weights with this digest; another chat model does not see the wording.

    Raises:
        LockHeld: another run is writing.
        UsageError: the collection was embedded again with another model meanwhile.
    """
    with collection.writer() as draft:
        made = draft.base.manifest.fingerprint if draft.base else None
        if made is None or made.digest != digest:
            raise UsageError(
                "the threshold belongs to another embedding model",
                why="the collection was embedded again while it was calibrated",
                hint="run kb eval --calibrate again",
            )
        draft.begin()
        value = json.dumps(asdict(_Stored(threshold.within, threshold.across)))
        draft.catalog.set_meta(_key(digest), value)
        for chat, wording in (wordings or {}).items():
            draft.catalog.set_meta(_wording_key(chat), wording.value)
        for key, kept in (more or {}).items():
            draft.catalog.set_meta(key, kept)
        generation = draft.commit()
    collection.append_run(
        RunRecord(
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            command="calibrate",
            outcome="done",
            generation=generation,
        )
    )
    return generation


def stored_threshold(catalog: Catalog, digest: str) -> Threshold | None:
    """What was calibrated for this index and these weights, if anything was."""
    found = stored(catalog, _key(digest), lambda value: typed(_Stored, parsed_json(value)))
    return Threshold(found.within, found.across) if found else None


def stored_wording(catalog: Catalog, chat: str) -> Wording | None:
    """What was chosen for this chat model on this index, if anything was."""
    return stored(catalog, _wording_key(chat), Wording)


def stored(catalog: Catalog, key: str, read: Callable[[str], T]) -> T | None:
    """A calibration by its key; one for which `read` raises ValueError is the same as none."""
    value = catalog.meta(key)
    try:
        return read(value) if value else None
    except ValueError as error:
        log.warning("a calibration is left out, calibrate again with kb eval: %s", error)
        return None


def _key(digest: str) -> str:
    return f"threshold:{digest}"


def _wording_key(chat: str) -> str:
    return f"wording:{chat}"
