"""What qdrant_client raises, in kb's own errors. A server that does not answer, is busy, or does
not take the key is StoreUnavailable, which is no damage: nothing has to be repaired."""

from __future__ import annotations

import ssl

import httpx
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import (
    ApiException,
    ResponseHandlingException,
    UnexpectedResponse,
)

from kb.errors import EgressBlocked, KbError, StoreDamaged, StoreError, StoreUnavailable

CAUGHT = (ApiException, QdrantException, ValueError)
"""Every exception that qdrant_client raises; what is left of ValueError are its own checks, and
answers that are not Qdrant's."""

BUSY = 429


def explained(error: Exception, name: str) -> KbError:
    """What an exception of qdrant_client means, working on the Qdrant collection `name`."""
    if isinstance(error, QdrantException):
        return busy(str(error))
    if isinstance(error, UnexpectedResponse):
        return _refusal(name, error)
    if isinstance(error, ResponseHandlingException):
        return _unreachable(error.source)
    return StoreError(
        f"the Qdrant collection '{name}' cannot be used",
        why=str(error) or type(error).__name__,
        hint="see the server's log; kb -v says more",
    )


def busy(why: str) -> StoreUnavailable:
    return StoreUnavailable(
        "the Qdrant server is busy, and was waited for in vain",
        why=why,
        hint="try again later, or raise the server's limits (its strict mode, its rate limits)",
    )


def _unreachable(source: Exception) -> KbError:
    if isinstance(source, KbError):
        return source
    why = f"{type(source).__name__}: {source}" if str(source) else type(source).__name__
    if isinstance(source.__cause__, ssl.SSLError) or "SSL" in why or "CERTIFICATE" in why.upper():
        return StoreUnavailable(
            "the Qdrant server's certificate is not trusted, or it does not speak TLS",
            why=why,
            hint="name your own CA's certificate in store.ca_file (or SSL_CERT_FILE); a server "
            "without TLS has http:// in store.url",
        )
    if isinstance(source, httpx.TimeoutException):
        return StoreUnavailable(
            "the Qdrant server did not answer in time",
            why=why,
            hint="see its log, then run the same command again",
        )
    return StoreUnavailable(
        "the Qdrant server does not answer",
        why=why,
        hint="start it, or correct store.url and store.api_key_file",
    )


def _refusal(name: str, error: UnexpectedResponse) -> KbError:
    why = f"HTTP {error.status_code} {error.reason_phrase}: {error.content[:200]!r}"
    status = error.status_code or 0
    if 300 <= status < 400:
        return EgressBlocked(
            "the Qdrant server sends its requests elsewhere",
            why=f"{why}: a redirect is not followed, because vectors would go where it leads",
            hint="correct store.url; it has to name the server itself",
        )
    limit = status == 403 and (b"Help:" in error.content or b"strict" in error.content.lower())
    if status in (401, 403) and not limit:
        return StoreUnavailable(
            "the Qdrant server refuses this key",
            why=why,
            hint="put the server's key into the file that store.api_key_file names",
        )
    if status == 404:
        return StoreDamaged(
            f"the Qdrant server holds no collection '{name}'",
            why=why,
            hint="check store.url, or build the index anew: kb ingest --rebuild",
        )
    if status == BUSY:
        return busy(why)
    if status >= 500:
        return StoreUnavailable(
            f"the Qdrant server could not do what was asked of '{name}'",
            why=why,
            hint="see the server's log; run the same command again",
        )
    return StoreError(
        f"the Qdrant server would not do what was asked of '{name}'",
        why=why,
        hint="see the server's log, and its limits (strict mode); run the same command again",
    )
