"""What every HTTP client of kb needs: whose certificates it trusts, and which server is asked.

Used for model servers and for vector stores alike.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence
from pathlib import Path

import httpx

from kb.errors import KbError, UsageError

log = logging.getLogger(__name__)

CONNECTING = (httpx.ConnectError, httpx.ConnectTimeout)
"""A server that cannot be reached: nothing was asked of it."""
ON_THE_WAY = (*CONNECTING, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
"""Also a server that went away in the middle: what was asked of it may have been done."""


def trust(url: str, ca_file: str = "") -> ssl.SSLContext | bool:
    """What httpx takes as `verify`. Certificates are read for https only: that takes a tenth of a
    second.

    They are the system's, or those that SSL_CERT_FILE and SSL_CERT_DIR name, and `ca_file`'s.

    Raises:
        UsageError: `ca_file` cannot be read, or holds no certificate.
    """
    if not url.lower().startswith("https:"):
        return False
    context = ssl.create_default_context()
    if ca_file:
        path = Path(ca_file).expanduser()
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"the certificates in {path} cannot be used",
                why=str(error),
                hint="name a file with your CA's certificates in PEM form in store.ca_file",
            ) from error
    return context


def read_key(file: str, setting: str, error: type[KbError] = UsageError) -> str:
    """The key that a server wants, from a file; "" without one.

    Raises:
        KbError: of the kind `error`, the file cannot be read, or holds what is no key.
    """
    if not file:
        return ""
    path = Path(file).expanduser()
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise error(
            f"the server's key cannot be read from {path}",
            why=getattr(cause, "strerror", None) or "it is no text",
            hint=f"correct {setting}, or leave it empty",
        ) from cause
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise error(
            f"{path} holds no key",
            why="a key is one word of ASCII characters",
            hint=f"put the server's key into it, or leave {setting} empty",
        )
    return key


class FirstThatAnswers(httpx.BaseTransport):
    """Sends to one of several servers: the same one as long as it can be reached, then the next.

    Args:
        what: the servers in words, for the log: "model server".
        errors: after which the next is asked.
        ca_file: see `trust`.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        inner: httpx.BaseTransport | None = None,
        *,
        what: str = "model server",
        errors: tuple[type[httpx.TransportError], ...] = CONNECTING,
        ca_file: str = "",
    ) -> None:
        self.hosts = [httpx.URL(host) for host in hosts]
        secure = next((host for host in hosts if host.startswith("https:")), "")
        self.inner = inner or httpx.HTTPTransport(trust_env=False, verify=trust(secure, ca_file))
        self._what = what
        self._errors = errors
        self._now = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        first = self._now
        for step in range(len(self.hosts)):
            self._now = (first + step) % len(self.hosts)
            host = self.hosts[self._now]
            request.url = request.url.copy_with(scheme=host.scheme, host=host.host, port=host.port)
            request.headers["Host"] = host.netloc.decode("ascii")
            try:
                return self.inner.handle_request(request)
            except self._errors:
                if step + 1 == len(self.hosts):
                    raise
                log.warning("no %s answers at %s; trying the next", self._what, host)
        raise httpx.ConnectError(f"no {self._what} is configured")

    def close(self) -> None:
        self.inner.close()
