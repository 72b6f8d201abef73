"""Who may ask, decided before a request's body is read.

Against whom: another user of the machine, who reaches a port on loopback as well as its owner (the
token); a web site in the owner's browser that sends requests here (the token is in no cookie, so
the browser adds it to nothing; the origin), or that has made its own name lead here (the host).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kb.access.callers import OWNING, Caller
from kb.errors import RequestRejected

HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
"""Of every response. No Access-Control-*: a browser gives no answer to another site's page."""

_REFUSED = {
    ("en", False): (
        "the request carries no token",
        "every user of the machine can reach the port; the token tells who may ask",
        "enter your token on the page, or open the address that kb serve printed; for programs: "
        "docs/serve.md",
    ),
    ("en", True): (
        "this token is not valid",
        "it is nobody's: mistyped, or a newer one has taken its place",
        "copy it once more, or ask whoever runs the server for a new one",
    ),
    ("zh", False): (
        "请求没有带令牌",
        "这台机器上的任何人都能连到这个端口，凭令牌才知道谁可以提问",
        "在页面上输入您的令牌，或打开 kb serve 打印的地址；程序请看 docs/serve.md",
    ),
    ("zh", True): (
        "这个令牌无效",
        "没有这个令牌：可能输错了，或者已经换了新的",
        "请重新复制一次，或向管理员要一个新的",
    ),
}
"""What, why and hint, by language and by whether there was a token."""

PROTECTED = ("/api/", "/v1/", "/mcp")
"""Beginnings of paths that only a caller may ask for."""


@dataclass(frozen=True, slots=True)
class Guard:
    """`names`: by which the server may be called, lower case, IPv6 in brackets, without a port,
    which a tunnel may change. `token`: what a request of the server's owner carries. `user_of`
    tells a user by a token, `user_named` by a name, which `identity_header` (lower case) holds in
    requests from `proxies`, addresses in figures."""

    names: frozenset[str]
    token: str
    user_of: Callable[[str], Caller | None] = lambda token: None
    user_named: Callable[[str], Caller | None] = lambda name: None
    identity_header: str = ""
    proxies: frozenset[str] = frozenset()

    def check(self, path: str, headers: Mapping[str, str], peer: str = "") -> Caller | None:
        """Let a request pass, and say who sends it; None for the page, which asks nobody.

        Args:
            headers: by lower-case name.
            peer: the address that it comes from.

        Raises:
            RequestRejected: 403 for its host or origin, or a name that nobody has; 401 for its
                token.
        """
        host = headers.get("host", "").lower()
        if _name(host) not in self.names:
            raise RequestRejected(
                "this server is not known by the name in the request's Host header",
                why="a name that somebody else has made lead here would open it to their page",
                hint="use the address that kb serve printed, or list the name in serve.names",
                status=403,
            )
        origin = headers.get("origin")
        if origin is not None and _place(origin.lower()) != host:
            raise _foreign()
        # Following a link to the page is harmless: without the token it shows nothing.
        asks = path.startswith(PROTECTED)
        follows_a_link = headers.get("sec-fetch-mode") == "navigate" and not asks
        own = headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        if not (own or follows_a_link):
            raise _foreign()
        return self._caller(headers, peer) if asks else None

    def _caller(self, headers: Mapping[str, str], peer: str) -> Caller:
        name = headers.get(self.identity_header, "") if self.identity_header else ""
        if name and peer in self.proxies:
            name = _text(name)
            return self.user_named(name) or _unknown(name)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip()
        caller = OWNING if hmac.compare_digest(token.encode(), self.token.encode()) else None
        caller = caller or self.user_of(token)
        if scheme.lower() != "bearer" or caller is None:
            raise _nobody(token, headers.get("accept-language", ""))
        return caller


def _name(host: str) -> str:
    """A Host header without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _place(origin: str) -> str | None:
    """Host and port of an Origin header; None where it is not an address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://[::1"
        return None


def _text(header: str) -> str:
    """A header's text: proxies send names in UTF-8, HTTP reads them as Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _nobody(token: str, languages: str) -> RequestRejected:
    """Said to a person, in the language that their browser asks for first."""
    language = "zh" if languages.strip().lower().startswith("zh") else "en"
    what, why, hint = _REFUSED[language, bool(token)]
    headers = (("WWW-Authenticate", "Bearer"),)
    return RequestRejected(what, why=why, hint=hint, status=401, headers=headers)


def _unknown(name: str) -> Caller:
    """Raises RequestRejected."""
    raise RequestRejected(
        f"'{name[:100]}' is not known here",
        why="the proxy has signed in somebody who is none of this server's users",
        hint=f"whoever runs the server can add them: kb users add '{name[:100]}' --no-token",
        status=403,
    )


def _foreign() -> RequestRejected:
    return RequestRejected(
        "the request comes from another site's page",
        why="its origin is not this server's",
        hint="open the page that this server offers; programs send no Origin header",
        status=403,
    )
