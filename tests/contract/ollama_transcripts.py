"""The recorded answers of a real Ollama server, and a transport that replays them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

_SHORTENED = re.compile(r"… (\d+) (numbers|vectors|texts|tensors)")
_EXACT = "a " * 509
"""`embed-exact-limit`: its note of [text, times] rounds down what was sent."""


@dataclass(frozen=True)
class Transcript:
    """One request and what the server answered. `request` is None where there was no JSON."""

    name: str
    method: str
    path: str
    request: Mapping[str, Any] | None
    raw: bytes
    status: int
    content_type: str
    lines: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """The answer as sent, with what was shortened filled up again by zeros."""
        if self.lines[0].startswith("… "):
            vectors = int(_SHORTENED.match(self.lines[0])[1])  # type: ignore[index]
            figures = {"total_duration": 1, "load_duration": 1, "prompt_eval_count": 1}
            embeddings = [[1.0] + [0.0] * 383] * vectors
            lines = [json.dumps({"model": "m", "embeddings": embeddings, **figures})]
        elif self.content_type.startswith("text/"):
            lines = list(self.lines)
        else:
            lines = [json.dumps(_filled(json.loads(line))) for line in self.lines]
        return "\n".join(lines).encode()

    @property
    def streamed(self) -> bool:
        return self.content_type == "application/x-ndjson"

    @property
    def documents(self) -> list[Any]:
        """The lines as JSON."""
        return [json.loads(line) for line in self.body.decode().splitlines()]


def read(folder: Path) -> dict[str, Transcript]:
    """Every transcript, by name, in the order of the recording."""
    found = {}
    for line in (folder / "transcripts.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        request = _request(entry)
        raw = json.dumps(request).encode() if request else entry.get("request_raw", "").encode()
        found[entry["name"]] = Transcript(
            name=entry["name"],
            method=entry["method"],
            path=entry["path"],
            request=request,
            raw=raw,
            status=entry["status"],
            content_type=entry["content_type"],
            lines=tuple(entry["lines"]),
        )
    return found


def _request(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    if entry.get("request") is None:
        return None
    request = dict(entry["request"])
    if made_of := request.pop("input_made_of", None):
        text, times = made_of
        request["input"] = _EXACT if entry["name"] == "embed-exact-limit" else text * times
    given = request.get("input")
    if isinstance(given, list) and given and (match := _SHORTENED.match(given[0])):
        request["input"] = [f"passage: {n}" for n in range(int(match[1]))]
    return request


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(part) for key, part in value.items()}
    if not isinstance(value, list):
        return value
    if value and isinstance(value[-1], str) and (match := _SHORTENED.match(value[-1])):
        kept = value[:-1]
        return kept + [0.0] * (int(match[1]) - len(kept)) if match[2] == "numbers" else kept
    return [_filled(part) for part in value]


@dataclass
class ReplayTransport(httpx.BaseTransport):
    """Answers each path with the transcripts given for it, in turn, the last one for ever.

    `requests` keeps the JSON of what was asked, by path.
    """

    answers: Mapping[str, Sequence[Transcript]]
    requests: dict[str, list[Any]] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        asked = self.requests.setdefault(path, [])
        asked.append(json.loads(request.read() or b"null"))
        given = self.answers[path]
        transcript = given[min(len(asked), len(given)) - 1]
        headers = {"Content-Type": transcript.content_type}
        return httpx.Response(transcript.status, headers=headers, content=transcript.body)


def shape(value: Any) -> Any:
    """Keys and kinds, recursively; a list is as its first entry. Two answers of one shape can be
    read by the same client."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__
