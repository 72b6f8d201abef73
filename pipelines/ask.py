"""`kb ask`: from a question to an answer with its sources, or to a refusal.

retrieve   question → hits, by score fusion
refuse     by retrieval's threshold, by a name or identifier that no passage holds
build      hits → passages that fit the context, and the prompt
generate   prompt → thought and answer, streamed
verify     markers cleaned, quotes taken, numbers and identifiers looked up in the passages
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from kb.answering import citations, grounding, prompt, refusal
from kb.answering.streaming import Streamed
from kb.ports import Embedder, Generator, VectorIndex
from kb.retrieval import context as contexts
from kb.retrieval.search import Catalog, Found, LexicalQuery, search
from kb.types import Answer, ChatPiece, ChatResult, Context, Query, Timings


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens of the model's context, and of it those kept for the answer (and its thought)."""

    num_ctx: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering works with. `generator` is called when a model is really needed.

    `fold` makes spellings meet (see kb/index/sparse.py); `engine` says in words which one answers.
    """

    index: VectorIndex
    catalog: Catalog
    lexical: Callable[[str], LexicalQuery]
    fold: Callable[[str], str]
    embedder: Embedder
    generator: Callable[[], Generator]
    engine: str
    temperature: float
    threshold: refusal.Threshold | None


@dataclass(slots=True)
class _Clock:
    """Seconds of each part so far."""

    started: float = field(default_factory=time.monotonic)
    load: float = 0.0
    retrieve: float = 0.0
    prompt: float = 0.0
    generate: float = 0.0

    def timings(self) -> Timings:
        total = time.monotonic() - self.started
        return Timings(self.load, self.retrieve, self.prompt, self.generate, total)


def retrieve(query: Query, tools: Tools) -> Found:
    """The hits for a question, without a language model."""
    return search(
        query,
        index=tools.index,
        catalog=tools.catalog,
        embedder=tools.embedder,
        lexical=tools.lexical,
    )


def ask(
    query: Query, tools: Tools, limits: Limits, *, think: bool, strict: bool
) -> Iterator[Context | ChatPiece | Answer]:
    """Yield the passages, then the answer's pieces as they come, and at last the Answer.

    A refusal before the model yields the nearest passages and the Answer alone.

    Raises:
        NothingFound: the collection is empty.
        ModelError: the engine or a model is missing, or broke off.
    """
    clock = _Clock()
    found = retrieve(query, tools)
    clock.retrieve = time.monotonic() - clock.started
    refused = refusal.below_threshold(
        query.text, found.hits, mode=query.mode, threshold=tools.threshold
    )
    passages = _context(query.text, found, tools, limits)
    refused = refused or refusal.missing_term(query.text, passages.passages, fold=tools.fold)
    yield passages
    if refused:
        yield _withheld(_blank(query.text, limits, clock), refused)
        return
    yield from _generate(query.text, passages, tools, limits, clock, think=think, strict=strict)


def _context(question: str, found: Found, tools: Tools, limits: Limits) -> Context:
    empty = prompt.messages(question, ())
    return contexts.build(
        found.hits,
        title=lambda doc_id: _title(tools.catalog, doc_id),
        tokens=contexts.conservative_tokens,
        render=prompt.fence,
        overhead=contexts.overhead(empty, contexts.conservative_tokens),
        num_ctx=limits.num_ctx,
        max_tokens=limits.max_tokens,
    )


def _title(catalog: Catalog, doc_id: str) -> str:
    record = catalog.document(doc_id)
    return record.title if record else ""


def _generate(
    question: str,
    context: Context,
    tools: Tools,
    limits: Limits,
    clock: _Clock,
    *,
    think: bool,
    strict: bool,
) -> Iterator[ChatPiece | Answer]:
    loading = time.monotonic()
    generator = tools.generator()
    clock.load = time.monotonic() - loading
    content: list[str] = []
    streamed = Streamed(context.passages)
    thinking: list[str] = []
    end: ChatResult | None = None
    for piece in generator.chat(
        prompt.messages(question, context.passages),
        num_ctx=limits.num_ctx,
        max_tokens=limits.max_tokens,
        think=think,
        temperature=tools.temperature,
    ):
        if isinstance(piece, ChatResult):
            end = piece
        else:
            content.append(piece.content)
            thinking.append(piece.thinking)
            yield replace(piece, content=streamed.feed(piece.content))
    assert end is not None, "the port promises a ChatResult at the end"
    clock.load += end.load_seconds
    clock.prompt, clock.generate = end.prompt_seconds, end.answer_seconds
    answer = replace(
        _blank(question, limits, clock),
        thinking="".join(thinking).strip(),
        model=generator.info().name,
        prompt_tokens=end.prompt_tokens,
        # Sent with `truncate: false`; a server that does not know the word may have cut the
        # prompt all the same, and then it fills the context to the brim.
        truncated=end.prompt_tokens >= limits.num_ctx,
    )
    answer = _verified(answer, "".join(content), context, strict=strict)
    if answer.found:
        yield ChatPiece(streamed.rest(answer.text))
    yield answer


def _blank(question: str, limits: Limits, clock: _Clock) -> Answer:
    """An answer that says nothing yet: no model ran, no token was read."""
    return Answer(
        question=question,
        text="",
        thinking="",
        found=False,
        refused_by="",
        grounded=True,
        unsupported=(),
        citations=(),
        model="",
        prompt_tokens=0,
        num_ctx=limits.num_ctx,
        truncated=False,
        timings=clock.timings(),
    )


def _verified(base: Answer, text: str, context: Context, *, strict: bool) -> Answer:
    """The model's words held against the passages."""
    cited = citations.cite(text, context.passages)
    if refused := refusal.by_model(cited.text):
        return _withheld(base, refused)
    # Against the cited passages alone: a number of another passage is another thing's number.
    numbers = {citation.n for citation in cited.citations}
    passages = [passage for passage in context.passages if passage.n in numbers]
    unsupported = grounding.unsupported(cited.text, passages, question=base.question)
    if unsupported and strict:
        refused = refusal.Refusal(refusal.Layer.GROUNDING)
        return replace(_withheld(base, refused), grounded=False, unsupported=unsupported)
    return replace(
        base,
        text=cited.text,
        found=True,
        grounded=not unsupported,
        unsupported=unsupported,
        citations=cited.citations,
    )


def _withheld(base: Answer, refused: refusal.Refusal) -> Answer:
    text = refusal.sentence(refused, base.question)
    return replace(base, text=text, refused_by=refused.layer.value)
