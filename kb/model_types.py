"""What is known of a model, and of how it would begin an answer: frozen, slotted dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.types import ChatResult


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as its engine describes it. `digest` is the sha256 of the weights, 64 hex digits.

    `dimension` is the length of its embeddings; `context_length` counts tokens.
    """

    name: str
    digest: str
    dimension: int
    context_length: int
    capabilities: frozenset[str]
    engine: str


@dataclass(frozen=True, slots=True)
class FirstToken:
    """How a model would begin its answer: the token that it chose, and by token the likeliest
    ones' log-probabilities in nats (0 or less), none where the engine does not tell."""

    text: str
    logprobs: Mapping[str, float]
    result: ChatResult
