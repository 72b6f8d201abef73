"""Ollama's endpoints, answered in this process: hand it to `ollama.Client(transport=…)`.

Status codes, shapes and the wording of errors are those of Ollama 0.17.4 as it was recorded.
What differs on purpose: an answer that reaches the end of the context ends there
(`done_reason: length`), where a server would let the context shift; and an error that kb can
explain better than a status (a file that may not be read, a model that does not load) is raised
as a ModelError instead of being answered. What no client of kb asks for is not there: the old
`/api/embeddings`, and the page at `/`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from typing import TYPE_CHECKING

import httpx

from kb.errors import InputTooLong
from kb.models.engine import listing
from kb.models.engine.embedded import DEFAULT_NUM_CTX, EmbeddedEngine, Facts, ThinkStyle
from kb.models.engine.requests import Body, Options, Rejected
from kb.models.reading import LOADING, TOO_LONG, reading, words
from kb.models.thinking import ThinkSplitter
from kb.types import ChatPiece, Progress

if TYPE_CHECKING:
    from kb.models.engine.llama import Generated, Llama, Read, Spoken, Tokens

_JSON = "application/json; charset=utf-8"
_EMPTY_THOUGHT = "<think>\n\n</think>\n\n"

Document = dict[str, object]


class EmbeddedTransport(httpx.BaseTransport):
    """Answers an Ollama client from an EmbeddedEngine. Closing it unloads the models."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.engine = engine
        self._routes: dict[tuple[str, str], Callable[[Body], httpx.Response]] = {
            ("POST", "/api/show"): self._show,
            ("POST", "/api/embed"): self._embed,
            ("POST", "/api/chat"): self._chat,
        }

    def close(self) -> None:
        self.engine.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ModelError where a model cannot be read or loaded."""
        method, path = request.method, request.url.path
        if method in ("GET", "HEAD"):
            return self._get(path)
        route = self._routes.get((method, path))
        if route is None:
            return _text(404, "404 page not found", "text/plain")
        try:
            return route(Body.parse(request.read()))
        except Rejected as rejected:
            return _json({"error": rejected.message}, rejected.status)
        except InputTooLong:
            return _json({"error": TOO_LONG}, 400)

    def _get(self, path: str) -> httpx.Response:
        if path == "/api/version":
            return _json({"version": version("xllamacpp")})
        if path == "/api/tags":
            return _json({"models": [listing.tag(facts) for facts in self.engine.all_facts()]})
        if path == "/api/ps":
            return _json({"models": [listing.running(it) for it in self.engine.running()]})
        return _text(404, "404 page not found", "text/plain")

    def _facts(self, body: Body, missing: str = "model '{}' not found") -> Facts:
        facts = self.engine.facts(body.model)
        if facts is None:
            raise Rejected(404, missing.format(body.model))
        return facts

    def _show(self, body: Body) -> httpx.Response:
        return _json(listing.show(self._facts(body)))

    # --- embedding ----------------------------------------------------------------------

    def _embed(self, body: Body) -> httpx.Response:
        start = time.monotonic()
        texts = body.texts()
        facts = self._facts(body, 'model "{}" not found, try pulling it first')
        with self._lend(facts, body, embedding=True) as (llama, load_seconds):
            vectors, tokens = _embedded(llama, texts, truncate=body.truncates)
        if body.unloads:
            self.engine.unload(facts)
        answer: Document = {"model": body.model, "embeddings": vectors}
        length = body.values.get("dimensions")
        if isinstance(length, int) and 0 < length < facts.header.dimension:
            answer["embeddings"] = [_shortened(vector, length) for vector in vectors]
        if texts:
            answer["total_duration"] = _nanoseconds(time.monotonic() - start)
            answer["load_duration"] = _nanoseconds(load_seconds)
            answer["prompt_eval_count"] = tokens
        return _json(answer)

    def _lend(
        self, facts: Facts, body: Body, *, embedding: bool
    ) -> AbstractContextManager[tuple[Llama, float]]:
        options = body.options(facts.stored.parameters)
        num_ctx = options.integer("num_ctx", DEFAULT_NUM_CTX)
        return self.engine.lend(facts, embedding=embedding, num_ctx=num_ctx)

    # --- chat ---------------------------------------------------------------------------

    def _chat(self, body: Body) -> httpx.Response:
        top_logprobs = body.top_logprobs()
        think = body.think()
        facts = self._facts(body)
        messages = body.messages()
        if not messages and body.unloads:
            self.engine.unload(facts)
            return _json(_line(body.model, ChatPiece(), {"done_reason": "unload"}))
        if facts.header.embeds:
            raise Rejected(400, f'"{body.model}" does not support chat')
        _check_think(think, facts, body.model)
        options = body.options(facts.stored.parameters)
        if not messages:
            with self._lend(facts, body, embedding=False):
                return _json(_line(body.model, ChatPiece(), {"done_reason": "load"}))
        wants_thought = facts.think_style is not ThinkStyle.NONE and think is not False
        turn = Turn(body, facts, messages, options, wants_thought, top_logprobs)
        lines = self._lines(turn)
        first = next(lines)  # what is refused is refused with its status, before a stream begins
        if body.values.get("stream") is False:
            return _json(_whole([first, *lines]))
        return httpx.Response(
            200,
            headers={"Content-Type": "application/x-ndjson"},
            stream=_NdJson(chain([first], lines), lines.close),
        )

    def _lines(self, turn: Turn) -> Generator[Document, None, None]:
        """The lines of a streamed answer, the last with `done: true`."""
        from kb.models.engine.llama import Read, Spoken

        start = time.monotonic()
        splitter = turn.splitter()
        if turn.tells and not self.engine.has(turn.facts, turn.num_ctx):
            yield _waiting(turn.body.model, LOADING)
        with self._lend(turn.facts, turn.body, embedding=False) as (llama, load_seconds):
            for piece in _fitted(llama, turn):
                if isinstance(piece, Read):
                    if turn.tells:
                        yield _waiting(turn.body.model, reading(piece.done, piece.total))
                    continue
                if isinstance(piece, Spoken):
                    said = splitter.feed(piece.text) if splitter else [ChatPiece(piece.text)]
                    yield from _lines_of(turn.body.model, said, turn.told(piece.logprobs))
                    continue
                yield from _lines_of(turn.body.model, splitter.end() if splitter else [])
                counts: Document = {
                    "done_reason": piece.reason,
                    "total_duration": _nanoseconds(time.monotonic() - start),
                    "load_duration": _nanoseconds(load_seconds),
                    "prompt_eval_count": piece.prompt_tokens,
                    "prompt_eval_duration": _nanoseconds(piece.prompt_seconds),
                    "eval_count": piece.answer_tokens,
                    "eval_duration": _nanoseconds(piece.answer_seconds),
                }
                yield _line(turn.body.model, ChatPiece(), counts)
        if turn.body.unloads:
            self.engine.unload(turn.facts)


@dataclass(frozen=True, slots=True)
class Turn:
    """One checked chat request."""

    body: Body
    facts: Facts
    messages: list[dict[str, str]]
    options: Options
    think: bool
    top_logprobs: int | None = None

    @property
    def tells(self) -> bool:
        """Whether kb asks, which is told what goes before the first word. Then what does not fit
        is raised, as a line may have gone before."""
        return self.body.values.get("progress") is True and not self.body.truncates

    @property
    def num_ctx(self) -> int:
        return self.options.integer("num_ctx", DEFAULT_NUM_CTX)

    def request(self, messages: list[dict[str, str]]) -> Document:
        """In llama.cpp's words. See ThinkStyle for how thinking is switched."""
        style, answer_begins = self.facts.think_style, ""
        request: Document = {**self.options.sampling(), "cache_prompt": True}
        if style is ThinkStyle.SWITCH:
            request["chat_template_kwargs"] = {"enable_thinking": self.think}
        elif style is ThinkStyle.OPENS and not self.think:
            answer_begins = "\n</think>\n\n"
        elif style is ThinkStyle.WRITES:
            answer_begins = "<think>\n" if self.think else _EMPTY_THOUGHT
        begun = [{"role": "assistant", "content": answer_begins}] if answer_begins else []
        request["messages"] = [*messages, *begun]
        if wanted := self.body.response_format():
            request["response_format"] = wanted
        if self.top_logprobs is not None:
            # llama.cpp takes 0 for its own default; what is too many is left out of the answer.
            request |= {"logprobs": True, "top_logprobs": max(self.top_logprobs, 1)}
        return request

    def told(self, tokens: Tokens) -> list[Document]:
        """llama.cpp's log-probabilities as Ollama has them."""
        return [
            {**_token(one), "top_logprobs": [*map(_token, _likeliest(one))]}
            if self.top_logprobs
            else _token(one)
            for one in tokens
        ]

    def splitter(self) -> ThinkSplitter | None:
        """A model without the capability keeps its tags in the content, as on a server."""
        style = self.facts.think_style
        if style is ThinkStyle.NONE:
            return None
        opened = style is ThinkStyle.WRITES or self.facts.opens_thought
        return ThinkSplitter(opened=self.think and opened)


