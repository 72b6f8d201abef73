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

from kb.answering import date_arithmetic, evidence, prompt, refusal, yes_no
from kb.answering.answer_signs import holds_name_and_property
from kb.answering.citations import Citer
from kb.answering.streaming import Streamed
from kb.answering.verdict import Ruling
from kb.models.reading import READING
from kb.models.reading_speed import Gauge
from kb.models.thinking import apart
from kb.pipelines import meanings, verdict
from kb.pipelines.ask_tools import Clock, Limits, Tools
from kb.pipelines.checks import checked
from kb.pipelines.days import Days
from kb.pipelines.verdict import Verdict
from kb.ports import Generator
from kb.retrieval import context as contexts
from kb.text.question import Question
from kb.text.tokens import chat_tokens
from kb.types import Answer, ChatPiece, ChatResult, Context, Message, Progress, Query

_LEAST_READ = 0.25
"""A model that has read fewer than this share of the estimated tokens has not read them all: the
estimate is never more than double (Qwen2.5), whatever the server says of cutting."""


def generate(
    query: Query,
    context: Context,
    tools: Tools,
    limits: Limits,
    clock: Clock,
    *,
    days: Days,
    think: bool,
    strict: bool,
) -> Iterator[Progress | ChatPiece | Answer]:
    """Ask the model; and once more, offering no way out, where it declines what is spoken of.

    A small model takes the way out where it could answer. The second prompt differs in its last
    line, so the engine's prefix cache has read the rest. Its answer counts only if it stands up.
    """
    question, loading = query.question, time.monotonic()
    generator = tools.generator()
    clock.load = time.monotonic() - loading
    messages = prompt.messages(question, context.passages, tools.wording, query.wish)
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
    if given.ruling is Ruling.REFUSE and holds_name_and_property(question, context.passages):
        given = replace(given, ruling=Ruling.FLAG)  # a doubt, not a reason: it seems to stand there
    if given.ruling is Ruling.REFUSE:
        unsaid = _asked(blank(question, limits, clock), given, generator)
        yield withheld(unsaid, refusal.Refusal(refusal.Layer.VERDICT), question)
        return
    sent = _Prompt(question, context, messages, generator, given, days, think, strict)
    both = yes_no.choice(question)
    shown = both is None  # else the first word is not known yet
    answer = yield from _once(sent, tools, limits, clock, shown=shown)
    insisting = prompt.insisting(question, context.passages)
    worth = _is_worth_asking_again(question, answer, context, given, tools)
    declined = answer.refused_by == refusal.Layer.MODEL
    plain = answer
    if messages != insisting and (worth or (both and declined)):
        again = yield from _once(
            replace(sent, messages=insisting), tools, limits, clock, shown=False
        )
        if again.found and again.grounded:
            answer, shown = again, False
    if both and answer.found:
        said = answer.text
        answer = yield from _concluded(answer, both, sent, tools, limits, clock)
        if not worth and plain.refused_by and answer.text == said:
            answer = plain  # a second try that nothing speaks for but a yes or no of its own
    if answer.found and not shown:
        yield ChatPiece(answer.text)
    yield answer


def _concluded(
    answer: Answer,
    both: yes_no.Choice,
    sent: _Prompt,
    tools: Tools,
    limits: Limits,
    clock: Clock,
) -> Generating[Progress, None, Answer]:
    """With its yes or no in front, where the model and the answer's own sentence agree on one."""
    question, passages = sent.question, sent.context.passages
    messages = prompt.yes_or_no(question, passages)
    first = yield from verdict.first_token(sent.generator, messages, num_ctx=limits.num_ctx)
    clock.add(first.result)
    quotes = {one.n: one.quote for one in answer.citations}
    found = yes_no.concluded(answer.text, quotes, both, yes_no.leaning(first))
    answer = replace(answer, text=found.text, timings=clock.timings())
    if not (found.is_contested and answer.grounded):
        return answer
    cited = [one for one in passages if one.n in quotes]
    words = evidence.least_supported(question, cited, meanings.terms(tools.lexical))
    return replace(answer, grounded=False, unsupported=words)


def _is_worth_asking_again(
    question: Question, answer: Answer, context: Context, given: Verdict, tools: Tools
) -> bool:
    """Whether the model's own word stands against a sentence that holds most of the question, or
    against its verdict before it answered; a withheld figure stands against the verdict alone."""
    sure = given.is_sure and given.margin is not None
    if answer.refused_by == refusal.Layer.GROUNDING:
        return sure
    if answer.refused_by != refusal.Layer.MODEL:
        return False
    return sure or evidence.speaks_of(question, context.passages, meanings.terms(tools.lexical))


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A question as it is put to the model; with other words it may be put again."""

    question: Question
    context: Context
    messages: Sequence[Message]
    generator: Generator
    verdict: Verdict
    days: Days
    think: bool
    strict: bool


def _asked(unsaid: Answer, given: Verdict, generator: Generator) -> Answer:
    """An answer whose verdict has been taken."""
    tokens = given.result.prompt_tokens if given.result else 0
    name = generator.info().name
    return replace(unsaid, model=name, prompt_tokens=tokens, verdict=given.margin)


def _once(
    sent: _Prompt, tools: Tools, limits: Limits, clock: Clock, *, shown: bool = True
) -> Generating[Progress | ChatPiece, None, Answer]:
    question, context = sent.question, sent.context
    citer = Citer(context.passages, question)
    content: list[str] = []
    streamed = Streamed(citer, held=prompt.WAYS_OUT)
    thinking: list[str] = []
    end: ChatResult | None = None
    for piece in sent.generator.chat(
        sent.messages,
        num_ctx=limits.num_ctx,
        max_tokens=limits.max_tokens,
        think=sent.think,
        temperature=tools.temperature,
    ):
        if isinstance(piece, ChatResult):
            end = piece
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
    found = checked(
        cited,
        question,
        context,
        terms=terms,
        kind_of=meanings.kind_of(tools.embedder),
        later=sent.days.is_later,
    )
    cited, unsupported = found.cited, found.all
    # Another thing's number is worse than none; another thing's words can be seen through.
    wrong_number = found.doubts and evidence.adds_a_number(question, cited.text)
    if sent.verdict.ruling is Ruling.FLAG and not unsupported:
        unsupported = evidence.least_supported(question, found.passages, terms)
    if not (unsupported or sent.verdict.is_sure) and evidence.adds_a_number(question, cited.text):
        unsupported = evidence.property_lacking(question, found.passages)
    if (
        unsupported
        and sent.verdict.is_sure
        and (computed := date_arithmetic.derived(question, found.passages))
    ):
        cited, unsupported = Citer([computed.passage], question).cite(computed.text), ()
    elif wrong_number or (unsupported and sent.strict):
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
    text = refusal.sentence(refused, question.language)
    return replace(base, text=text, refused_by=refused.layer.value)
