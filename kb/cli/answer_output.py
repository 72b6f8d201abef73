"""An answer on the terminal: shown while it is made, for `kb ask` and `kb chat`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.cli import logs
from kb.cli.app import aside, note, printable, say
from kb.cli.reports import place
from kb.cli.waiting import WaitingLine
from kb.cli.wrapping import Flow, columns, fitted
from kb.session import (
    Answer,
    Answering,
    Citation,
    Event,
    Passages,
    Piece,
    Progress,
    Thought,
    Understood,
)
from kb.session.plain import progress_text

_HANG = "      "


@dataclass(frozen=True, slots=True)
class AnswerOutput:
    """What of an answer is shown: with `as_json` only what goes to standard error."""

    as_json: bool
    quiet: bool
    show_thinking: bool
    streams: bool

    def show(self, events: Answering) -> Answer:
        """Show an answer from its first event to its last, and return it."""
        streamed = False
        flow = Flow(columns())
        for event in _until_shown(events, WaitingLine(quiet=self.quiet)):
            match event:
                case Understood() if event.rewritten and not self.quiet:
                    understood = fitted(f"understood as: {event.rewritten}", "  ", err=True)
                    aside(printable(understood, dim=True))
                case Passages() if not (self.as_json or self.quiet):
                    _show_sources(event)
                case Thought() if self.show_thinking:
                    aside(printable(event.text, dim=True), nl=False)
                case Piece() if self.streams:
                    say(flow.feed(event.text), nl=False)
                    streamed = True
        answer = events.answer()
        if not self.as_json:
            if streamed:
                say(flow.end())
            _show_answer(answer, streamed=streamed)
        return answer


def _until_shown(events: Answering, line: WaitingLine) -> Iterator[Event]:
    """The events, with what the next one waits for on the terminal between them."""
    line.tell("searching")
    try:
        for event in events:
            if isinstance(event, Progress):
                line.tell(progress_text(event))
                continue
            line.end()
            yield event
    finally:
        line.end()


def show_citations(citations: tuple[Citation, ...]) -> None:
    """Where an answer's sources stand, each with its quote."""
    for citation in citations:
        where = place(citation.source, citation.page, citation.line, citation.section)
        say(fitted(f"[{citation.n}] {where}", "    "))
        for line in citation.quote.splitlines():
            say(fitted(f"    {line}", "    "))


def _show_sources(found: Passages) -> None:
    """The passages' places, as soon as they are found, and the sentence that likely holds the
    answer, on standard error."""
    for passage in found.passages:
        where = place(passage.source, passage.page, passage.line, passage.section)
        aside(fitted(f"  [{passage.n}] {where}", _HANG, err=True))
    if found.likely:
        quote = " ".join(found.likely.quote.split())
        likely = fitted(f"  likely [{found.likely.n}]: {quote}", _HANG, err=True)
        aside(printable(likely, dim=True))


def _show_answer(answer: Answer, *, streamed: bool) -> None:
    """The answer, what is doubtful about it, and the quoted passages."""
    if not (streamed and answer.found):
        say(fitted(answer.text))
    if answer.unsupported:
        if logs.as_json() or logs.is_quiet():
            note("warning: the answer has words that no passage holds (unsupported)")
        missing = f"warning: no passage holds {', '.join(answer.unsupported)}"
        aside(fitted(missing, _HANG, err=True))
    if answer.citations:
        say()
        show_citations(answer.citations)
