"""What the protocols of other people's clients share: their messages read as a conversation, and
an answer's events as text for them.

Of the messages, the last one of the user is the question; those before it are turns that it may
lean on, as in `kb chat`. A client's system prompt and the names of its tools are a wish about tone
and form, cut to a bound and handed to the model with the last prompt alone: what is found, whether
it is refused before the model, the verdict, and what is checked behind it never see the wish, and
an answer under it is strict. Its sampling options have no effect.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from starlette.requests import Request

from kb.access.callers import Caller
from kb.serving.backend import ApiQuestion
from kb.serving.chat_models import Chosen, chosen
from kb.serving.queue import Reply
from kb.serving.responses import wrong
from kb.serving.routes.api import checked
from kb.serving.routes.common import Action, Services, kept, next_text, with_progress
from kb.serving.waiting import Waiting
from kb.text.language import Language, language
from kb.types import Turn

_MOST_MESSAGES = 200
_SOURCES = {Language.ZH: "来源：", Language.EN: "Sources:"}
_CHANGED = {Language.ZH: "更正（核对后的答案）：", Language.EN: "Correction (as checked):"}
_SHOWN_SOURCES = re.compile(rf"\n\n(?:{'|'.join(_SOURCES.values())})\n\[\d+\] ")
"""Where a client sends an answer back, the sources that stood at its end."""
_STANDING = {"waiting", "answering", "progress"}
_DOUBTFUL = {Language.ZH: "注意：资料中没有出现：", Language.EN: "Note: no passage holds: "}


class Asked(NamedTuple):
    """A conversation: the turns so far, the question, and the client's wish."""

    turns: tuple[Turn, ...]
    question: str
    wish: str = ""


def conversation(messages: object, tools: object = None, *, prompt: int = 0) -> Asked:
    """What is asked. `prompt`: characters of the client's own instructions that are kept. Of a
    long history the beginning is left out.

    Raises:
        RequestRejected: 400, these are no messages, or none is the user's.
    """
    if not isinstance(messages, list) or not messages:
        raise wrong("'messages' is missing or empty", why="it is a list of messages")
    read = [(_role(one), _text(one)) for one in messages]
    told = [text for role, text in read if role in ("system", "developer")]
    said = [(role, text) for role, text in read if role in ("user", "assistant") and text.strip()]
    said = said[-_MOST_MESSAGES:]
    while said and said[-1][0] != "user":
        said.pop()
    if not said:
        raise wrong("no message is the user's", why="the last one of the role 'user' is answered")
    question = said.pop()[1]
    turns, asked = [], ""
    for role, text in said:
        if role == "user":
            asked = text
        elif asked:
            turns.append(Turn(asked, "", _SHOWN_SOURCES.split(text)[0]))
            asked = ""
    return Asked(tuple(turns), question, _wish(told, tools)[:prompt].strip())


def _wish(told: Sequence[str], tools: object) -> str:
    """A client's own instructions, and which tools it has: the model cannot call them."""
    functions = (
        [one.get("function") for one in tools if isinstance(one, dict)]
        if (isinstance(tools, list))
        else []
    )
    names = [str(one.get("name", "")) for one in functions if isinstance(one, dict)]
    named = [f"(tools, not to be called: {', '.join(filter(None, names))})"] if any(names) else []
    return "\n".join([*told, *named])


def _role(message: object) -> str:
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str):
        raise wrong("a message has no role", why='each is {"role": "user", "content": "…"}')
    return role


def _text(message: dict[str, Any]) -> str:
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [one.get("text") for one in content if isinstance(one, dict)]
        return "\n".join(one for one in parts if isinstance(one, str))
    raise wrong("a message's content is no text", why="it is a text, or a list of parts")


@dataclass(slots=True)
class Spoken:
    """An answer's events as a client shows them: what `hear` returns is to be shown, in its order;
    `thought` is the model's. `answer` is the last event. `stands` is not empty where an event only
    tells how far the question is: in the queue, or the model before its first word."""

    thought: str = ""
    stands: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    _said: str = ""

    @property
    def finish(self) -> str:
        """Why it ended, in both protocols' word: `length` where the model used up its tokens."""
        return "length" if self.answer.get("cut") else "stop"

    def hear(self, line: str) -> str:
        event = json.loads(line)
        self.thought = ""
        self.stands = event if event.keys() & _STANDING else {}
        if "piece" in event:
            self._said += event["piece"]
            return str(event["piece"])
        if "thought" in event:
            self.thought = str(event["thought"])
        elif "answer" in event:
            self.answer = event
            return self._end()
        return ""

    def _end(self) -> str:
        """What is missing of the answer as it was checked; where it is another than the pieces
        were, all of it, said to be a correction."""
        text = str(self.answer["answer"])
        spoken = language(text)
        if not self._said:
            rest = text
        elif text.strip() == self._said.strip():
            rest = ""
        else:
            rest = f"\n\n{_CHANGED[spoken]}\n{text}"
        if self.answer["unsupported"] and self.answer["found"]:
            rest += f"\n\n{_DOUBTFUL[spoken]}{', '.join(self.answer['unsupported'])}"
        places = [place(one) for one in self.answer["citations"]]
        if places:
            rest += f"\n\n{_SOURCES[spoken]}\n" + "\n".join(places)
        return rest


def place(citation: dict[str, Any]) -> str:
    """`[1] office/phones.docx · p. 3 · Staff`."""
    page, line = citation["page"], citation["line"]
    parts = [str(citation["source"])]
    parts += [f"p. {page}"] if page else [f"line {line}"] if line else []
    parts += [str(citation["section"])] if citation["section"] else []
    return f"[{citation['n']}] {' · '.join(parts)}"


def named(services: Services, caller: Caller, model: object) -> Chosen:
    """What a client's name of a model stands for. Raises RequestRejected (404)."""
    backend = services.backend
    return chosen(model, backend.collections(caller), backend.models())


def ask(
    services: Services,
    caller: Caller,
    told: Chosen,
    asked: Asked,
) -> Reply:
    """Put a conversation's question into the queue. Raises RequestRejected (400, 503)."""
    question = checked(
        ApiQuestion(asked.question, collection=told.collection, wish=asked.wish, model=told.model)
    )
    action, put = Action(caller, "ask", told.collection, asked.question), Waiting()
    answering = services.backend.chat
    work = kept(services, action, lambda: put.answered(answering(caller, asked.turns, question)))
    return services.answers.put(work, caller.name)


async def heard(request: Request, services: Services, reply: Reply) -> tuple[str, str, Spoken]:
    """A whole answer as text, the model's thought, and what is known of the answer. Of the text
    only what was checked: nobody has seen the pieces."""
    so_far, last, thought = Spoken(), "", ""
    try:
        while (line := await next_text(request, reply)) is not None:
            last = line
            so_far.hear(line)
            thought += so_far.thought
    finally:
        services.answers.abandon(reply)
    return Spoken().hear(last), thought, so_far


async def spoken(services: Services, reply: Reply) -> AsyncIterator[tuple[str, Spoken]]:
    """What is to be shown, as it comes, with what is known by then; leaving it stops the model.
    While there is nothing to show: where the question stands."""
    so_far = Spoken()
    try:
        async for line in with_progress(services, reply):
            text = so_far.hear(line)
            if text or so_far.thought or so_far.answer or so_far.stands:
                yield text, so_far
    finally:
        services.answers.abandon(reply)
