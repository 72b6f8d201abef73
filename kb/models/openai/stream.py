"""A streamed chat completion (server-sent events) as the lines of Ollama's /api/chat."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kb.models.reading import reading, words


class PromptTooLong(Exception):
    """The server says how long the prompt is, and it does not fit `num_ctx`."""


@dataclass(slots=True)
class _End:
    reason: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, Any] = field(default_factory=dict)


def lines(events: Iterable[str], model: str, num_ctx: int) -> Generator[dict[str, Any], None, None]:
    """Ollama's lines, the last with `done`; none of them is last where the stream broke off.

    Args:
        events: the lines of the response.
        num_ctx: tokens that prompt and answer may take together.

    Raises:
        PromptTooLong: before the first line, where the server tells a prompt's length as it reads
            it (llama.cpp's `return_progress`). Elsewhere the last line's count shows it.
    """
    started, first, end = time.monotonic(), 0.0, _End()
    for event in _objects(events):
        if "error" in event:
            yield {"error": message_of(event)}
            return
        read = event.get("prompt_progress") or {}
        if int(read.get("total", 0)) >= num_ctx:
            raise PromptTooLong
        if read:
            yield _waiting(model, int(read.get("processed", 0)), int(read.get("total", 0)))
        end.usage = event.get("usage") or end.usage
        end.timings = event.get("timings") or end.timings
        for choice in event.get("choices") or ():
            end.reason = choice.get("finish_reason") or end.reason
            if line := _line(choice, model):
                first = first or time.monotonic()
                yield line
    if end.reason:
        yield _last(end, model, (first or time.monotonic()) - started, time.monotonic() - started)


def message_of(body: object) -> str:
    """An error's words: OpenAI's shape, or whatever else a server sends."""
    error = body.get("error", body) if isinstance(body, dict) else body
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


def _objects(events: Iterable[str]) -> Generator[dict[str, Any], None, None]:
    for event in events:
        kind, _, data = event.partition(":")
        if data.strip() == "[DONE]":
            return
        if kind in ("data", "error") and isinstance(found := json.loads(data), dict):
            yield found if kind == "data" else {"error": found}


def _waiting(model: str, done: int, total: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": ""}
    told = words(reading(done, total))
    return {"model": model, "message": message, "done": False, "done_reason": told}


def _line(choice: Mapping[str, Any], model: str) -> dict[str, Any] | None:
    delta = choice.get("delta") or {}
    content = delta.get("content") or ""
    # llama.cpp and older vLLM have the first name, newer vLLM the second.
    thinking = delta.get("reasoning_content") or delta.get("reasoning") or ""
    logprobs = (choice.get("logprobs") or {}).get("content") or []
    if not (content or thinking or logprobs):
        return None
    message = {"role": "assistant", "content": content, "thinking": thinking}
    told = {"logprobs": [_place(one) for one in logprobs]} if logprobs else {}
    return {"model": model, "message": message, "done": False, **told}


def _place(token: Mapping[str, Any]) -> dict[str, Any]:
    others = [
        {"token": one["token"], "logprob": one["logprob"]}
        for one in token.get("top_logprobs") or ()
    ]
    return {"token": token["token"], "logprob": token["logprob"], "top_logprobs": others}


def _last(end: _End, model: str, to_first: float, total: float) -> dict[str, Any]:
    """Its times are the server's where it tells them, else as they were measured here."""
    prompt = float(end.timings.get("prompt_ms", to_first * 1e3))
    answer = float(end.timings.get("predicted_ms", max(total - to_first, 1e-3) * 1e3))
    return {
        "model": model,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "length" if end.reason == "length" else "stop",
        "prompt_eval_count": int(end.usage.get("prompt_tokens", 0)),
        "eval_count": int(end.usage.get("completion_tokens", 0)),
        "prompt_eval_duration": int(prompt * 1e6),
        "eval_duration": int(answer * 1e6),
        "total_duration": int(total * 1e9),
    }
