"""Rerankers: kb.ports.Reranker over a server that offers `POST /rerank`, or llama.cpp in here.

The request is the one that llama.cpp's server, Jina, vLLM and others share:

    {"model", "query", "documents"} → {"results": [{"index", "relevance_score"}, …]}

(https://github.com/ggml-org/llama.cpp, tools/server/README.md). Ollama has no such endpoint.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import EngineFailed, InputTooLong, ModelError, ModelMissing
from kb.models.engine.gguf import read_header
from kb.models.engine.store import ModelStore, ollama_stores
from kb.models.ollama.hosts import normalise_host
from kb.models.ollama.wire import post

if TYPE_CHECKING:
    from kb.models.engine.llama import Llama

_SECONDS = 120.0
_NUM_CTX = 2048
_TOO_LONG = re.compile(r"too large to process|exceeds?.{0,40}context|too long", re.IGNORECASE)


class ServerReranker:
    """A reranker on a server. `host` is as in `models.rerank_host`, with a path if need be."""

    def __init__(self, host: str, name: str, seconds: float = _SECONDS, key: str = "") -> None:
        """`seconds`: after which a silent server is given up; `key`: what it is sent in
        `Authorization`. Raises UsageError: it is not an address."""
        self._key = key
        self._url = f"{normalise_host(host)}/rerank"
        self._name = name
        self._seconds = seconds

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """See kb.ports.Reranker."""
        if not texts:
            return []
        body = {"model": self._name, "query": question, "documents": [*texts]}
        status, answer = post(self._url, body, self._seconds, self._key)
        if status != 200:
            raise self._refused(status, answer)
        try:
            return _scores(answer, len(texts))
        except (KeyError, TypeError, ValueError) as error:
            raise EngineFailed(
                f"the server at {self._url} sent scores that cannot be right",
                why=str(error),
                hint=f"check that it serves the reranker {self._name}",
            ) from error

    def close(self) -> None: ...

    def _refused(self, status: int, answer: object) -> ModelError:
        why = f"it answers with status {status}: {_message(answer)}"
        if status == 404:
            return ModelMissing(
                f"the reranker {self._name} is not there",
                why=f"{self._url}: {why}",
                hint="check models.rerank and models.rerank_host; Ollama has no /rerank, "
                "llama-server --reranking has",
            )
        if _TOO_LONG.search(why):
            return _too_long(why)
        return EngineFailed(
            f"the server at {self._url} refused to rerank",
            why=why,
            hint='see the server\'s log; without reranking: models.rerank = ""',
        )


class EmbeddedReranker:
    """A reranker's GGUF file, run by llama.cpp in this process; loaded when it is first used."""

    def __init__(self, store: ModelStore, name: str) -> None:
        self._store = store
        self._name = name
        self._llama: Llama | None = None

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """See kb.ports.Reranker."""
        if not texts:
            return []
        if self._llama is None:
            self._llama = self._loaded()
        try:
            return self._llama.rank(question, texts)
        except InputTooLong as error:
            raise _too_long(error.why) from error

    def close(self) -> None:
        """Free the model's memory. Closing twice does no harm."""
        if self._llama is not None:
            self._llama.close()
            self._llama = None

    def _loaded(self) -> Llama:
        from kb.models.engine.llama import Llama, Loading

        stored = self._store.find(self._name)
        if stored is None:
            raise ModelMissing(
                f"the reranker {self._name} is not there",
                why=f"{self._store.folder} has no GGUF file of this name",
                hint=f"kb models add FILE.gguf --name {self._name}",
            )
        header = read_header(stored.weights)
        if not header.ranks:
            raise ModelError(
                f"the model {self._name} is not a reranker",
                why=f"{stored.weights.name} does not say that it scores a question and a text "
                "(pooling type RANK)",
                hint='name another one in models.rerank, for example bge-reranker-v2-m3, or ""',
            )
        num_ctx = min(_NUM_CTX, header.context_length or _NUM_CTX)
        return Llama(stored.weights, Loading(embedding=True, num_ctx=num_ctx, ranking=True))


def open_reranker(
    name: str, *, host: str, folder: Path, stores: Sequence[Path] | None = None, key: str = ""
) -> ServerReranker | EmbeddedReranker | None:
    """The reranker that is configured, None where none is. Nothing is asked or loaded yet.

    Args:
        name: `models.rerank`; empty for none.
        host: `models.rerank_host`; empty for llama.cpp in this process.
        folder, stores: where GGUF files lie, see kb/models/engine/store.py.
        key: what the server is sent in `Authorization`; empty for nothing.

    Raises:
        UsageError: `host` is not an address.
    """
    if not name:
        return None
    if host:
        return ServerReranker(host, name, key=key)
    return EmbeddedReranker(ModelStore(folder, ollama_stores() if stores is None else stores), name)


def _scores(answer: object, count: int) -> list[float]:
    """The scores in the order of the texts. Raises KeyError, TypeError or ValueError."""
    if not isinstance(answer, dict):
        raise TypeError("the answer is no JSON object")
    found = {int(row["index"]): float(row["relevance_score"]) for row in answer["results"]}
    if sorted(found) != list(range(count)) or len(answer["results"]) != count:
        raise ValueError(f"{len(answer['results'])} scores for {count} texts")
    if not all(map(math.isfinite, found.values())):
        raise ValueError("a score is no number")
    return [found[place] for place in range(count)]


def _message(answer: object) -> str:
    """What a server says of its refusal, in whatever shape."""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    message = error.get("message", error) if isinstance(error, dict) else error
    return str(message or "without a reason")[:200]


def _too_long(why: str) -> InputTooLong:
    return InputTooLong(
        "a passage is too long for the reranker",
        why=why,
        hint='make chunk.tokens smaller, or name a reranker with a longer context, or ""',
    )
