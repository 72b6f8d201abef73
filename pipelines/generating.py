"""Steps of `kb ask`: the model's verdict and its words, held against the passages.

judge      by the model's verdict on whether a passage states the answer (pipelines/verdict.py);
           beside what is asked for, its No marks an answer and refuses none
generate   prompt → thought and answer, streamed
verify     markers cleaned, quotes taken, numbers, names and identifiers looked up in the passages
conclude   of a yes/no question, with the word that its answer begins with (kb/answering/yes_no.py)
learn      how fast the model reads, and how many tokens a prompt really had
"""

from __future__ import annotations

import time
from collections.abc import Generator as Generating
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.answering import bounds, date_arithmetic, evidence, prompt, refusal, yes_no
from kb.answering.amendments import Amendment, amended
from kb.answering.answer_signs import holds_name_and_property, is_explained
from kb.answering.changed_values import asks_for_the_former
from kb.answering.citations import Citer, unmarked
from kb.answering.names import words
from kb.answering.streaming import Streamed
from kb.answering.superseded import Changed
from kb.answering.verdict import Ruling
from kb.models.reading import READING
from kb.models.reading_speed import Gauge
from kb.models.thinking import apart
from kb.pipelines import meanings, verdict
from kb.pipelines.ask_tools import Clock, Limits, Tools
from kb.pipelines.checks import checked, is_another_things_number, is_of_a_sentence
from kb.pipelines.verdict import Verdict
from kb.ports import Generator
from kb.retrieval import context as contexts
from kb.retrieval.question_parts import asks_for_several
from kb.text.question import Question
from kb.text.tokens import chat_tokens
from kb.types import (
    Answer,
    ChatPiece,
    ChatResult,
    Context,
    Message,
    Passage,
    Progress,
    Query,
)
from kb.wording import Wording

_LEAST_READ = 0.25
"""A model that has read fewer than this share of the estimated tokens has not read them all: the
estimate is never more than double (Qwen2.5), whatever the server says of cutting."""


@dataclass(frozen=True, slots=True)
class How:
    """`gone`: what later passages have changed; `amended`: what they change word for word.
    `reached`: how near the scores are to the refusal threshold; None where there is another sign
    that an answer may stand there."""

    gone: Changed
    amended: Sequence[Amendment]
    reached: refusal.Reach | None
    think: bool
    strict: bool


def generate(
    query: Query, context: Context, tools: Tools, limits: Limits, clock: Clock, how: How
) -> Iterator[Progress | ChatPiece | Answer]:
    """Ask the model; and once more, offering no way out, where it declines what is spoken of.

    A small model takes the way out where it could answer. The second prompt differs in its last
    line, so the engine's prefix cache has read the rest. Its answer counts only if it stands up.
    """
    question, loading = query.question, time.monotonic()
    generator = tools.generator()
    clock.load = time.monotonic() - loading
    yield READING  # of a server that says nothing before its first word
    given = yield from verdict.take(
        question,
        context.passages,
        generator,
        rules=tools.verdict,
        num_ctx=limits.num_ctx,
        gauge=tools.gauge,
    )
    if given.result:
        clock.add(given.result)
    if how.reached and not given.stands_against(how.reached):
        unsaid = _asked(blank(question, limits, clock), given, generator)
        yield withheld(unsaid, refusal.Refusal(refusal.Layer.RETRIEVAL), question)
        return
    if given.ruling is Ruling.REFUSE and holds_name_and_property(question, context.passages):
        given = replace(given, ruling=Ruling.FLAG)  # a doubt, not a reason: it seems to stand there
    both = yes_no.choice(question)
    if given.ruling is Ruling.REFUSE and both is None:
        unsaid = _asked(blank(question, limits, clock), given, generator)
        yield withheld(unsaid, refusal.Refusal(refusal.Layer.VERDICT), question)
        return
    messages, other = _wordings(query, context.passages, given, tools)
    sent = _Prompt(question, context, messages, other, generator, given, how)
    if both:
        yield from _with_yes_or_no(sent, both, tools, limits, clock)
    else:
        answer = yield from _once(sent, tools, limits, clock)
        if _is_worth_asking_again(sent, answer, tools):
            again = yield from _again(sent, tools, limits, clock)
            better = again.grounded or is_of_a_sentence(again.text, again.citations)
            better = better or is_explained(question, context.passages)
            if again.found and (better or answer.refused_by == refusal.Layer.GROUNDING):
                yield ChatPiece(again.text)
                answer = again
        yield answer


