"""Several model servers as one: embeddings are spread over all of them, the rest goes to one.

- A call to embed goes to the server that will be done with it first, by the speed that each has
  shown; so each gets a share in proportion to its speed.
- A server that cannot be reached is left out, and tried again after a while.
- A server is asked for a model only if its weights are the ones that kb first saw under this name:
  an index must not hold vectors of another model, whatever its name.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from kb.errors import ModelMismatch
from kb.http import CONNECTING, ON_THE_WAY, trust

log = logging.getLogger(__name__)

WEIGHTS = re.compile(r"^FROM .*blobs[/\\]sha256-([0-9a-f]{64})", re.MULTILINE)
"""In the modelfile of /api/show: the sha256 of a model's weights."""

_BUSY = 503
_REMEMBERED_SECONDS = 60.0
"""Of work, after which what a server did before counts half."""
_FIRST_REST, _LONGEST_REST = 2.0, 60.0
"""Seconds for which a server that could not be reached is left out."""


@dataclass
class _Server:
    """`characters` were embedded in `busy` seconds; `pending` are on their way. `rest` is how long
    it is left out next time, `back_at` until when it is now."""

    url: httpx.URL
    characters: float = 0.0
    busy: float = 0.0
    pending: int = 0
    calls: int = 0
    since: float = 0.0
    back_at: float = 0.0
    rest: float = _FIRST_REST
    digests: dict[str, str] = field(default_factory=dict)

    def begin(self, characters: int, now: float) -> None:
        if self.calls == 0:
            self.since = now
        self.calls += 1
        self.pending += characters

    def end(self, characters: int, now: float, *, done: bool) -> None:
        self.calls -= 1
        self.pending -= characters
        if done:
            self.characters += characters
        self.busy += now - self.since
        self.since = now
        if self.busy > _REMEMBERED_SECONDS:
            self.characters, self.busy = self.characters / 2, self.busy / 2

    @property
    def speed(self) -> float:
        """Characters a second; 0 while nothing was measured."""
        return self.characters / self.busy if self.busy > 0 else 0.0


