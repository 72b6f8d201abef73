"""`kb eval`: a set of questions, searched and asked as `kb search` and `kb ask` do it.

open       the collection of each question
locate     the question's source among the indexed documents
retrieve   question → hits → which of them hold an answer; where a reranker is in use, also
           without it
ask        question → answer → what of it is right
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from kb.errors import EngineFailed, InputTooLong, KbError, UsageError
from kb.evaluation.judge import Answered, Result, Retrieved, holds, judge_answer, judge_hits
from kb.evaluation.metrics import DEPTHS, is_right
from kb.evaluation.needs import by_need
from kb.evaluation.questions import Question
from kb.pipelines.ask import Limits, Tools, ask, retrieve
from kb.pipelines.chat import turn
from kb.text.language import language
from kb.types import (
    Answer,
    ChatPiece,
    Chunk,
    Context,
    DocumentRecord,
    Listener,
    Passage,
    Progress,
    Query,
    SearchMode,
    Turn,
    Where,
)


class Catalog(Protocol):
    """What evaluation asks of the catalog besides what asking does."""

    def documents(self) -> Sequence[DocumentRecord]: ...

    def document_chunks(self, doc_id: str, /) -> Sequence[Chunk]: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """How the model is asked."""

    limits: Limits
    think: bool
    strict: bool


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """`asking` is None for retrieval alone; `top_k` is what the model is handed."""

    questions: Sequence[Question]
    top_k: int
    mode: SearchMode
    where: Where = ()
    asking: Asking | None = None


@dataclass(slots=True)
class Bench:
    """An open collection, and where its documents are found by the names that questions use."""

    tools: Tools
    catalog: Catalog
    _by_name: dict[str, list[DocumentRecord]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for record in self.catalog.documents():
            for name in {record.path, f"{record.root}/{record.path}"}:
                self._by_name.setdefault(name, []).append(record)

    def sources(self, question: Question) -> Sequence[DocumentRecord]:
        """The documents that the question's sources name; none where they are not indexed."""
        return [record for source in question.sources for record in self._by_name.get(source, [])]

    def bearing(self, question: Question) -> list[Chunk]:
        """The chunks of its source that hold one of its answers."""
        return [
            chunk
            for record in self.sources(question)
            for chunk in self.catalog.document_chunks(record.doc_id)
            if holds(chunk.text, question.answers)
        ]


_NAMED = 3  # questions that went wrong, in the line of progress

Opener = Callable[[str], AbstractContextManager[Bench]]
"""Opens the collection of a name; the empty name is the one in use."""


def evaluate(job: EvaluationJob, opened: Opener, listen: Listener) -> Generator[Result, None, None]:
    """One result a question, as soon as it is there, so that an interrupted run is worth its time.

    A question that is too long for the model, or breaks the engine, is a result with a failure.

    Raises:
        NothingFound: a collection is empty.
        ModelError: the engine or a model is missing.
    """
    tally = _Tally(len(job.questions))
    for collection, questions in _by_collection(job.questions).items():
        with opened(collection) as bench:
            listen(Progress("load", 0, 0, "", bench.tools.engine))
            bench.tools.embedder.load()
            for question in questions:
                result = _judged(question, bench, job)
                listen(tally.after(result))
                yield result


@dataclass
class _Tally:
    """How the questions so far ended."""

    total: int
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    uncounted: int = 0

    def after(self, result: Result) -> Progress:
        verdict = is_right(result)
        if verdict is None:
            self.uncounted += 1
        elif verdict:
            self.right += 1
        else:
            self.wrong.append(result.question.id)
        parts = [f"{self.right} right"]
        if self.wrong:
            more = "… " if len(self.wrong) > _NAMED else ""
            latest = ", ".join(self.wrong[-_NAMED:])
            parts.append(f"{len(self.wrong)} not ({more}{latest})")
        if self.uncounted:
            parts.append(f"{self.uncounted} with nothing to find")
        done = self.right + len(self.wrong) + self.uncounted
        return Progress("evaluate", done, self.total, "questions", ", ".join(parts))


def _by_collection(questions: Sequence[Question]) -> Mapping[str, list[Question]]:
    found: dict[str, list[Question]] = {}
    for question in questions:
        found.setdefault(question.collection, []).append(question)
    return found


def _judged(question: Question, bench: Bench, job: EvaluationJob) -> Result:
    result = Result(question, Retrieved((), 0, 0.0))
    tools = bench.tools
    try:
        if tools.rerank is not None:
            plain = _retrieved(question, replace(tools, rerank=None), bench, job)
            result = replace(result, unranked=plain)
        result = replace(result, retrieved=_retrieved(question, tools, bench, job))
        if job.asking is None:
            return result
        return replace(result, answered=answered(question, bench, job, job.asking))
    except (InputTooLong, EngineFailed, UsageError) as error:
        return replace(result, failure=_words(error))


def _words(error: KbError) -> str:
    return f"{error.what} ({error.why}) [{error.reference}]"


def _retrieved(question: Question, tools: Tools, bench: Bench, job: EvaluationJob) -> Retrieved:
    query = Query(question.text, max(job.top_k, DEPTHS[-1]), job.mode, job.where)
    started = time.monotonic()
    hits = retrieve(query, tools).hits
    seconds = time.monotonic() - started
    return Retrieved(
        hits=judge_hits(
            question,
            hits,
            frozenset(record.doc_id for record in bench.sources(question)),
            languages=[language(hit.chunk.text).value for hit in hits],
        ),
        relevant=len(bench.bearing(question)),
        seconds=round(seconds, 4),
    )


def answered(question: Question, bench: Bench, job: EvaluationJob, asking: Asking) -> Answered:
    """What asking makes of one question. Raises what pipelines/ask.py raises."""
    query = Query(question.text, job.top_k, job.mode, job.where)
    passages: tuple[Passage, ...] = ()
    answer: Answer | None = None
    first = 0.0
    turns = _said_before(question, query, bench.tools, asking)
    how = {"think": asking.think, "strict": asking.strict}
    started = time.monotonic()
    events = (
        turn(query, turns, bench.tools, asking.limits, **how)
        if turns
        else ask(query, bench.tools, asking.limits, **how)
    )
    for event in events:
        if isinstance(event, Context):
            passages = event.passages
        elif isinstance(event, ChatPiece):
            first = first or (time.monotonic() - started if event.content else 0.0)
        elif isinstance(event, Answer):
            answer = event
    total = time.monotonic() - started
    assert answer is not None, "asking ends with an answer"
    # Models are loaded once, not once a question.
    load = answer.timings.load
    judged = judge_answer(
        question,
        answer,
        passages,
        frozenset(record.path for record in bench.sources(question)),
        first_word=max((first or total) - load, 0.0),
        total=max(total - load, 0.0),
    )
    return by_need(question, judged)


def _said_before(question: Question, query: Query, tools: Tools, asking: Asking) -> list[Turn]:
    """The turns of a chat that the question follows, with the answers that they get now."""
    turns: list[Turn] = []
    for earlier in question.history:
        *_, said = turn(
            replace(query, text=earlier),
            turns,
            tools,
            asking.limits,
            think=asking.think,
            strict=asking.strict,
        )
        assert isinstance(said, Answer), "a turn ends with an answer"
        rewritten = "" if said.question == earlier else said.question
        turns.append(Turn(earlier, rewritten, said.text, said.citations))
    return turns