class _NdJson(httpx.SyncByteStream):
    def __init__(self, lines: Iterable[Document], close: Callable[[], None]) -> None:
        self._lines = lines
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            yield json.dumps(line, ensure_ascii=False).encode() + b"\n"

    def close(self) -> None:
        self._close()


def _check_think(think: bool | str | None, facts: Facts, name: str) -> None:
    if think and facts.think_style is ThinkStyle.NONE:
        raise Rejected(400, f'"{name}" does not support thinking')
    if isinstance(think, str):
        raise Rejected(400, f'think value "{think}" is not supported for this model')


def _embedded(llama: Llama, texts: list[str], *, truncate: bool) -> tuple[list[list[float]], int]:
    try:
        found = llama.embed(texts)
    except InputTooLong:
        if not truncate:
            raise
        pairs = [_embedded_head(llama, text) for text in texts]
        return [vector for vector, _ in pairs], sum(tokens for _, tokens in pairs)
    return found.vectors, found.tokens


def _embedded_head(llama: Llama, text: str) -> tuple[list[float], int]:
    """Embed the longest beginning of a text that fits. A server cuts between the same tokens."""
    fits, over = 0, len(text) + 1
    best = llama.embed([""])
    end = len(text)
    while over - fits > 1 and best.tokens < llama.loading.num_ctx:
        try:
            best, fits = llama.embed([text[:end]]), end
        except InputTooLong:
            over = end
        end = (fits + over) // 2
    return best.vectors[0], best.tokens


