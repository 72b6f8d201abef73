"""Ollama's endpoints, answered from servers of OpenAI's protocol: what kb.models.ollama asks for
goes to whichever of the servers lists the model.

https://platform.openai.com/docs/api-reference, and what llama.cpp's server, vLLM and LM Studio add
to it. Such a server does not tell the sha256 of its weights: a model's identity is made of its
name and of what the server lists of it (sizes, where it has them).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import httpx

from kb.errors import ServerUnreachable
from kb.http import trust
from kb.models.ollama.wire import block_redirect
from kb.models.openai.stream import PromptTooLong, lines, message_of
from kb.models.profiles import profile_for
from kb.models.reading import TOO_LONG

log = logging.getLogger(__name__)

_SECONDS = 600.0  # a long prompt is silent for minutes
_CONNECT_SECONDS = 5.0
_NOT_FITTING = re.compile(
    r"context|too (large|long)|maximum.{0,30}(length|tokens)|exceed", re.IGNORECASE
)
_CHAT = "/v1/chat/completions"
_NOT_TAKEN = (400, 422, 501)
"""How a server answers to what it does not know."""
_NO_ENTRY = (401, 403)
_KEY = "a key, or another one (models.api_key_file)"


@dataclass(frozen=True, slots=True)
class _Served:
    """A model, where it is, and what is listed of it."""

    host: str
    listed: Mapping[str, Any]

    def number(self, *names: str) -> int:
        meta = self.listed.get("meta")
        for facts in (self.listed, meta if isinstance(meta, dict) else {}):
            for name in names:
                if isinstance(facts.get(name), int):
                    return int(facts[name])
        return 0


class OpenAITransport(httpx.BaseTransport):
    """Answers an Ollama client from servers at `hosts`, each `http://host:port`; `key` is what
    they are sent in `Authorization`, and written nowhere."""

    def __init__(self, hosts: Sequence[str], key: str = "") -> None:
        self._clients = {
            host: httpx.Client(
                base_url=host,
                headers={"Authorization": f"Bearer {key}"} if key else {},
                trust_env=False,
                verify=trust(host),
                timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
            )
            for host in hosts
        }
        self._known: dict[str, _Served] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises what httpx raises, and EgressBlocked for a redirect."""
        path = request.url.path
        if path == "/api/tags":
            return _json(200, {"models": [{"model": name} for name in self.models()]})
        if path == "/api/ps":
            return _json(200, {"models": []})
        body = json.loads(request.read())
        name = str(body.get("model", ""))
        served = self._known.get(name) or self.models().get(name)
        if served is None:
            return _json(404, {"error": f"model '{name}' not found"})
        if path == "/api/show":
            return self._show(name, served)
        if path == "/api/embed":
            return self._embed(name, served, body["input"])
        if path == "/api/chat":
            return self._chat(name, served, body)
        return _json(404, {"error": "404 page not found"})

    def models(self) -> dict[str, _Served]:
        """Every model that a server lists, by its name; the first server that has it counts.

        Raises:
            httpx.HTTPError: no server answers.
        """
        found: dict[str, _Served] = {}
        failure: httpx.HTTPError | None = None
        for host, client in self._clients.items():
            try:
                answer = client.get("/v1/models")
                block_redirect(answer.url, answer)
                answer.raise_for_status()
            except httpx.HTTPError as error:
                log.debug("no model server at %s: %s", host, error)
                failure = error
                continue
            for one in answer.json().get("data") or ():
                found.setdefault(str(one["id"]), _Served(host, one))
        if not found and failure:
            raise failure
        self._known = found
        return found

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _show(self, name: str, served: _Served) -> httpx.Response:
        """What a model is for is found out by asking it for a vector."""
        status, answer = self._post(served, "/v1/embeddings", {"model": name, "input": ["a"]})
        dimension = len(answer["data"][0]["embedding"]) if status == 200 else 0
        capabilities = ["embedding"] if dimension else ["completion"]
        if not dimension and profile_for(name).thinks:
            capabilities.append("thinking")
        sizes = [served.number(one) for one in ("n_params", "size", "n_vocab", "n_embd")]
        identity = json.dumps(["openai", name, dimension, sizes])
        length = served.number("n_ctx", "max_model_len", "n_ctx_train")
        facts = {"general.architecture": "openai", "openai.embedding_length": dimension}
        return _json(
            200,
            {
                "modelfile": f"FROM /blobs/sha256-{hashlib.sha256(identity.encode()).hexdigest()}",
                "model_info": {**facts, "openai.context_length": length},
                "capabilities": capabilities,
            },
        )

    def _embed(self, name: str, served: _Served, texts: Sequence[str]) -> httpx.Response:
        if not texts:
            return _json(200, {"model": name, "embeddings": []})
        wanted = {"model": name, "input": [*texts], "encoding_format": "float"}
        status, answer = self._post(served, "/v1/embeddings", wanted)
        if status != 200:
            return _refused(status, answer)
        rows = sorted(answer["data"], key=lambda row: int(row["index"]))
        return _json(200, {"model": name, "embeddings": [row["embedding"] for row in rows]})

    def _chat(self, name: str, served: _Served, body: Mapping[str, Any]) -> httpx.Response:
        wanted = _completion(name, body)
        answer = self._sent(served, wanted)
        if "response_format" in wanted and answer.status_code in _NOT_TAKEN:
            # It does not offer schemas: then the prompt alone says what is wanted.
            log.debug("%s takes no schema: %s", served.host, answer.text)
            answer = self._sent(served, _in_words(wanted))
        if answer.status_code != 200:
            return _refused(answer.status_code, _content(answer))
        num_ctx = int(body["options"]["num_ctx"])
        given = _lines(answer, name, num_ctx)
        try:
            first = next(given, None)
        except PromptTooLong:
            return _json(400, {"error": TOO_LONG})
        rest = chain([first] if first else [], given)
        return httpx.Response(200, stream=_Ndjson(answer, rest))

    def _sent(self, served: _Served, wanted: Mapping[str, Any]) -> httpx.Response:
        """The answer, of which only an error has been read."""
        client = self._clients[served.host]
        asked = client.build_request("POST", _CHAT, json=wanted)
        answer = client.send(asked, stream=True)
        block_redirect(answer.url, answer)
        if answer.status_code != 200:
            answer.read()
        return answer

    def _post(self, served: _Served, path: str, body: object) -> tuple[int, Any]:
        answer = self._clients[served.host].post(path, json=body)
        block_redirect(answer.url, answer)
        return answer.status_code, _content(answer)


