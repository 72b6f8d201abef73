"""How requests reach a model server: what is added to them, and which models are never asked."""

from __future__ import annotations

import json
import logging

import httpx

from kb import egress
from kb.errors import EgressBlocked, EngineFailed, ServerUnreachable
from kb.http import trust

log = logging.getLogger(__name__)

_CONNECT_SECONDS = 5.0


class NothingCut(httpx.BaseTransport):
    """Adds to each chat request what ollama-python has no parameter for, follows no redirect.

    `truncate: false` refuses a prompt that does not fit; `shift: false` ends an answer at the
    end of the context instead of pushing the passages out of it. `progress: true` is for kb's own
    engine (kb/models/reading.py); a server passes over what it does not know.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/chat":
            added = {"truncate": False, "shift": False, "progress": True}
            body = {**json.loads(request.read()), **added}
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            request = httpx.Request(
                request.method,
                request.url,
                headers=headers,
                content=json.dumps(body).encode(),
                extensions=request.extensions,
            )
        answer = self.inner.handle_request(request)
        block_redirect(request.url, answer)
        return answer

    def close(self) -> None:
        self.inner.close()


def block_redirect(asked: httpx.URL, answer: httpx.Response) -> None:
    """A model server that sends a request elsewhere would send the question there as well.

    Raises:
        EgressBlocked: the answer is a redirect, wherever it leads.
    """
    if answer.is_redirect and "location" in answer.headers:
        try:
            target = asked.join(answer.headers["location"]).netloc.decode("ascii", "replace")
        except httpx.InvalidURL:
            target = "no address"
        egress.block(f"redirect of {asked.host}", target)


class NothingRemote(httpx.BaseTransport):
    """Refuses the models that an Ollama server does not run but passes on to its maker's cloud.

    Loopback would be no protection from them: the documents would leave through the server. Such
    a model's name ends with `cloud` (then even /api/show is passed on), or what /api/show says
    of it has a `remote_host`, whatever it was renamed to. kb asks /api/show before it sends any
    text. Source: internal/modelref and server/routes.go of Ollama 0.17.

    Raises:
        EgressBlocked: by handle_request.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = ""
        if request.method == "POST":
            name = str(json.loads(request.read()).get("model", ""))
            if name.strip().lower().endswith((":cloud", "-cloud")):
                raise _runs_elsewhere(name, "ollama.com")
        answer = self.inner.handle_request(request)
        if request.url.path.endswith("/api/show") and answer.status_code == 200:
            shown = json.loads(answer.read())
            if isinstance(shown, dict) and shown.get("remote_host"):
                raise _runs_elsewhere(name, str(shown["remote_host"]))
        return answer

    def close(self) -> None:
        self.inner.close()


def _runs_elsewhere(model: str, where: str) -> EgressBlocked:
    return EgressBlocked(
        f"the model {model} does not run on the model server",
        why=f"the server passes on what such a model is asked, documents and all, to {where}",
        hint="name a model that the server has itself (ollama list), and start it with "
        "OLLAMA_NO_CLOUD=1",
    )


def server_version(
    host: str, seconds: float, transport: httpx.BaseTransport | None = None
) -> str | None:
    """The version of the Ollama server at an address; None where none answers in time."""
    try:
        with httpx.Client(
            trust_env=False, timeout=seconds, verify=trust(host), transport=transport
        ) as client:
            answer = client.get(f"{host}/api/version")
            block_redirect(answer.url, answer)
            return str(answer.raise_for_status().json()["version"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        log.debug("no model server at %s: %s", host, error)
        return None


def cloud_disabled(
    host: str, seconds: float, transport: httpx.BaseTransport | None = None
) -> bool | None:
    """Whether an Ollama server is kept from cloud models (OLLAMA_NO_CLOUD); None where it does
    not say. Source: /api/status in Ollama's server/routes.go; older servers do not have it."""
    try:
        with httpx.Client(
            trust_env=False,
            timeout=seconds,
            verify=trust(host),
            transport=transport,
        ) as client:
            answer = client.get(f"{host}/api/status").raise_for_status().json()
            return bool(answer["cloud"]["disabled"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        log.debug("the server at %s does not tell of its cloud: %s", host, error)
        return None


def post(url: str, body: object, seconds: float, key: str = "") -> tuple[int, object]:
    """The status and the JSON that a server answers to a POST; None where it is no JSON. `key` is
    sent in `Authorization`.

    Raises:
        ServerUnreachable: nothing answers there.
        EngineFailed: the answer broke off, or took longer than `seconds`.
        EgressBlocked: the address is not allowed.
    """
    timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
    headers = {"Authorization": f"Bearer {key}"} if key else None
    try:
        with httpx.Client(trust_env=False, timeout=timeout, verify=trust(url)) as client:
            answer = client.post(url, json=body, headers=headers)
            block_redirect(answer.url, answer)
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise ServerUnreachable(
            f"no model server answers at {url}",
            why=str(error) or "it could not be connected to",
            hint="start it, or correct its address (kb config show)",
        ) from error
    except httpx.HTTPError as error:
        raise EngineFailed(
            f"the model server at {url} broke off",
            why=f"{type(error).__name__}: {error}",
            hint="run the command again; see the server's log if it happens twice",
        ) from error
    try:
        return answer.status_code, answer.json()
    except ValueError:
        return answer.status_code, None
