"""Requests to the embedded engine, checked as an Ollama server checks them, in its words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from kb.models.surrogates import clean

_THINK_LEVELS = ("high", "medium", "low")
_THINK_HELP = '(must be "high", "medium", "low", true, or false)'

MOST_LOGPROBS = 20
_INTEGERS = frozenset(
    [
        "num_keep",
        "seed",
        "num_predict",
        "top_k",
        "repeat_last_n",
        "num_ctx",
        "num_batch",
        "num_gpu",
        "main_gpu",
        "num_thread",
        "draft_num_predict",
    ]
)
_FLOATS = frozenset(
    [
        "top_p",
        "min_p",
        "typical_p",
        "temperature",
        "repeat_penalty",
        "presence_penalty",
        "frequency_penalty",
    ]
)
DEFAULTS: Mapping[str, object] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.9,
    "min_p": 0.0,
    "repeat_penalty": 1.1,
    "repeat_last_n": 64,
}
"""Ollama's own defaults where they differ from llama.cpp's."""


class Rejected(Exception):
    """A request that is answered with an error. `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Body:
    """A request's JSON object, read key by key."""

    values: Mapping[str, object]

    @classmethod
    def parse(cls, raw: bytes) -> Body:
        """Raises Rejected where it is no JSON object."""
        if not raw.strip():
            raise Rejected(400, "missing request body")
        text = raw.decode("utf-8", "replace")
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            cut = error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip())
            at = text[error.pos : error.pos + 1]
            raise Rejected(
                400, "unexpected EOF" if cut else f"invalid character '{at}' in the request"
            ) from error
        if not isinstance(values, dict):
            raise Rejected(400, "json: the request is not an object")
        return cls(values)

    @property
    def model(self) -> str:
        name = self.values.get("model") or self.values.get("name")
        if not isinstance(name, str) or not name:
            raise Rejected(400, "model is required")
        return name

    @property
    def unloads(self) -> bool:
        """Whether the model is to go once the request is answered."""
        return self.values.get("keep_alive") in (0, "0", "0s", "0m", "0h")

    @property
    def truncates(self) -> bool:
        """Whether a text that is too long is cut. Ollama's default is that it is."""
        return self.values.get("truncate") is not False

    def options(self, defaults: Mapping[str, object]) -> Options:
        """The options over a model's defaults. Unknown ones are passed over; see Options."""
        given = self.values.get("options")
        if given is not None and not isinstance(given, dict):
            raise Rejected(400, "json: the options are not an object")
        options = {**DEFAULTS, **defaults, **(given or {})}
        for name, value in options.items():
            _check_option(name, value)
        return Options(options)

    def think(self) -> bool | str | None:
        """What was asked for of thinking; None where nothing was."""
        value = self.values.get("think")
        if value is None or isinstance(value, bool) or value in _THINK_LEVELS:
            return value
        raise Rejected(400, f"invalid think value: {json.dumps(value)} {_THINK_HELP}")

    def top_logprobs(self) -> int | None:
        """Of how many tokens in each place it is wanted how likely they were; None where
        `logprobs` are not asked for."""
        value = self.values.get("top_logprobs") or 0
        if not isinstance(value, int):
            raise Rejected(400, "json: top_logprobs is not an integer")
        if not 0 <= value <= MOST_LOGPROBS:
            raise Rejected(400, f"top_logprobs must be between 0 and {MOST_LOGPROBS}")
        return value if self.values.get("logprobs") is True else None

    def texts(self) -> list[str]:
        """The texts to embed. A lone empty text is none, one within a list is one."""
        value = self.values.get("input")
        if value is None or value == "":
            return []
        if isinstance(value, str):
            return [clean(value)]
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return [clean(text) for text in value]
        raise Rejected(400, "invalid input type")

    def messages(self) -> list[dict[str, str]]:
        """The conversation. A role that no template knows counts as the user's."""
        found = self.values.get("messages") or []
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise Rejected(400, "json: the messages are not a list of objects")
        return [
            {
                "role": role if (role := entry.get("role")) in ("system", "assistant") else "user",
                "content": clean(str(entry.get("content") or "")),
            }
            for entry in found
        ]

    def response_format(self) -> dict[str, object] | None:
        """`format` in llama.cpp's words."""
        wanted = self.values.get("format")
        if not wanted:
            return None
        if wanted == "json":
            return {"type": "json_object"}
        if isinstance(wanted, dict):
            return {"type": "json_schema", "json_schema": {"schema": wanted}}
        raise Rejected(400, f'invalid format: {json.dumps(wanted)}; expected "json" or a schema')


@dataclass(frozen=True, slots=True)
class Options:
    """Checked options."""

    values: Mapping[str, object]

    def integer(self, name: str, default: int) -> int:
        value = self.values.get(name)
        return int(value) if isinstance(value, int | float) else default

    def sampling(self) -> dict[str, object]:
        """In llama.cpp's words."""
        names = (
            "temperature",
            "top_k",
            "top_p",
            "min_p",
            "typical_p",
            "repeat_penalty",
            "repeat_last_n",
            "presence_penalty",
            "frequency_penalty",
            "stop",
        )
        found = {name: self.values[name] for name in names if name in self.values}
        seed, limit = self.integer("seed", -1), self.integer("num_predict", -1)
        if seed >= 0:
            found["seed"] = seed
        if limit > 0:
            found["max_tokens"] = limit
        return found


def _check_option(name: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _INTEGERS and not number:
        raise Rejected(500, f'option "{name}" must be of type integer')
    if name in _FLOATS and not number:
        raise Rejected(500, f'option "{name}" must be of type float32')
    if name == "stop" and not isinstance(value, list):
        raise Rejected(500, 'option "stop" must be of type array')
    if name == "stop" and not all(isinstance(word, str) for word in value):  # type: ignore[attr-defined]
        raise Rejected(500, 'option "stop" must be of an array of strings')
