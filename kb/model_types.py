"""What is known of a model, and of what it says within bounds: frozen, slotted dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.types import ChatResult


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as its engine describes it. `digest` is the sha256 of the weights, 64 hex digits.

    `dimension` is the length of its embeddings; `context_length` counts tokens. `continues`: where
    a conversation ends with words of the assistant, the model goes on from them.
    """

    name: str
    digest: str
    dimension: int
    context_length: int
    capabilities: frozenset[str]
    engine: str
    continues: bool = False


@dataclass(frozen=True, slots=True)
class FirstToken:
    """How a model would begin its answer: the token that it chose, and by token the likeliest
    ones' log-probabilities in nats (0 or less), none where the engine does not tell."""

    text: str
    logprobs: Mapping[str, float]
    result: ChatResult


@dataclass(frozen=True, slots=True)
class Form:
    """What a model is to fill in: for each field the values that it may have, two or more."""

    fields: Mapping[str, Sequence[str]]

    def schema(self) -> dict[str, object]:
        """The form as a JSON schema: an object with every field and no other."""
        fields = {name: {"type": "string", "enum": [*of]} for name, of in self.fields.items()}
        return {
            "type": "object",
            "properties": fields,
            "required": [*fields],
            "additionalProperties": False,
        }

    def read(self, text: str) -> Mapping[str, str]:
        """What a text fills in; nothing where it is no JSON, or not of this form. What stands
        around the object is passed over: a model that is not held to it fences it."""
        try:
            found = json.loads(text[text.index("{") : text.rindex("}") + 1])
        except ValueError:
            return {}
        if not isinstance(found, dict) or {*found} != {*self.fields}:
            return {}
        fits = all(found[name] in values for name, values in self.fields.items())
        return found if fits else {}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as a model filled it in; no values where what it said is none of the form."""

    values: Mapping[str, str]
    result: ChatResult
