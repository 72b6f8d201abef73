"""Ollama's protocol, whatever answers it: a server or the embedded engine.

The only importer of ollama. What comes back is put into our own types here, and what goes wrong
into our own errors; a busy or restarted server is asked again.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar, cast

import httpx
import ollama

from kb.errors import (
    EngineFailed,
    InputTooLong,
    KbError,
    ModelError,
    ModelMissing,
    ServerUnreachable,
    UsageError,
)
from kb.model_types import ModelInfo
from kb.models.ollama.pool import WEIGHTS
from kb.models.ollama.wire import NothingCut
from kb.models.reading import from_words
from kb.types import ChatResult, Progress

log = logging.getLogger(__name__)
T = TypeVar("T")
_Stream = Generator[ollama.ChatResponse, None, None]

ERRORS: tuple[tuple[type[Exception], type[KbError]], ...] = (
    (ollama.ResponseError, EngineFailed),  # by its status and text, see explain()
    (ollama.RequestError, UsageError),
    (ConnectionError, ServerUnreachable),
    (httpx.ConnectError, ServerUnreachable),
    (httpx.ConnectTimeout, ServerUnreachable),
    (httpx.UnsupportedProtocol, UsageError),
    (httpx.InvalidURL, UsageError),
    (httpx.HTTPError, EngineFailed),
    (httpx.StreamError, EngineFailed),
    (httpx.CookieConflict, EngineFailed),
    (ValueError, EngineFailed),  # an answer that is no JSON, or not of Ollama's shape
)
"""Every exception that ollama and httpx raise, and what it becomes; the first match counts."""

CAUGHT = tuple(theirs for theirs, _ in ERRORS)

_TOO_LONG = re.compile(r"exceeds (the|maximum) context|input (is )?too long")
_NOT_CURED_BY_WAITING = re.compile(
    r"does not support|not supported|invalid|option \"|must be of type|more system memory"
)
_BUSY = 503
_BUSY_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between asking a busy server again; the last one for as long as it is waited for."""
BUSY_SECONDS = 60.0
_BROKEN_PAUSE = 0.5
SILENT_SECONDS = 600.0  # a long prompt is silent for minutes
_CONNECT_SECONDS = 5.0
MOST_LOGPROBS = 20
"""Tokens of one place that a server tells the log-probabilities of; more is an error (400)."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine in words, for what a person reads.

    `where` is its address or folder; `get` the command by which a missing model (`{}`) is had.
    `lists_loaded`: it says nothing while it loads a model, but which ones it has in memory.
    `continues`: a message of the assistant that comes last is the beginning of the answer.
    """

    name: str
    where: str
    get: str
    lists_loaded: bool = False
    continues: bool = True


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that an engine has in memory. Sizes in bytes, `on_gpu` of them on a graphics card;
    `context_length` in tokens, 0 where the engine is too old to say."""

    name: str
    context_length: int
    size: int
    on_gpu: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A line of a streamed answer. The last one carries the result. `logprobs`: for each token
    of the line the likeliest ones and their log-probabilities, where they were asked for and the
    engine tells them. `progress`: what goes before the first word, where the engine tells it."""

    content: str
    thinking: str
    result: ChatResult | None
    logprobs: tuple[Mapping[str, float], ...] = ()
    progress: Progress | None = None