def _completion(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The same request in OpenAI's words. `num_ctx` is the server's own affair there."""
    options = body["options"]
    wanted: dict[str, Any] = {
        "model": name,
        "messages": body["messages"],
        "max_tokens": options["num_predict"],
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,  # llama.cpp's; others pass over it
    }
    wanted |= {key: options[key] for key in ("temperature", "seed", "top_p") if key in options}
    if body.get("think") is not None:
        wanted["chat_template_kwargs"] = {"enable_thinking": bool(body["think"])}
    if body.get("top_logprobs"):
        wanted |= {"logprobs": True, "top_logprobs": body["top_logprobs"]}
    if isinstance(schema := body.get("format"), dict):
        named = {"name": "form", "strict": True, "schema": schema}
        wanted["response_format"] = {"type": "json_schema", "json_schema": named}
    return wanted


def _in_words(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The same without `response_format`: the last message says what schema is wanted."""
    schema = wanted["response_format"]["json_schema"]["schema"]
    *before, last = wanted["messages"]
    said = f"{last['content']}\n\nJSON schema of the answer: {json.dumps(schema)}"
    bare = {key: value for key, value in wanted.items() if key != "response_format"}
    return {**bare, "messages": [*before, {**last, "content": said}]}


def _lines(
    answer: httpx.Response, name: str, num_ctx: int
) -> Generator[dict[str, Any], None, None]:
    try:
        yield from lines(answer.iter_lines(), name, num_ctx)
    finally:
        answer.close()


class _Ndjson(httpx.SyncByteStream):
    """Closing it closes the server's response, which stops the answer."""

    def __init__(self, answer: httpx.Response, given: Iterator[dict[str, Any]]) -> None:
        self._answer = answer
        self._given = given

    def __iter__(self) -> Iterator[bytes]:
        for line in self._given:
            yield json.dumps(line).encode() + b"\n"

    def close(self) -> None:
        self._answer.close()


def _refused(status: int, answer: object) -> httpx.Response:
    """An error in Ollama's words where kb knows them by these."""
    words = message_of(answer)
    if status in (400, 413, 422, 500) and _NOT_FITTING.search(words):
        return _json(400, {"error": f"{TOO_LONG}: {words}"})
    if status in _NO_ENTRY:
        return _json(status, {"error": f"{words}: it wants {_KEY}"})
    return _json(status, {"error": words})


def _content(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _json(status: int, content: object) -> httpx.Response:
    return httpx.Response(status, json=content)


def unreachable(hosts: Sequence[str], error: Exception) -> ServerUnreachable:
    return ServerUnreachable(
        f"no model server answers at {', '.join(hosts) or 'no address at all'}",
        why=_why(error),
        hint="start it, for example: llama-server -m MODEL.gguf --port 8080; or correct "
        'models.host, without /v1; models.engine = "openai" asks it for /v1/models',
    )


def _why(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        if status in _NO_ENTRY:
            return f"it answers with status {status}: it wants {_KEY}"
        return f"it answers with status {status}" + (": it may still be loading" * (status == 503))
    return str(error) or type(error).__name__
