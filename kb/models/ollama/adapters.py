"""Embedder and Generator, the ports of kb.ports, over kb/models/ollama/calls.py.

Every call says what a server would otherwise decide silently: that nothing may be cut, how long
the context is, whether to think. Every answer is checked against what was asked for.
"""

from __future__ import annotations

import math
import re
import unicodedata
from array import array
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.errors import EngineFailed, InputTooLong, ModelError
from kb.model_types import Filled, FirstToken, Form, ModelInfo
from kb.models.ollama.calls import MOST_LOGPROBS, Client
from kb.models.profiles import EMBEDDING_NUM_CTX, Instructions, Profile, profile_for
from kb.models.reading import LOADING
from kb.models.surrogates import clean
from kb.models.thinking import ThinkSplitter
from kb.types import ChatPiece, ChatResult, Message, Progress, Vector

_FORM_TOKENS = 128
"""Of a form that is filled in: names, quotes and values."""
_MARKER = re.compile(r"[\[［【]\s*[\d,，、\s]*[\]］】]?")


class _Model:
    """A model by its name, and what its engine says of it, asked for once."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self.profile: Profile = profile_for(name)
        self._client = client
        self._info: ModelInfo | None = None

    def info(self) -> ModelInfo:
        """Which model answers.

        Raises:
            ModelMissing, ServerUnreachable, EngineFailed.
            ModelError: the engine does not say what its weights are.
        """
        if self._info is None:
            self._info, architecture = self._client.show(self.name)
            self.profile = profile_for(self.name, architecture)
        return self._info

    def _require(self, capability: str) -> ModelInfo:
        """Raises ModelError where the engine lists capabilities and this one is not there."""
        info = self.info()
        if info.capabilities and capability not in info.capabilities:
            key = "embedding" if capability == "embedding" else "chat"
            raise ModelError(
                f"the model {self.name} is not made for {capability}",
                why=f"it is made for {', '.join(sorted(info.capabilities))}",
                hint=f"name another one in models.{key}",
            )
        return info


class ModelEmbedder(_Model):
    """kb.ports.Embedder. `info().context_length` is what a text may have, prefix included."""

    def info(self) -> ModelInfo:
        info = super().info()
        limit = min(info.context_length or EMBEDDING_NUM_CTX, EMBEDDING_NUM_CTX)
        return replace(info, context_length=limit)

    def load(self) -> None:
        """A call without a text: the engine loads the model and answers with no vector."""
        info = self._require("embedding")
        self._client.embed(self.name, [], num_ctx=info.context_length)

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        """See kb.ports.Embedder. One call to the engine, whatever the number of texts."""
        return self._embed(texts, query=False)

    def embed_query(self, text: str) -> Vector:
        return self._embed([text], query=True)[0]

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return self._embed(texts, query=True)

    def _embed(self, texts: Sequence[str], *, query: bool) -> list[Vector]:
        if not texts:
            return []
        info = self._require("embedding")
        inputs = [self._input(text, query=query) for text in texts]
        found = self._client.embed(self.name, inputs, num_ctx=info.context_length)
        vectors = [_unit(numbers) for numbers in found]
        if len(vectors) != len(inputs):
            raise self._wrong(f"{len(vectors)} vectors for {len(inputs)} texts")
        strange = next((len(it) for it in vectors if len(it) != info.dimension), info.dimension)
        if strange != info.dimension:
            raise self._wrong(f"a vector of {strange} numbers from a model of {info.dimension}")
        return vectors

    def _input(self, text: str, *, query: bool) -> str:
        if not text.strip():
            raise EngineFailed(
                "an empty text cannot be embedded",
                why="a server answers it with no vector, or with a meaningless one",
                hint="leave the text out",
            )
        prefix = self.profile.query_prefix if query else self.profile.passage_prefix
        whole = clean(text)
        return prefix + (unicodedata.normalize("NFKC", whole) if self.profile.nfkc else whole)

    def _wrong(self, why: str) -> EngineFailed:
        return EngineFailed(
            f"{self._client.engine} sent vectors that cannot be right",
            why=why,
            hint="check the server, and that models.embedding names an embedding model",
        )


class ModelGenerator(_Model):
    """kb.ports.Generator."""

    def chat(
        self,
        messages: Sequence[Message],
        *,
        num_ctx: int,
        max_tokens: int,
        think: bool,
        temperature: float,
        seed: int = 0,
    ) -> Iterator[Progress | ChatPiece | ChatResult]:
        """See kb.ports.Generator.

        A model that thought and then said nothing, or nothing but a marker ("[1]"), is asked once
        more, without thinking; the result adds both up. A server too old to refuse a prompt that is
        too long cuts it: that is found out at the end, and raised as InputTooLong then.
        """
        info = self._require("completion")
        can_think = "thinking" in info.capabilities
        options = {
            "num_ctx": min(num_ctx, info.context_length or num_ctx),
            "num_predict": max_tokens,
            "temperature": temperature,
            "seed": seed,
            # Ollama's default of 1.1 punishes what an answer is made of: words of the passages.
            "repeat_penalty": 1.0,
        }
        prompt = self._prompt(messages)
        thinks = can_think and think
        yield from self._loading()
        first = yield from self._answer(prompt, options, think if can_think else None, held=thinks)
        if first.has_words or not (first.thought and thinks):
            if first.held:
                yield ChatPiece(content=first.held)
            yield first.result
            return
        second = yield from self._answer(prompt, options, False)
        yield _sum(first.result, second.result)

    def first_token(
        self, messages: Sequence[Message], *, num_ctx: int
    ) -> Iterator[Progress | FirstToken]:
        """See kb.ports.Generator. A model that can think is told not to."""
        info = self._require("completion")
        options: dict[str, float] = {
            "num_ctx": min(num_ctx, info.context_length or num_ctx),
            "num_predict": 1,
            "temperature": 0.0,
            "repeat_penalty": 1.0,
            # What an engine cuts off before it draws a token would have no probability.
            "top_k": 0,
            "top_p": 1.0,
            "min_p": 0.0,
        }
        think = False if "thinking" in info.capabilities else None
        text = ""
        logprobs: Mapping[str, float] = {}
        result: ChatResult | None = None
        yield from self._loading()
        for chunk in self._client.chat(
            self.name, self._prompt(messages), options, think, top_logprobs=MOST_LOGPROBS
        ):
            if chunk.progress:
                yield chunk.progress
            text += chunk.content
            logprobs = logprobs or next(iter(chunk.logprobs), {})
            result = chunk.result or result
        yield FirstToken(text, logprobs, self._whole(result, options["num_ctx"]))

    def fill(
        self, messages: Sequence[Message], form: Form, *, num_ctx: int
    ) -> Iterator[Progress | Filled]:
        """See kb.ports.Generator. A model that can think is told not to."""
        info = self._require("completion")
        options: dict[str, float] = {
            "num_ctx": min(num_ctx, info.context_length or num_ctx),
            "num_predict": _FORM_TOKENS,
            "temperature": 0.0,
            "repeat_penalty": 1.0,
        }
        think = False if "thinking" in info.capabilities else None
        prompt, text = self._prompt(messages), ""
        result: ChatResult | None = None
        for chunk in self._client.chat(self.name, prompt, options, think, schema=form.schema()):
            if chunk.progress:
                yield chunk.progress
            text += chunk.content
            result = chunk.result or result
        yield Filled(form.read(text), self._whole(result, options["num_ctx"]))

    def _loading(self) -> Iterator[Progress]:
        if self._client.will_load(self.name):
            yield LOADING

    def _prompt(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        """The messages, with the instructions where this model wants them."""
        found = [{"role": it.role, "content": clean(it.content)} for it in messages]
        if self.profile.instructions is Instructions.SYSTEM:
            return found
        rules = "\n\n".join(it["content"] for it in found if it["role"] == "system")
        rest = [it for it in found if it["role"] != "system"]
        if rules:
            at = next((i for i, it in enumerate(rest) if it["role"] == "user"), None)
            if at is None:
                return [{"role": "user", "content": rules}, *rest]
            rest[at] = {"role": "user", "content": f"{rules}\n\n{rest[at]['content']}"}
        return rest

    def _answer(
        self,
        prompt: list[dict[str, str]],
        options: Mapping[str, float],
        think: bool | None,
        *,
        held: bool = False,
    ) -> Generator[Progress | ChatPiece, None, _End]:
        """Stream one answer; how it ended is the generator's return value. `held`: what may be no
        more than a marker is kept back until there is more."""
        # Without the capability the server leaves thoughts in the text, at worst untagged at first.
        splitter = ThinkSplitter(may_open_silently=self.profile.thinks and think is None)
        has_words, thought, content = not held, False, ""
        result: ChatResult | None = None
        for chunk in self._client.chat(self.name, prompt, options, think):
            if chunk.progress:
                yield chunk.progress
            pieces = [ChatPiece(thinking=chunk.thinking), *splitter.feed(chunk.content)]
            pieces += splitter.end() if chunk.result else []
            for piece in pieces:
                thought |= bool(piece.thinking)
                content += piece.content if not has_words else ""
                if not has_words and _has_words(content):
                    has_words, piece = True, replace(piece, content=content)
                elif not has_words:
                    piece = replace(piece, content="")
                if piece.thinking or piece.content:
                    yield piece
            result = chunk.result or result
        whole = self._whole(result, options["num_ctx"])
        return _End(has_words, thought, "" if has_words else content, whole)

    def _whole(self, result: ChatResult | None, num_ctx: float) -> ChatResult:
        """The end of an answer that has one, to a prompt of which nothing was cut.

        Raises:
            EngineFailed: there is none.
            InputTooLong: the prompt fills the context, tokens.
        """
        if result is None:
            raise EngineFailed(
                f"{self._client.engine} broke off in the middle of an answer",
                why="the stream ended without its last line",
                hint="ask again; see the server's log if it happens twice",
            )
        if result.prompt_tokens >= num_ctx:
            raise InputTooLong(
                "the prompt was cut to the model's context",
                why=f"it fills num_ctx, {num_ctx:.0f} tokens, and the server did not refuse",
                hint="raise answer.num_ctx, lower retrieval.top_k, or bring Ollama up to date",
            )
        return result


@dataclass(frozen=True, slots=True)
class _End:
    """How an answer ended: whether it has words, whether it thought, what was kept back, and its
    figures."""

    has_words: bool
    thought: bool
    held: str
    result: ChatResult


def _has_words(content: str) -> bool:
    """Whether there is a word beside the markers of passages, whole or begun."""
    return re.search(r"\w", _MARKER.sub("", content)) is not None


def _unit(numbers: Sequence[float]) -> Vector:
    """The vector of length 1 in the same direction; one without a direction is left as it is."""
    norm = math.sqrt(sum(number * number for number in numbers))
    return array("f", [number / norm for number in numbers] if norm else numbers)


def _sum(first: ChatResult, second: ChatResult) -> ChatResult:
    """Two answers to one question: the later one's end, both ones' tokens and time."""
    return ChatResult(
        done_reason=second.done_reason,
        prompt_tokens=second.prompt_tokens,
        answer_tokens=first.answer_tokens + second.answer_tokens,
        load_seconds=first.load_seconds + second.load_seconds,
        prompt_seconds=first.prompt_seconds + second.prompt_seconds,
        answer_seconds=first.answer_seconds + second.answer_seconds,
    )
