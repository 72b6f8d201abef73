"""The address of an Ollama server, in the forms that OLLAMA_HOST takes. Imports nothing heavy."""

from __future__ import annotations

from urllib.parse import urlsplit

from kb.errors import UsageError

_PORT = 11434
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def normalise_host(text: str) -> str:
    """Turn `host`, `host:port`, `:port`, `[v6]:port` or a URL into `http://host:port[/path]`.

    The port is 11434 where none is named, with a scheme 80 or 443, as Ollama's own client has
    it. An address that a server listens on everywhere at (`0.0.0.0`, `::`) becomes loopback.

    Raises:
        UsageError: it is not an address.
    """
    stripped = text.strip().strip("\"'").rstrip("/")
    scheme, separator, rest = stripped.partition("://")
    if not separator:
        scheme, rest = "http", stripped
    standard = {"http": 80, "https": 443}.get(scheme.lower())
    if standard is None:
        raise _refused(text, "the scheme is neither http nor https")
    if rest.count(":") > 1 and not rest.startswith("["):
        rest = f"[{rest}]"
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _refused(text, str(error)) from error
    if parts.username or any(sign.isspace() for sign in host):
        raise _refused(text, "it holds a user name or a space")
    host = _ANYWHERE.get(host, host)
    host = f"[{host}]" if ":" in host else host
    if port is None:
        port = standard if separator else _PORT
    return f"{scheme.lower()}://{host}:{port}{parts.path}"


def _refused(text: str, why: str) -> UsageError:
    return UsageError(
        f"'{text}' is not the address of a model server",
        why=why,
        hint="write host:port, for example 127.0.0.1:11434, in OLLAMA_HOST or models.host",
    )
