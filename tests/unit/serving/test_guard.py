"""Who may ask kb serve: by host, origin and token."""

from __future__ import annotations

import pytest

from kb.errors import RequestRejected
from kb.serving.guard import HEADERS, Guard

GUARD = Guard(frozenset({"127.0.0.1", "localhost", "[::1]", "kb.example.lan"}), "the-token")
TOKEN = {"authorization": "Bearer the-token"}


def status(path: str = "/api/ask", **headers: str) -> int:
    """200, or what the guard refuses with. A header's `-` is written `_`."""
    sent = {"host": "127.0.0.1:8642", **{k.replace("_", "-"): v for k, v in headers.items()}}
    try:
        GUARD.check(path, sent)
    except RequestRejected as refused:
        return refused.status
    return 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8642", "localhost:9000", "LOCALHOST", "[::1]:8642", "kb.example.lan"]
)
def test_the_servers_own_names_are_known_at_any_port(host: str) -> None:
    """A tunnel (ssh -L 9000:…) and a proxy change the port."""
    assert status(host=host, **TOKEN) == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8642", "127.0.0.1.evil.example", "", "192.0.2.7:8642", "[::1].evil"]
)
def test_a_name_that_was_made_to_lead_here_is_refused(host: str) -> None:
    """DNS rebinding: to the browser the page of evil.example and this server are one origin."""
    assert status(host=host, **TOKEN) == 403
    assert status("/", host=host) == 403


@pytest.mark.parametrize(
    "authorization", ["", "Bearer ", "Bearer the-toke", "Bearer the-token2", "Basic the-token", "ü"]
)
def test_another_user_of_the_machine_has_no_token(authorization: str) -> None:
    assert status(authorization=authorization) == 401


def test_the_page_itself_holds_nothing_and_needs_no_token() -> None:
    assert status("/") == status("/page.js") == 200


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://127.0.0.1:8642", 200),
        ("http://127.0.0.1:9000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[::1", 403),
    ],
)
def test_a_page_of_another_origin_is_refused_even_with_the_token(
    origin: str, expected: int
) -> None:
    assert status(origin=origin, **TOKEN) == expected


def test_a_proxy_with_a_certificate_keeps_host_and_origin_alike() -> None:
    assert status(host="kb.example.lan", origin="https://kb.example.lan", **TOKEN) == 200


def test_what_the_browser_says_of_a_requests_origin_counts() -> None:
    assert status(sec_fetch_site="same-origin", **TOKEN) == 200
    assert status(sec_fetch_site="same-site", **TOKEN) == 403
    assert status(sec_fetch_site="cross-site", **TOKEN) == 403
    assert status("/page.js", sec_fetch_site="cross-site", sec_fetch_mode="no-cors") == 403
    # A link to the page, in a mail or an intranet, may be followed.
    assert status("/", sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 200
    assert status(sec_fetch_site="cross-site", sec_fetch_mode="navigate", **TOKEN) == 403


def test_no_response_lets_another_site_in_or_loads_anything_from_elsewhere() -> None:
    headers = {name.lower(): value for name, value in HEADERS}
    assert not [name for name in headers if name.startswith("access-control")]
    policy = headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {part.split(" ", 1)[1] for part in policy} == {"'none'", "'self'"}