class ServerPool(httpx.BaseTransport):
    """Sends each request to one of the servers.

    Args:
        clock: seconds, for what is measured.

    Raises:
        ModelMismatch: by handle_request: the servers that can be reached have other weights under
            the model's name.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        inner: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        secure = next((host for host in hosts if host.startswith("https:")), "")
        self._inner = inner or httpx.HTTPTransport(trust_env=False, verify=trust(secure))
        self._servers = [_Server(httpx.URL(host)) for host in hosts]
        self._expected: dict[str, str] = {}
        self._said: set[tuple[httpx.URL, str]] = set()
        self._clock = clock
        self._lock = threading.Lock()
        self._first = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = _body(request)
        model = str(body.get("model") or "")
        texts = body.get("input") if request.url.path == "/api/embed" else None
        size = sum(map(len, texts)) if isinstance(texts, list) else 0
        tried: set[int] = set()
        trouble: Exception | None = None
        answer: httpx.Response | None = None
        while (place := self._choose(tried, size)) is not None:
            tried.add(place)
            try:
                if not self._has(place, model, request):
                    mismatch = self._mismatch(place, model)
                    trouble = trouble or mismatch
                    continue
                answer = self._sent(place, request, size)
            except ON_THE_WAY as error:
                # What is embedded may be embedded twice; an answer may not be written twice.
                if not size and not isinstance(error, CONNECTING):
                    raise
                trouble = error
                self._leave_out(place, error)
                continue
            if answer.status_code != _BUSY or len(tried) == len(self._servers):
                self._learn(place, request, model, answer)
                return answer
        if answer is not None:
            return answer
        raise trouble or httpx.ConnectError("no model server is configured")

    def close(self) -> None:
        self._inner.close()

    # --- choosing ---------------------------------------------------------------------

    def _choose(self, tried: set[int], size: int) -> int | None:
        """Of the servers that were not tried the one to ask; None where there is none left."""
        with self._lock:
            now = self._clock()
            left = [place for place in range(len(self._servers)) if place not in tried]
            there = [place for place in left if self._servers[place].back_at <= now] or left
            if not there:
                return None
            if not size:
                return min(there, key=lambda place: (place - self._first) % len(self._servers))
            best = max((self._servers[place].speed for place in there), default=0.0) or 1.0
            return min(there, key=lambda place: self._seconds(place, size, best))

    def _seconds(self, place: int, size: int, best: float) -> float:
        """When this server would be done; one that was never measured counts as the fastest."""
        server = self._servers[place]
        return (server.pending + size) / (server.speed or best)

    def _leave_out(self, place: int, error: Exception) -> None:
        with self._lock:
            server = self._servers[place]
            is_news = server.rest == _FIRST_REST
            server.back_at = self._clock() + server.rest
            server.rest = min(2 * server.rest, _LONGEST_REST)
            server.digests.clear()  # whoever comes back may have other models
            if place == self._first:
                self._first = (place + 1) % len(self._servers)
        if len(self._servers) > 1 and is_news:
            log.warning("no model server answers at %s; the others are asked", server.url)
        log.debug("%s: %s", server.url, error)

    # --- asking -----------------------------------------------------------------------

    def _sent(self, place: int, request: httpx.Request, size: int) -> httpx.Response:
        server = self._servers[place]
        with self._lock:
            server.begin(size, self._clock())
        done = False
        try:
            answer = self._inner.handle_request(_addressed(request, server.url))
            if size:
                answer.read()
            done = answer.status_code == 200
        finally:
            with self._lock:
                server.end(size, self._clock(), done=done and size > 0)
        with self._lock:
            server.back_at, server.rest = 0.0, _FIRST_REST
        return answer

    # --- weights ----------------------------------------------------------------------

    def _has(self, place: int, model: str, request: httpx.Request) -> bool:
        """Whether the server has the weights that were first seen under the model's name."""
        expected = self._expected.get(model)
        if expected is None or (len(self._servers) == 1 and self._servers[0].digests):
            return True
        server = self._servers[place]
        if model not in server.digests:
            asked = httpx.Request(
                "POST",
                server.url.copy_with(path="/api/show"),
                json={"model": model},
                extensions=request.extensions,
            )
            answer = self._inner.handle_request(asked)
            answer.read()
            server.digests[model] = _digest(answer)
        return server.digests[model] == expected

    def _learn(
        self, place: int, request: httpx.Request, model: str, answer: httpx.Response
    ) -> None:
        """What /api/show says of a model is what holds from then on."""
        if request.url.path == "/api/show" and answer.status_code == 200 and model:
            answer.read()
            if digest := _digest(answer):
                self._servers[place].digests[model] = digest
                self._expected.setdefault(model, digest)

    def _mismatch(self, place: int, model: str) -> ModelMismatch:
        url, found = self._servers[place].url, self._servers[place].digests.get(model, "")
        error = ModelMismatch(
            f"the model server at {url} has another model under the name {model}",
            why=f"its weights are {found[:12] or 'unknown'}, not {self._expected[model][:12]}",
            hint=f"on that server: ollama pull {model}, or take it out of models.host",
        )
        with self._lock:
            known = (url, model) in self._said
            self._said.add((url, model))
        if not known:
            log.warning("%s (%s); it is left out", error.what, error.why)
        return error


def _body(request: httpx.Request) -> dict[str, object]:
    if request.method != "POST":
        return {}
    try:
        body = json.loads(request.read() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _addressed(request: httpx.Request, url: httpx.URL) -> httpx.Request:
    """The same request to another server; several threads may send requests of one client."""
    request.url = request.url.copy_with(scheme=url.scheme, host=url.host, port=url.port)
    request.headers["Host"] = url.netloc.decode("ascii")
    return request


def _digest(answer: httpx.Response) -> str:
    """The sha256 of the weights that /api/show names; empty where it names none, or where the
    server would pass on what the model is asked."""
    if answer.status_code != 200:
        return ""
    try:
        shown = answer.json()
        if not isinstance(shown, dict) or shown.get("remote_host"):
            return ""
        found = WEIGHTS.search(str(shown.get("modelfile") or ""))
    except ValueError:
        return ""
    return found[1] if found else ""
