"""The servers that the settings name: what a command may reach, and what `kb doctor` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from kb.config import Settings
from kb.egress import Destination
from kb.errors import UsageError
from kb.models.ollama.hosts import normalise_host

_QDRANT_PORT = 6333  # qdrant_client's, whatever the scheme


@dataclass(frozen=True, slots=True)
class Host:
    """A server, and the setting that names it."""

    key: str
    scheme: str
    name: str
    port: int

    @property
    def destination(self) -> Destination:
        return Destination(self.name, self.port)


def configured_hosts(
    settings: Settings, *, models: bool = True, store: bool = True
) -> Iterator[Host | UsageError]:
    """Each server that is configured, or why what stands there is no address.

    Args:
        models: those of the models, where they are not run in this process.
        store: that of the vectors, where they do not lie in the home folder.
    """
    if models and settings.models.engine != "embedded":
        for address in settings.models.host:
            yield _model_host("models.host", address)
    if models and settings.models.rerank and settings.models.rerank_host:
        yield _model_host("models.rerank_host", settings.models.rerank_host)
    if store and settings.store.engine == "server":
        yield _store_host("store.url", settings.store.url)
        for url in settings.store.other_urls:
            yield _store_host("store.other_urls", url)


def _model_host(key: str, address: str) -> Host | UsageError:
    try:
        return _host(key, normalise_host(address), 0)
    except UsageError as error:
        return error


def _store_host(key: str, url: str) -> Host | UsageError:
    try:
        return _host(key, url if "//" in url else f"//{url}", _QDRANT_PORT)
    except ValueError as error:
        return UsageError(
            f"{key} is not an address",
            why=str(error),
            hint=f"correct {key}, for example http://127.0.0.1:6333",
        )


def _host(key: str, url: str, port: int) -> Host:
    """Raises ValueError: the port is none."""
    parts = urlsplit(url)
    return Host(key, parts.scheme, (parts.hostname or "").lower(), parts.port or port)
