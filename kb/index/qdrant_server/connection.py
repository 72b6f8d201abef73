"""The connection to a Qdrant server, and the one way in which it is called."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import UnexpectedResponse

from kb.config.settings import Store
from kb.errors import StoreError, UsageError
from kb.http import ON_THE_WAY, FirstThatAnswers, read_key
from kb.index.qdrant_server.faults import BUSY, CAUGHT, busy, explained

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS = 60
_PORT = 6333
_PATIENCE_SECONDS = 120.0
"""How long a busy server is waited for, all pauses of one call together."""
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds, where the server does not say how long to wait."""


class Connection:
    """Calls a Qdrant server. Whatever goes wrong is one of kb's own errors.

    A busy server (429: its strict mode, its rate limits) is asked again after the pause that it
    names. `pause` sleeps for the seconds given.
    """

    def __init__(
        self,
        client: QdrantClient,
        pause: Callable[[float], None] = time.sleep,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._client = client
        self._pause = pause
        self._patience = patience

    def call(self, name: str, ask: Callable[[QdrantClient], T]) -> T:
        """What `ask` returns, working on the Qdrant collection `name`.

        Raises:
            StoreUnavailable: the server does not answer, is busy for too long, or refuses the key.
            StoreDamaged: it does not hold the collection.
            StoreError: it would not do what was asked.
            EgressBlocked: the address is not allowed, or the server redirects.
        """
        waited, tried = 0.0, 0
        while True:
            try:
                return ask(self._client)
            except CAUGHT as error:
                seconds = _pause_of(error, tried)
                if seconds is None:
                    raise explained(error, name) from error
                if waited + seconds > self._patience:
                    raise busy(f"{error} (waited for {waited:.0f} s)") from error
                log.info("the Qdrant server is busy; asking again in %g s", seconds)
                self._pause(seconds)
                waited, tried = waited + seconds, tried + 1


def _pause_of(error: Exception, tried: int) -> float | None:
    """How long to wait before asking again, in seconds; None where waiting does not help."""
    if isinstance(error, ResourceExhaustedResponse):
        return float(max(error.retry_after_s, 0)) or _PAUSES[0]
    # QdrantException: the client could not read how long to wait.
    is_busy = isinstance(error, UnexpectedResponse) and error.status_code == BUSY
    if is_busy or isinstance(error, QdrantException):
        return _PAUSES[min(tried, len(_PAUSES) - 1)]
    return None


def connect(settings: Store, seconds: int = TIMEOUT_SECONDS) -> Connection:
    """A connection to the server, or to the first node of the cluster that can be reached; nothing
    is sent yet.

    `seconds`: after which a silent server is given up.

    Raises:
        StoreError: the key cannot be read.
        UsageError: the certificates cannot, or an address is none.
    """
    key = read_key(settings.api_key_file, "store.api_key_file", StoreError) or None
    nodes = FirstThatAnswers(
        [_address(url) for url in (settings.url, *settings.other_urls)],
        what="Qdrant server",
        # What kb asks of a store may be asked twice: it ends in the same state.
        errors=ON_THE_WAY,
        ca_file=settings.ca_file,
    )
    with warnings.catch_warnings():
        # A key over plain HTTP is the operator's decision, for a server on the same network.
        warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
        # trust_env: a proxy of the environment is no way to a server of one's own.
        # check_compatibility: a server two minor versions apart would be a warning, and its
        # check a request to a server that may not be there yet.
        client = QdrantClient(
            url=_address(settings.url),
            api_key=key,
            timeout=seconds,
            check_compatibility=False,
            trust_env=False,
            transport=nodes,
        )
    return Connection(client)


def _address(url: str) -> str:
    """With its port, which is 6333 whatever the scheme. Raises UsageError."""
    whole = url if "//" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        port = parts.port or _PORT
    except ValueError as error:
        raise UsageError(
            f"'{url}' is not the address of a Qdrant server",
            why=str(error),
            hint="correct store.url, for example http://127.0.0.1:6333",
        ) from error
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return urlunsplit((parts.scheme, f"{host}:{port}", parts.path, "", ""))
