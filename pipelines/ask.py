"""`kb ask`: from a question to an answer with its sources, or to a refusal.

compute    over tables, where every word of the question is one of theirs (pipelines/computing.py);
           the model may choose between plans, where the settings want it (pipelines/plan_choice.py)
retrieve   question → hits, by score fusion
choose     the hits of the version and the month that are asked for, in place of those of others;
           beside them the notices that change their words (pipelines/amending.py)
build      hits → passages that fit the context, the sentences that can matter, the prompt
refuse     by retrieval's threshold, by a name or identifier that no passage holds
derive     from the passages' own sentences, where the answer follows (pipelines/deriving.py)
generate   else the model's verdict, its answer, what is verified of it (pipelines/generating.py)
tell       which version the answer rests on, and what other passages state
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial

from kb.answering import prompt
from kb.answering.abridging import abridged, likely_sentence
from kb.answering.amendments import Amendment, amendments, without_amended
from kb.answering.evidence import Terms
from kb.answering.excerpt import excerpt
from kb.answering.refusal import Layer, Refusal
from kb.answering.superseded import Changed, superseded
from kb.pipelines import computing, meanings, plan_choice
from kb.pipelines.amending import with_amendments
from kb.pipelines.ask_tools import Clock, Limits, Tools
from kb.pipelines.choosing import (
    lacking_in_the_version,
    near_rows,
    of_the_document,
    of_the_month,
    of_the_version,
    one_in_its_own_language,
    one_in_the_other_language,
    with_later_records,
)
from kb.pipelines.days import Days
from kb.pipelines.deriving import derived
from kb.pipelines.generating import How, blank, generate, withheld
from kb.pipelines.refusing import Catalog, reach, refused_before
from kb.pipelines.retrieving import retrieve
from kb.pipelines.versions_and_conflicts import Around, tell
from kb.retrieval import context as contexts
from kb.retrieval.search import Found
from kb.text.question import Question
from kb.text.tokens import chat_tokens
from kb.types import Answer, ChatPiece, Context, Passage, Progress, Query

__all__ = ["Limits", "Tools", "ask", "context_of", "retrieve"]


def ask(
    query: Query, tools: Tools, limits: Limits, *, think: bool, strict: bool
) -> Iterator[Context | Progress | ChatPiece | Answer]:
    """Yield the passages, how far the model is before its first word, the answer's pieces as they
    come, and at last the Answer.

    A refusal before the model yields the nearest passages and the Answer alone.

    Raises:
        NothingFound: the collection is empty.
        ModelError: the engine or a model is missing, or broke off.
    """
    clock, question = Clock(), query.question
    # The same sentences are weighed for the prompt, for the likely one and for the checks.
    tools = replace(tools, lexical=cache(tools.lexical))
    if tools.tables:
        choose = plan_choice.chooser(tools, limits)
        computed = computing.over_tables(query, tools.tables, tools.versions, choose)
        if computed:
            yield from computing.told(computed, blank(question, limits, clock))
            return
    found = retrieve(query, tools)
    clock.retrieve = time.monotonic() - clock.started
    terms, title = meanings.terms(tools.lexical), partial(_title, tools.catalog)
    found = one_in_its_own_language(question, found)
    found = one_in_the_other_language(question, found, terms, title)
    best, found = found.hits, near_rows(question, found, terms, title)
    chosen = of_the_version(question, found, tools.versions, terms, title)
    chosen = of_the_document(question, chosen)
    of_all = (*chosen.hits, *chosen.aside, *found.hits, *found.beside)
    later = Days(of_all, tools.versions, tools.catalog.document).is_later
    chosen = with_later_records(question, chosen, found, terms, title, later)
    chosen, lacking = of_the_month(question, chosen, found, terms, title)
    chosen = with_amendments(chosen, tools, query.where)
    everything = (*chosen.hits, *chosen.aside, *found.beside)
    days = Days(everything, tools.versions, tools.catalog.document)
    passages = context_of(query, replace(found, hits=chosen.hits), tools, limits)
    refused = refused_before(question, best, passages.passages, tools, mode=query.mode)
    missing = lacking.word if lacking else lacking_in_the_version(question, chosen, tools.versions)
    if missing and (refused is None or refused.in_doubt):
        refused = Refusal(Layer.MISSING_TERM, missing)
    in_doubt = refused and refused.in_doubt and tools.verdict and passages.passages
    if refused and not in_doubt:
        yield passages
        yield withheld(blank(question, limits, clock), refused, question)
        return
    changed = amendments(passages.passages, days.is_later)
    gone = _superseded(question, passages.passages, days, terms, changed)
    yield replace(passages, likely=likely_sentence(question, passages.passages, terms, gone))
    reached = (
        refused.reached
        if refused
        else reach(question, best, passages.passages, tools, mode=query.mode)
    )
    how = How(gone, changed, reached, think=think, strict=strict)
    unsaid = blank(question, limits, clock)
    steps = derived(
        question, passages.passages, unsaid, terms=terms, later=days.is_later
    ) or generate(query, passages, tools, limits, clock, how)
    around = Around(question, chosen, days, tools.catalog.document, terms, beside=found.beside)
    yield from tell(steps, around)


def context_of(query: Query, found: Found, tools: Tools, limits: Limits) -> Context:
    """What of the hits the model is handed."""
    question, terms = query.question, meanings.terms(tools.lexical)
    days = Days(found.hits, tools.versions, tools.catalog.document)

    def that_can_matter(passages: Sequence[Passage]) -> tuple[Passage, ...]:
        changed = amendments(passages, days.is_later)
        gone = _superseded(question, passages, days, terms, changed)
        return abridged(question, passages, terms, gone, found.defined)

    tokens = tools.gauge.tokens(chat_tokens)
    around = prompt.messages(question, (), tools.wording, query.wish)
    return contexts.build(
        found.hits,
        title=partial(_title, tools.catalog),
        tokens=tokens,
        render=prompt.fence,
        overhead=contexts.overhead(around, tokens),
        num_ctx=limits.num_ctx,
        max_tokens=limits.max_tokens,
        haste=_haste(question, tokens, tools, limits),
        abridge=that_can_matter,
    )


def _superseded(
    question: Question,
    passages: Sequence[Passage],
    days: Days,
    terms: Terms,
    changed: Sequence[Amendment],
) -> Changed:
    gone = superseded(question, passages, terms=terms, later=days.is_later, follows=days.follows)
    return without_amended(gone, changed)


def _haste(
    question: Question, tokens: Callable[[str], int], tools: Tools, limits: Limits
) -> contexts.Haste | None:
    if not limits.first_word_seconds:
        return None

    def shorten(passage: Passage, room: int) -> Passage:
        return excerpt(passage, question, room=room, tokens=tokens)

    speed = tools.gauge.measured.tokens_per_second
    return contexts.Haste(int(limits.first_word_seconds * speed), shorten)


def _title(catalog: Catalog, doc_id: str) -> str:
    record = catalog.document(doc_id)
    return record.title if record else ""