def _fitted(llama: Llama, turn: Turn) -> Iterator[Read | Spoken | Generated]:
    """The answer. Where the prompt is too long and may be cut, the oldest messages are dropped,
    the first system message aside, and of the last one left the beginning, as a server does."""
    messages = turn.messages
    while True:
        pieces = llama.chat(turn.request(messages))
        try:
            first = next(pieces)
        except InputTooLong:
            if not turn.body.truncates:
                raise
            messages = _cut(messages)
            continue
        yield first
        yield from pieces
        return


def _cut(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    oldest = 1 if messages[0]["role"] == "system" else 0
    if len(messages) > oldest + 1:
        return messages[:oldest] + messages[oldest + 1 :]
    last = messages[-1]
    if not last["content"]:
        raise Rejected(400, TOO_LONG)
    # An eighth at a time keeps most of what fits, in few attempts (each only counts tokens).
    start = len(last["content"]) // 8 + 1
    return [*messages[:-1], {**last, "content": last["content"][start:]}]


def _whole(lines: list[Document]) -> Document:
    """A streamed answer's lines as one."""
    found = [line["message"] for line in lines]
    message: Document = {"role": "assistant"}
    for part in ("content", "thinking"):
        text = "".join(str(it[part]) for it in found if isinstance(it, dict) and part in it)
        if text or part == "content":
            message[part] = text
    whole = {**lines[-1], "message": message}
    tokens = [
        one for line in lines if isinstance(told := line.get("logprobs"), list) for one in told
    ]
    return {**whole, "logprobs": tokens} if tokens else whole


def _lines_of(
    model: str, pieces: Iterable[ChatPiece], logprobs: Sequence[Document] = ()
) -> Iterator[Document]:
    """A line for each piece; the first one, or an empty one, has the log-probabilities."""
    lines = [_line(model, piece) for piece in pieces]
    if logprobs:
        lines = lines or [_line(model, ChatPiece())]
        lines[0] = {**lines[0], "logprobs": [*logprobs]}
    yield from lines


def _token(one: Mapping[str, object]) -> Document:
    return {name: one[name] for name in ("token", "logprob", "bytes")}


def _likeliest(one: Mapping[str, object]) -> list[Document]:
    found = one.get("top_logprobs")
    return found if isinstance(found, list) else []


def _line(model: str, piece: ChatPiece, end: Document | None = None) -> Document:
    message: Document = {"role": "assistant", "content": piece.content}
    if piece.thinking:
        message["thinking"] = piece.thinking
    line: Document = {"model": model, "created_at": listing.instant(time.time())}
    return {**line, "message": message, "done": end is not None, **(end or {})}


def _waiting(model: str, progress: Progress) -> Document:
    """A line of what goes before the first word; see kb/models/reading.py."""
    return {**_line(model, ChatPiece()), "done_reason": words(progress)}


def _shortened(vector: list[float], length: int) -> list[float]:
    """The first numbers of a vector, brought to length 1 again."""
    head = vector[:length]
    norm = sum(number * number for number in head) ** 0.5
    return [number / norm for number in head] if norm else head


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def _json(document: Document, status: int = 200) -> httpx.Response:
    content = json.dumps(document, ensure_ascii=False).encode()
    return httpx.Response(status, headers={"Content-Type": _JSON}, content=content)


def _text(status: int, text: str, kind: str) -> httpx.Response:
    return httpx.Response(status, headers={"Content-Type": kind}, content=text.encode())
