"""One model in llama.cpp, in this process. The only importer of xllamacpp.

xllamacpp wraps llama.cpp's own server and insists on a listener beside the calls made here. On a
TCP port any user of the machine could reach the model through it, and through the model the
question's passages. A host that ends in `.sock` makes it a Unix socket instead; it lies in a
folder that only this user may enter, and its name is removed as soon as the model is loaded,
after which nobody can connect to it.

Loading holds Python's interpreter lock (xllamacpp 2026.10): other threads stand still for it.
"""

from __future__ import annotations

import logging
import os
import queue
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Read once, when the library is loaded. llama.cpp's threads wait for each other by spinning; with
# one other busy program on two cores that was measured at 34 tokens/s instead of 1,900. After
# 2,000 turns they sleep: 650 tokens/s then, and no loss when the machine is quiet.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

import xllamacpp

from kb.errors import EngineFailed, InputTooLong, Interrupted, ModelError
from kb.models.reading import TOO_LONG
from kb.text.tokens import estimate_tokens

log = logging.getLogger(__name__)

_SILENT = -1
_CHATTY = 3
_MICRO_BATCH = 512
_PROMPT_BATCH = 128  # tokens; between two batches Ctrl-C is heard, and they cost no time
_TEXTS_A_CALL = 32  # between two calls Ctrl-C is heard
_TOKENS_A_CALL = 256
"""Estimated, of the texts that are embedded in one call. For each token of the largest batch yet,
llama.cpp keeps room for a logit of each word of the vocabulary, also where it only embeds: of
250,000 words 1 MB a token. A full batch of 512 tokens took 440 MB (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is loaded. `num_ctx` counts tokens, of one text or one conversation.

    `ranking`: a score instead of a vector, for a question and a text (with `embedding`)."""

    embedding: bool
    num_ctx: int
    pooled: bool = True
    slots: int = 1
    ranking: bool = False


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors in the order of the texts, and what was read for them."""

    vectors: list[list[float]]
    tokens: int


Tokens = list[dict[str, object]]
"""For each token `token`, `logprob` (nats), `bytes` (UTF-8), and `top_logprobs`, the likeliest
ones in its place."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of an answer; `logprobs` of its tokens where they were asked for."""

    text: str
    logprobs: Tokens = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Read:
    """How much of the prompt has been read, in tokens."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Generated:
    """The end of an answer. `reason` is `stop` or `length`; durations in seconds."""

    reason: str
    prompt_tokens: int
    answer_tokens: int
    prompt_seconds: float
    answer_seconds: float


def devices() -> list[str]:
    """What llama.cpp can compute on here, in its own words: `CPU (AMD EPYC)`."""
    return [f"{one['name']} ({one['description']})" for one in xllamacpp.get_device_info()]


class Llama:
    """A loaded model. One call at a time; `close` frees it."""

    def __init__(self, path: Path, loading: Loading) -> None:
        self.loading = loading
        self.load_seconds = 0.0
        start = time.monotonic()
        self._halted = threading.Event()
        self._server = _load(path, loading)
        self.load_seconds = time.monotonic() - start
        log.debug("loaded %s in %.2f s: %s", path.name, self.load_seconds, loading)

    def close(self) -> None:
        """Free the model's memory. Closing twice does no harm."""
        self._server = None

    def embed(self, texts: Sequence[str]) -> Embedded:
        """One vector a text, of length 1.

        Raises:
            InputTooLong: a text has more tokens than the context.
            EngineFailed: llama.cpp refused for another reason.
        """
        vectors: list[list[float]] = []
        tokens = 0
        for some in _calls(texts):
            body = {"input": some, "embd_normalize": 2}
            answer = _called(self._server.handle_embeddings, body)
            if "error" in answer:
                raise _failure(answer["error"])
            rows = sorted(answer["data"], key=lambda row: int(row["index"]))
            vectors += [row["embedding"] for row in rows]
            tokens += int(answer["usage"]["prompt_tokens"])
        return Embedded(vectors, tokens)

    def rank(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, by a model loaded with `ranking`.

        Raises:
            InputTooLong: a text with the question has more tokens than the context.
            EngineFailed: llama.cpp refused for another reason.
        """
        scores: list[float] = []
        for start in range(0, len(texts), _TEXTS_A_CALL):
            body = {"query": question, "documents": list(texts[start : start + _TEXTS_A_CALL])}
            answer = _called(self._server.handle_rerank, body)
            if "error" in answer:
                raise _failure(answer["error"])
            rows = sorted(answer["results"], key=lambda row: int(row["index"]))
            scores += [float(row["relevance_score"]) for row in rows]
        return scores

    def chat(self, body: Mapping[str, object]) -> Iterator[Read | Spoken | Generated]:
        """Stream the answer to an OpenAI-style chat request: how far the prompt is read, pieces,
        then one Generated.

        llama.cpp works in a thread of its own, so that Ctrl-C is heard at any time; closing the
        iterator stops it at the next token, or after the next batch of the prompt.

        Raises:
            InputTooLong: the prompt does not fit the context; nothing was generated.
            EngineFailed: llama.cpp refused or broke off.
            Interrupted: it was halted.
        """
        pieces: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
        stopped = self._halted = threading.Event()

        def on_piece(piece: dict[str, Any]) -> bool:
            pieces.put(piece)
            return stopped.is_set()

        def work() -> None:
            # With progress, on_piece is also called while the prompt is being read.
            request = {
                **body,
                "stream": True,
                "stream_options": {"include_usage": True},
                "return_progress": True,
            }
            try:
                _called(self._server.handle_chat_completions, request, on_piece)
                pieces.put(None)
            except Exception as error:
                pieces.put(error)

        worker = threading.Thread(target=work, name="llama-chat", daemon=True)
        worker.start()
        try:
            yield from _read(pieces)
        except EngineFailed as error:
            if stopped.is_set():
                raise Interrupted(
                    "the answer was broken off", why="it was halted", hint="ask again"
                ) from error
            raise
        finally:
            stopped.set()
            worker.join()

    def halt(self) -> None:
        """Break off the chat that is under way, from any thread: it raises Interrupted at the
        next token, or after the next batch of the prompt."""
        self._halted.set()


def _calls(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts that follow one another, as many in a call as it may have; a long one alone."""
    call: list[str] = []
    left = 0
    for text in texts:
        tokens = estimate_tokens(text)
        if call and (tokens > left or len(call) == _TEXTS_A_CALL):
            yield call
            call = []
        if not call:
            left = _TOKENS_A_CALL
        call.append(text)
        left -= tokens
    if call:
        yield call


def _read(
    pieces: queue.SimpleQueue[dict[str, Any] | Exception | None],
) -> Iterator[Read | Spoken | Generated]:
    reason, done = "stop", False
    while (piece := pieces.get()) is not None:
        if isinstance(piece, Exception):
            raise piece
        if "error" in piece:
            raise _failure(piece["error"])
        if read := piece.get("prompt_progress"):
            yield Read(int(read["processed"]), int(read["total"]))
        for choice in piece.get("choices", ()):
            reason = choice.get("finish_reason") or reason
            tokens = (choice.get("logprobs") or {}).get("content") or []
            text = choice["delta"].get("content") or ""
            if text or tokens:
                yield Spoken(text, tokens)
        if "usage" in piece:
            usage, timings = piece["usage"], piece["timings"]
            done = True
            yield Generated(
                reason="length" if reason == "length" else "stop",
                prompt_tokens=int(usage["prompt_tokens"]),
                answer_tokens=int(usage["completion_tokens"]),
                prompt_seconds=float(timings["prompt_ms"]) / 1000,
                answer_seconds=float(timings["predicted_ms"]) / 1000,
            )
    if not done:
        raise _failure({"message": "the answer broke off"})


def _load(path: Path, loading: Loading) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.embedding = loading.embedding
    params.n_parallel = loading.slots
    params.n_ctx = loading.num_ctx * loading.slots
    # Attention over a whole text at once: an embedding's micro-batch must hold its longest text.
    batch = max(_MICRO_BATCH, loading.num_ctx) if loading.embedding else _PROMPT_BATCH
    params.n_batch = params.n_ubatch = batch
    if loading.ranking:
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
    elif loading.embedding and not loading.pooled:
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_LAST
    # Thoughts stay in the text; kb/models/thinking.py splits them, for all engines alike.
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    # Repacked weights are private memory and half a second of loading for a chat model, and read
    # a prompt no faster; a small embedding model gains a tenth by them (docs/decisions).
    params.no_extra_bufts = not loading.embedding
    params.fit_params = False
    params.warmup = False
    params.cache_ram_mib = 0
    params.n_threads_http = 1
    params.offline = True
    params.endpoint_metrics = True
    params.verbosity = _CHATTY if log.isEnabledFor(logging.DEBUG) else _SILENT
    with tempfile.TemporaryDirectory(prefix="kb-") as private:
        params.hostnames = [str(Path(private) / "s.sock")]
        try:
            server = xllamacpp.Server(params)
            # An answer proves that llama.cpp's loop runs. A server that is freed before its loop
            # has begun is never told to stop, and freeing it waits for ever.
            server.handle_metrics()
            return server
        except RuntimeError as error:
            raise ModelError(
                f"llama.cpp cannot load {path.name}",
                why=f"{error} (too little memory, or an architecture it does not know)",
                hint="get the file again; kb -vv shows what llama.cpp says",
            ) from error


def _called(handler: Any, *arguments: object) -> Any:
    """Call into llama.cpp; what it throws (a C++ exception) is a failure of the engine."""
    try:
        return handler(*arguments)
    except (RuntimeError, ValueError) as error:
        raise _failure({"message": str(error)}) from error


def _failure(error: Mapping[str, object]) -> ModelError:
    message = str(error.get("message", error))
    if error.get("type") == "exceed_context_size_error" or "is too large to process" in message:
        return InputTooLong(TOO_LONG, why=message, hint="make the text shorter, or num_ctx larger")
    return EngineFailed("llama.cpp refused the request", why=message, hint="run again with -vv")
