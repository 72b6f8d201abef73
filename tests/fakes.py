"""Stand-ins for tests of what stands around an engine; the engines are tested for real."""

from __future__ import annotations

import hashlib
import math
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kb.errors import EngineFailed, InputTooLong
from kb.model_types import Filled, FirstToken, Form, ModelInfo
from kb.types import ChatPiece, ChatResult, Message, Progress, Vector


@dataclass
class FakeEmbedder:
    """Vectors made of a hash of the text: equal texts meet, all others are strangers.

    `too_long` and `crashes_on` name substrings of texts that it refuses; `calls` records the
    size of each batch it was given.
    """

    digest: str = "f" * 64
    dimension: int = 8
    too_long: str = ""
    crashes_on: str = ""
    dead_after: int = 1_000_000
    calls: list[int] = field(default_factory=list)

    def info(self) -> ModelInfo:
        return ModelInfo(
            name="fake",
            digest=self.digest,
            dimension=self.dimension,
            context_length=512,
            capabilities=frozenset({"embedding"}),
            engine="fake",
        )

    def load(self) -> None: ...

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        self.calls.append(len(texts))
        if len(self.calls) > self.dead_after:
            raise EngineFailed("the engine is gone", why="it was told to", hint="start it again")
        if self.too_long and any(self.too_long in text for text in texts):
            raise InputTooLong("too long", why="it was told so", hint="shorten it")
        if self.crashes_on and any(self.crashes_on in text for text in texts):
            raise EngineFailed("crashed", why="it was told to", hint="try again")
        return [self.vector(text) for text in texts]

    def embed_query(self, text: str) -> Vector:
        return self.vector(text)

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self.embed_query, texts)]

    def vector(self, text: str) -> Vector:
        digest = hashlib.sha256(text.encode()).digest()
        numbers = [digest[position % 32] - 127.5 for position in range(self.dimension)]
        length = math.sqrt(sum(number * number for number in numbers))
        return array("f", [number / length for number in numbers])

    @property
    def texts_seen(self) -> int:
        return sum(self.calls)


@dataclass
class FakeGenerator:
    """Says what it was told to say, piece by piece; `asked` keeps what it was asked with.

    `begins` are the log-probabilities of its first token: none, as of a server too old to tell.
    `concludes` are those where it is asked for yes or no; without them it says neither.
    """

    says: Sequence[ChatPiece] = ()
    prompt_tokens: int = 100
    done_reason: str = "stop"
    asked: list[Sequence[Message]] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    begins: Mapping[str, float] = field(default_factory=dict)
    asked_first: list[Sequence[Message]] = field(default_factory=list)
    concludes: Mapping[str, float] = field(default_factory=dict)
    fills: str = ""
    continues: bool = False
    asked_form: list[tuple[Sequence[Message], Form]] = field(default_factory=list)

    def info(self) -> ModelInfo:
        return ModelInfo(
            name="fake-chat",
            digest="c" * 64,
            dimension=0,
            context_length=4096,
            capabilities=frozenset({"completion", "thinking"}),
            engine="fake",
            continues=self.continues,
        )

    def chat(
        self,
        messages: Sequence[Message],
        *,
        num_ctx: int,
        max_tokens: int,
        think: bool,
        temperature: float,
        seed: int = 0,
    ) -> Iterator[ChatPiece | ChatResult]:
        self.asked.append(messages)
        self.options = {"num_ctx": num_ctx, "max_tokens": max_tokens, "think": think}
        yield from self.says
        yield ChatResult(self.done_reason, self.prompt_tokens, len(self.says), 0.0, 0.0, 0.0)

    def first_token(self, messages: Sequence[Message], *, num_ctx: int) -> Iterator[FirstToken]:
        self.asked_first.append(messages)
        concluding = re.search("one word: yes or no|是，还是否", messages[-1].content)
        begins = self.concludes if concluding else self.begins
        likeliest = max(begins, key=lambda token: begins[token], default="")
        result = ChatResult("length", self.prompt_tokens, 1, 0.0, 0.0, 0.0)
        yield FirstToken(likeliest, begins, result)

    def fill(
        self, messages: Sequence[Message], form: Form, *, num_ctx: int
    ) -> Iterator[Progress | Filled]:
        self.asked_form.append((messages, form))
        result = ChatResult("stop", self.prompt_tokens, 1, 0.0, 0.0, 0.0)
        yield Filled(form.read(self.fills), result)