def _wordings(
    query: Query, passages: Sequence[Passage], given: Verdict, tools: Tools
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What the model is asked first, and what where that comes to nothing: with a way out, and
    without one. A small one that is sure already that a passage states the answer is not offered
    it first: there is less to read, and it would take it where it should not. Where it can, it goes
    on from the number that it said with that passage's sentence, and reads next to nothing."""
    question = query.question
    usual = prompt.messages(question, passages, tools.wording, query.wish)
    insisting = prompt.insisting(question, passages)
    extractive = tools.wording is Wording.EXTRACTIVE
    if given.says_so and extractive and not query.wish and not prompt.asks_for_a_summary(question):
        n = 0 if asks_for_several(question.text) else given.named or 0
        quoting = prompt.quoting(question, passages, n) if n else None
        return quoting or insisting, usual
    return usual, insisting


def _again(
    sent: _Prompt, tools: Tools, limits: Limits, clock: Clock
) -> Generating[Progress | ChatPiece, None, Answer]:
    """The answer to the other wording."""
    other = replace(sent, messages=sent.other, is_second=True)
    return (yield from _once(other, tools, limits, clock, shown=False))


def _with_yes_or_no(
    sent: _Prompt, both: yes_no.Choice, tools: Tools, limits: Limits, clock: Clock
) -> Iterator[Progress | ChatPiece | Answer]:
    """The answer with its yes or no in front, where the model and the answer's own sentence agree.

    A verdict's doubt does not count against an answer on which they do; its refusal marks it. Of
    one on which they do not, both count as ever, and a second try that nothing else speaks for is
    not believed. Nothing is shown before: the first word is not known yet.
    """
    ruling = sent.verdict.ruling
    certain = replace(sent.verdict, ruling=Ruling.ANSWER, bounds=None)
    undoubted = replace(sent, verdict=certain)
    first = answer = yield from _once(undoubted, tools, limits, clock, shown=False)
    worth = _is_worth_asking_again(sent, first, tools)
    declined = first.refused_by == refusal.Layer.MODEL and sent.has_other
    if worth or declined:
        again = yield from _again(undoubted, tools, limits, clock)
        answer = again if again.found and again.grounded else first
    if answer.found:
        found = yield from _concluded(answer, both, sent, limits, clock)
        answer = replace(answer, text=found.text, timings=clock.timings())
        if not found.agrees and first.refused_by and not worth:
            answer = first
        elif ruling is Ruling.REFUSE and not found.agrees:
            answer = withheld(answer, refusal.Refusal(refusal.Layer.VERDICT), sent.question)
        elif (
            ruling is Ruling.REFUSE
            or found.is_contested
            or (ruling is Ruling.FLAG and not found.agrees)
        ):
            answer = _marked(answer, sent, tools)
    if answer.found and not answer.grounded and sent.how.strict:
        answer = withheld(answer, refusal.Refusal(refusal.Layer.GROUNDING), sent.question)
    if answer.found:
        yield ChatPiece(answer.text)
    yield answer


def _concluded(
    answer: Answer, both: yes_no.Choice, sent: _Prompt, limits: Limits, clock: Clock
) -> Generating[Progress, None, yes_no.Concluded]:
    """The answer with its word, as far as the model gives one behind the same passages."""
    messages = prompt.yes_or_no(sent.question, sent.context.passages)
    first = yield from verdict.first_token(sent.generator, messages, num_ctx=limits.num_ctx)
    clock.add(first.result)
    quotes = {one.n: one.quote for one in answer.citations}
    asked = words(sent.question.text)
    return yes_no.concluded(answer.text, quotes, both, yes_no.leaning(first), asked)


def _marked(answer: Answer, sent: _Prompt, tools: Tools) -> Answer:
    """With the words of the question that its passages support least, unless it has a mark."""
    numbers = {one.n for one in answer.citations}
    cited = [one for one in sent.context.passages if one.n in numbers]
    terms = meanings.terms(tools.lexical)
    lacking = answer.unsupported or evidence.least_supported(sent.question, cited, terms)
    return replace(answer, grounded=False, unsupported=lacking)


def _is_worth_asking_again(sent: _Prompt, answer: Answer, tools: Tools) -> bool:
    """Whether the model's own word stands against a sentence that holds most of the question, or
    against its verdict before it answered; a withheld figure stands against the verdict alone."""
    passages, given = sent.context.passages, sent.verdict
    if not sent.has_other:
        return False
    if answer.refused_by == refusal.Layer.GROUNDING:
        return given.says_so
    if answer.refused_by != refusal.Layer.MODEL:
        return False
    if given.says_so or is_explained(sent.question, passages):
        return True
    return evidence.speaks_of(sent.question, passages, meanings.terms(tools.lexical))


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A question as it is put to the model; with other words it may be put again."""

    question: Question
    context: Context
    messages: Sequence[Message]
    other: Sequence[Message]
    generator: Generator
    verdict: Verdict
    how: How
    is_second: bool = False

    @property
    def is_last(self) -> bool:
        """Whether it is put in no other words after these."""
        return self.is_second or not self.has_other

    @property
    def has_other(self) -> bool:
        return self.other != self.messages

    @property
    def marker(self) -> str:
        """What a quotation ends with: the model has said before which passage it is from."""
        named = self.verdict.named if self.messages[-1].role == "assistant" else None
        return f"[{named}]" if named else ""


def _asked(unsaid: Answer, given: Verdict, generator: Generator) -> Answer:
    """An answer whose verdict has been taken."""
    tokens = given.result.prompt_tokens if given.result else 0
    name = generator.info().name
    return replace(unsaid, model=name, prompt_tokens=tokens, verdict=given.margin)


def _once(
    sent: _Prompt, tools: Tools, limits: Limits, clock: Clock, *, shown: bool = True
) -> Generating[Progress | ChatPiece, None, Answer]:
    question, context = sent.question, sent.context
    citer = Citer(context.passages, question, sent.how.gone)
    content: list[str] = []
    streamed = Streamed(citer, held=prompt.WAYS_OUT)
    thinking: list[str] = []
    end: ChatResult | None = None
    for piece in sent.generator.chat(
        sent.messages,
        num_ctx=limits.num_ctx,
        max_tokens=limits.max_tokens,
        think=sent.how.think,
        temperature=tools.temperature,
    ):
        if isinstance(piece, ChatResult):
            end = piece
            content.append(sent.marker)
        elif isinstance(piece, Progress):
            yield piece
        else:
            content.append(piece.content)
            thinking.append(piece.thinking)
            if shown:
                yield replace(piece, content=streamed.feed(piece.content))
    assert end is not None, "the port promises a ChatResult at the end"
    thought, text = apart("".join(content))
    clock.add(end)
    answer = replace(
        _asked(blank(question, limits, clock), sent.verdict, sent.generator),
        thinking="\n".join(filter(None, ("".join(thinking).strip(), thought))),
        prompt_tokens=end.prompt_tokens,
        answer_tokens=end.answer_tokens,
        cut=end.done_reason == "length",
        truncated=_read(
            sent.messages, end, tools.gauge, limits, timed=shown and sent.verdict.result is None
        ),
    )
    answer = _verified(answer, text, sent, citer, tools)
    if answer.found and shown:
        yield ChatPiece(streamed.rest(answer.text))
    return answer


def _read(
    messages: Sequence[Message], end: ChatResult, gauge: Gauge, limits: Limits, *, timed: bool
) -> bool:
    """Learn from what the engine says it has read; whether that was less than the prompt.

    It is sent with `truncate: false`. A server that does not know the word may have cut it all
    the same: then it fills the context to the brim, or is far from what was sent. A prompt that
    the engine has read before is not `timed`.
    """
    estimated = contexts.overhead(messages, chat_tokens)
    if end.prompt_tokens >= limits.num_ctx or end.prompt_tokens < _LEAST_READ * estimated:
        return True
    seconds = end.prompt_seconds if timed else 0.0
    gauge.learn(estimated=estimated, tokens=end.prompt_tokens, seconds=seconds)
    return False


def blank(question: Question, limits: Limits, clock: Clock) -> Answer:
    """An answer that says nothing yet: no model ran, no token was read."""
    return Answer(
        question=question.text,
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


def _verified(base: Answer, text: str, sent: _Prompt, citer: Citer, tools: Tools) -> Answer:
    """The model's words held against the passages."""
    question, context = sent.question, sent.context
    cited = citer.cite(text)
    refused = refusal.by_model(cited.text, question, thought=base.thinking, cut=base.cut)
    if refused is None and prompt.echoes(cited.text, question.language):
        refused = refusal.Refusal(refusal.Layer.MODEL)
    if refused:
        return withheld(base, refused, question)
    terms = meanings.terms(tools.lexical)
    kind_of = meanings.kind_of(tools.embedder)
    found = checked(
        cited,
        question,
        context,
        terms=terms,
        kind_of=kind_of,
        changed=sent.how.gone,
    )
    cited, unsupported = found.cited, found.all
    wrong_number = is_another_things_number(
        found, question, sent.verdict, is_last=sent.is_last, terms=terms, kind_of=kind_of
    )
    if not unsupported and sent.verdict.marks(question, found.passages, sent.how.reached):
        unsupported = evidence.least_supported(question, found.passages, terms)
    if not (unsupported or sent.verdict.is_sure) and evidence.adds_a_number(question, cited.text):
        unsupported = evidence.property_lacking(question, found.passages)
    told = amended(unmarked(cited.text), [one.n for one in cited.citations], sent.how.amended)
    if told and not asks_for_the_former(question):
        cited = Citer(context.passages, question).cite(told)
    computed = date_arithmetic.derived(question, found.passages)
    bounded = bounds.of_the_asked_side(question, unmarked(cited.text), found.passages)
    if computed and (
        (unsupported and sent.verdict.is_sure) or computed.is_mistaken_in(unmarked(cited.text))
    ):
        cited, unsupported = Citer([computed.passage], question).cite(computed.text), ()
    elif bounded:
        cited, unsupported = Citer([bounded.passage], question).cite(bounded.text), ()
    elif wrong_number or (unsupported and sent.how.strict):
        refused = refusal.Refusal(refusal.Layer.GROUNDING)
        return replace(withheld(base, refused, question), grounded=False, unsupported=unsupported)
    return replace(
        base,
        text=cited.text,
        found=True,
        grounded=not unsupported,
        unsupported=unsupported,
        citations=cited.citations,
    )


def withheld(base: Answer, refused: refusal.Refusal, question: Question) -> Answer:
    """The refusal in the place of whatever was answered."""
    text = refusal.sentence(refused, question.language)
    return replace(base, text=text, found=False, refused_by=refused.layer.value, citations=())