class Client:
    """The calls that kb makes to a model engine.

    Args:
        transport: carries the requests: to a server, or to the embedded engine.
        host: the address that requests are made out to.
        pause: sleeps for the seconds given.
        seconds: after which a silent engine is given up.
        busy_seconds: for which a busy one is waited for.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        host: str,
        engine: Engine,
        pause: Callable[[float], None] = time.sleep,
        seconds: float = SILENT_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._busy_seconds = busy_seconds
        self.engine = engine
        self._pause = pause
        self._ollama = ollama.Client(
            host=host,
            transport=NothingCut(transport),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
        )

    def close(self) -> None:
        """Close the transport, and with it the embedded engine."""
        self._ollama.close()  # type: ignore[no-untyped-call]

    def names(self) -> tuple[str, ...]:
        """The models that the engine has."""
        listed = self._ask("", self._ollama.list)
        return tuple(sorted(model.model or "" for model in listed.models))

    def running(self) -> tuple[Loaded, ...]:
        """The models that are in memory. Raises ServerUnreachable, EngineFailed."""
        listed = self._ask("", self._ollama.ps)
        return tuple(
            Loaded(
                name=one.model or "",
                context_length=one.context_length or 0,
                size=one.size or 0,
                on_gpu=one.size_vram or 0,
            )
            for one in listed.models
        )

    def will_load(self, model: str) -> bool:
        """Whether a server has to load this model first, as far as it can be known."""
        if not self.engine.lists_loaded:
            return False
        try:
            return not {model, f"{model}:latest"} & {one.name for one in self.running()}
        except KbError:  # the call that follows says what is wrong
            return False

    def show(self, model: str) -> tuple[ModelInfo, str]:
        """What the engine says of a model, and the model's architecture.

        Raises:
            ModelMissing, ServerUnreachable, EngineFailed.
            ModelError: the engine does not say what its weights are.
        """
        shown = self._ask(model, lambda: self._ollama.show(model))
        weights = WEIGHTS.search(shown.modelfile or "")
        if weights is None:
            raise ModelError(
                f"the model {model} has no identity",
                why=f"{self.engine.name} does not name its weights by their sha256",
                hint="use a model whose weights lie on the server: ollama pull it there",
            )
        facts = shown.modelinfo or {}
        architecture = str(facts.get("general.architecture", ""))
        capabilities = frozenset(str(word) for word in shown.capabilities or ())
        info = ModelInfo(
            name=model,
            digest=weights[1],
            dimension=int(facts.get(f"{architecture}.embedding_length") or 0),
            context_length=int(facts.get(f"{architecture}.context_length") or 0),
            capabilities=capabilities,
            engine=self.engine.name,
            # A thought stands before the answer, and its marks are an answer's beginning as well.
            continues=self.engine.continues and "thinking" not in capabilities,
        )
        return info, architecture

    def embed(self, model: str, texts: Sequence[str], *, num_ctx: int) -> list[Sequence[float]]:
        """The vectors as they came, unchecked. Raises InputTooLong, EngineFailed, ModelMissing."""
        answer = self._ask(
            model,
            lambda: self._ollama.embed(model, texts, truncate=False, options={"num_ctx": num_ctx}),
        )
        return list(answer.embeddings)

    def chat(
        self,
        model: str,
        messages: Sequence[Mapping[str, str]],
        options: Mapping[str, float],
        think: bool | None,
        *,
        top_logprobs: int = 0,
        schema: Mapping[str, object] | None = None,
    ) -> Iterator[Chunk]:
        """The lines of a streamed answer, asked for again only as long as none has come.
        `top_logprobs`: of how many tokens in each place it is to be told how likely they were,
        up to MOST_LOGPROBS. `schema`: the JSON schema of the whole answer.

        Closing the iterator stops the answer. Raises InputTooLong, EngineFailed, ModelMissing.
        """

        def begin() -> tuple[ollama.ChatResponse | None, _Stream]:
            # A generator, although it is declared an iterator: only so can it be closed.
            stream = cast(
                _Stream,
                self._ollama.chat(
                    model,
                    messages,
                    stream=True,
                    think=think,
                    options=options,
                    format={**schema} if schema else None,
                    # A server from before 0.12.11 passes over these two.
                    logprobs=True if top_logprobs else None,
                    top_logprobs=top_logprobs or None,
                ),
            )
            return next(stream, None), stream

        chunk, stream = self._ask(model, begin)
        with closing(stream):
            while chunk is not None:
                yield _chunk(chunk)
                try:
                    chunk = next(stream, None)
                except CAUGHT as error:
                    raise self.explain(error, model) from error

    def _ask(self, model: str, call: Callable[[], T]) -> T:
        """Make a call; ask again, later and later, where waiting may cure what went wrong.

        Raises:
            KbError: what the last failure means; see ERRORS.
        """
        tried, waited = 0, 0.0
        while True:
            try:
                return call()
            except CAUGHT as error:
                failure = self.explain(error, model)
                seconds = self._pause_after(error, failure, tried, waited)
                if seconds is None:
                    raise failure from error
                log.debug("asking again in %.1f s after: %s", seconds, failure.why)
                self._pause(seconds)
                tried, waited = tried + 1, waited + seconds

    def _pause_after(
        self, error: Exception, failure: KbError, tried: int, waited: float
    ) -> float | None:
        """How long to wait before the next try, in seconds; None where it is no use."""
        if not isinstance(error, ollama.ResponseError) or not isinstance(failure, EngineFailed):
            return None
        if error.status_code != _BUSY:
            # The engine's own crash comes back as 400 with EOF in it: by then it runs again.
            curable = tried == 0 and not _NOT_CURED_BY_WAITING.search(error.error)
            return _BROKEN_PAUSE if curable else None
        # Jitter, so that many clients of one busy server do not come back together.
        pause = _BUSY_PAUSES[min(tried, len(_BUSY_PAUSES) - 1)] * random.uniform(0.5, 1.5)
        if waited + pause > self._busy_seconds:
            return None
        if tried == 0:
            log.warning("%s; waiting for it, up to %.0f s", failure.what, self._busy_seconds)
        return pause

    def explain(self, error: Exception, model: str) -> KbError:
        """What an exception of ollama or httpx means."""
        if isinstance(error, ollama.ResponseError):
            return self._explain_answer(error.status_code, error.error, model)
        kind = next(ours for theirs, ours in ERRORS if isinstance(error, theirs))
        why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if kind is ServerUnreachable:
            # ollama's own words name a site to download it from, which no offline machine reaches.
            cause = error if isinstance(error, httpx.HTTPError) else error.__context__
            return unreachable(self.engine.where, str(cause or "").partition("http")[0])
        if kind is UsageError:
            return UsageError(
                f"'{self.engine.where}' is not the address of a model server",
                why=why,
                hint="write host:port in OLLAMA_HOST or models.host, for example 127.0.0.1:11434",
            )
        return self._failed(why)

    def _explain_answer(self, status: int, text: str, model: str) -> KbError:
        if status == 404:
            return ModelMissing(
                f"the model {model} is not there",
                why=f"{self.engine.name} at {self.engine.where} does not have it",
                hint=self.engine.get.format(model),
            )
        if _TOO_LONG.search(text):
            return InputTooLong(
                "the text is longer than the model's context",
                why=text,
                hint="make chunk.tokens smaller, or answer.num_ctx larger",
            )
        if "permission denied" in text:
            return ModelError(
                f"the model server may not read its models ({model or 'its store'})",
                why=text,
                hint="give its store to the user it runs as, on its machine: sudo chown -R "
                "ollama:ollama /usr/share/ollama/.ollama (or the folder of OLLAMA_MODELS), then "
                "sudo systemctl restart ollama; kb doctor looks which file it is",
            )
        if status == _BUSY:
            return EngineFailed(
                f"the model server at {self.engine.where} is busy",
                why=text,
                hint="try again later, or raise models.busy_seconds, or OLLAMA_MAX_QUEUE on the "
                "server",
            )
        if "does not support" in text or "not supported" in text:
            return ModelError(
                f"the model {model} cannot be used for this",
                why=text,
                hint="name another one in models.embedding or models.chat",
            )
        return self._failed(f"{text} (status {status})" if status > 0 else text)

    def _failed(self, why: str) -> EngineFailed:
        return EngineFailed(
            f"{self.engine.name} broke off while it worked",
            why=why,
            hint="run the command again; what was committed stays. See the server's log "
            "(journalctl -u ollama), it may be short of memory",
        )


def unreachable(where: str, why: str) -> ServerUnreachable:
    return ServerUnreachable(
        f"no model server answers at {where}",
        why=why or "the connection was refused",
        hint="start it with: ollama serve; or correct OLLAMA_HOST or models.host; or run without "
        'a server: models.engine = "embedded"',
    )


def _chunk(response: ollama.ChatResponse) -> Chunk:
    result = ChatResult(
        done_reason=response.done_reason or "stop",
        prompt_tokens=response.prompt_eval_count or 0,
        answer_tokens=response.eval_count or 0,
        load_seconds=(response.load_duration or 0) / 1e9,
        prompt_seconds=(response.prompt_eval_duration or 0) / 1e9,
        answer_seconds=(response.eval_duration or 0) / 1e9,
    )
    return Chunk(
        content=response.message.content or "",
        thinking=response.message.thinking or "",
        result=result if response.done else None,
        progress=None if response.done else from_words(response.done_reason or ""),
        logprobs=tuple(
            # Two tokens may read the same; the likelier one, which comes first, counts.
            {one.token: one.logprob for one in reversed(place.top_logprobs or (place,))}
            for place in response.logprobs or ()
        ),
    )
