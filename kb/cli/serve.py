"""`kb serve`."""

from __future__ import annotations

import ipaddress
import secrets
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb import egress
from kb.cli import signals
from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command, setting_option
from kb.cli.needs import Needs
from kb.cli.options import strict_option, top_k_option
from kb.errors import UsageError
from kb.session import Session, Status, to_dict
from kb.session.view import View

if TYPE_CHECKING:
    from kb.access.callers import Caller
    from kb.config import Settings
    from kb.config.serve import Serve
    from kb.serving.app import Service
    from kb.serving.guard import Guard
    from kb.serving.routes.common import Clients
    from kb.serving.uploads import Uploads

_LEAST_TOKEN = 32
_SERVED = ("collection", "generation", "documents")
"""Of a collection's status, what is printed at the start."""


@click.command(
    "serve",
    cls=Command,
    needs=Needs(home="watches", sources=True, models="runs", store=True, listens=True),
    output="report",
)
@setting_option(
    "serve.host",
    "--host",
    metavar="ADDRESS",
    help="Where to listen; loopback unless configured.",
)
@setting_option(
    "serve.port",
    "--port",
    type=click.IntRange(0, 65535),
    help="0 for any free one.",
)
@top_k_option
@strict_option
@json_option
@pass_app
def command(
    app: App,
    as_json: bool,
) -> int:
    """Answer over HTTP: an API, and a page for the browser, until Ctrl-C or SIGTERM.

    Prints the address with its token. The next question finds what is ingested meanwhile.

    \b
    Example:
      kb serve
      kb --collection law,hr serve --port 9000
    """
    from kb.serving import server
    from kb.serving.app import Service
    from kb.serving.audit import Audit
    from kb.serving.backend import SessionBackend
    from kb.serving.conversations import Conversations

    settings = app.settings
    address = _address(settings)
    token = _kept_token(settings) or secrets.token_urlsafe(32)
    names = {"localhost", "127.0.0.1", "[::1]", _in_url(address), *settings.serve.names}
    guard = _guard(settings, frozenset(name.lower() for name in names), token)
    folder = settings.home / "serve" if settings.serve.audit else None
    audit = Audit(folder, with_text=settings.serve.audit_text)
    kept = Conversations(settings.home, days=settings.serve.history_days)
    with Session(settings) as session:
        inbox = _inbox(settings)
        live = [session.status(collection=name) for name in session.collections]
        service = Service(
            SessionBackend(session),
            guard,
            kept,
            audit,
            clients=_clients(settings.serve),
            views=lambda caller: View(session, caller.sees(session.collections)),
            inbox=inbox,
        )
        with server.listen(address, settings.serve.port) as listening:
            url = f"http://{_in_url(address)}:{listening.getsockname()[1]}/"
            stopped_by = server.run(
                service.app,
                listening,
                started=lambda: _announce(settings, url, token, live, as_json=as_json),
                stop=lambda: _stop(service),
                proxies=guard.proxies,
            )
        code = 130 if stopped_by is signal.SIGINT else 0
        if app.own_process and not service.has_ended:
            signals.end_at_once(code)
    return code


def _stop(service: Service) -> None:
    signals.begin_to_end()
    service.stop()


def _inbox(settings: Settings) -> Uploads | None:
    """Where uploads go; None where the configuration takes none."""
    from kb.serving.ingestion import Ingestion
    from kb.serving.uploads import Uploads
    from kb.session.inspection import taken_in
    from kb.session.wiring import collection

    serve = settings.serve
    if not serve.upload_mb:
        return None
    return Uploads(
        settings.home,
        Ingestion(settings),
        lambda name, folder: taken_in(collection(settings, name), folder),
        megabytes=serve.upload_mb,
        files=serve.upload_files,
    )


def _clients(how: Serve) -> Clients:
    from kb.serving.routes.common import Clients

    return Clients(how.embeddings, how.client_kib * 1024, how.client_prompt)


def _guard(settings: Settings, names: frozenset[str], token: str) -> Guard:
    """Raises UsageError: a proxy that is no address, or a header without proxies."""
    from kb.access.users import UserFile
    from kb.serving.guard import Guard

    serve, users = settings.serve, UserFile(settings.home)
    if bool(serve.identity_header) != bool(serve.trusted_proxies):
        raise UsageError(
            "serve.identity_header and serve.trusted_proxies need each other",
            why="a name in a header is believed from listed addresses alone",
            hint="set both, or neither (docs/serve.md)",
        )
    try:
        proxies = frozenset(str(ipaddress.ip_address(one)) for one in serve.trusted_proxies)
    except ValueError as error:
        raise UsageError(
            "serve.trusted_proxies holds something that is no address",
            why=str(error),
            hint='list addresses in figures: ["10.0.0.5"]',
        ) from error

    def named(name: str) -> Caller | None:
        user = users.users().get(name)
        return user.caller if user else None

    def of(token: str) -> Caller | None:
        user = users.by_token(token)
        return user.caller if user else None

    return Guard(names, token, of, named, serve.identity_header.lower(), proxies)


def _announce(
    settings: Settings, url: str, token: str, live: list[Status], *, as_json: bool
) -> None:
    """A token that lies in a file is not shown: what a service prints is kept in a journal."""
    file = settings.serve.token_file
    if as_json:
        kept = {"token": None, "token_file": file} if file else {"token": token}
        served = [{name: to_dict(one)[name] for name in _SERVED} for one in live]
        emit({"serve": {"url": url, **kept, "collections": served}})
        return
    say(f"{'address':<12} {url}" + ("" if file else f"#token={token}"))
    if file:
        say(f"{'token':<12} in {file}")
    for one in live:
        content = f"{one.documents} documents" if one.generation else "empty: kb ingest PATH"
        say(f"{'collection':<12} {one.collection}, generation {one.generation} ({content})")
    say("Ctrl-C stops it")


def _address(settings: Settings) -> str:
    """The IP address to listen on. Raises UsageError: it would open kb to others unprotected."""
    serve = settings.serve
    if serve.host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(serve.host.strip("[]"))
    except ValueError as error:
        raise UsageError(
            f"'{serve.host}' is not an address to listen on",
            why=str(error),
            hint="give one IP address of this machine, for example 127.0.0.1",
        ) from error
    if address.is_loopback:
        return str(address)
    if not (settings.egress.allow_public or egress.is_private(str(address))):
        raise UsageError(
            f"kb does not listen on {address}",
            why="it is not a private address, or it stands for every network of this machine",
            hint="give one private IP address of this machine; better stay on loopback, with a "
            "proxy in front that has a certificate (docs/serve.md)",
        )
    if not (serve.token_file and serve.names):
        raise UsageError(
            f"kb does not listen on {address} without serve.token_file and serve.names",
            why="everybody on that network could ask; configure who may, and under which names",
            hint="set both keys (docs/serve.md), or leave out --host",
        )
    return str(address)


def _kept_token(settings: Settings) -> str:
    """What the token file holds, "" where none is configured. Raises UsageError."""
    if not settings.serve.token_file:
        return ""
    file = Path(settings.serve.token_file).expanduser()
    try:
        token = file.read_text(encoding="ascii").strip()
        readable_by_others = file.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the token file {file} cannot be read",
            why=str(error),
            hint=f"make one: (umask 077; openssl rand -hex 32 > {file})",
        ) from error
    if readable_by_others:
        raise UsageError(
            f"other users may read the token file {file}",
            why="whoever has the token may ask",
            hint=f"chmod 600 {file}, and write a new token into it",
        )
    if len(token) < _LEAST_TOKEN or not token.isprintable() or " " in token:
        raise UsageError(
            f"the token in {file} is not valid",
            why=f"it must be one word of at least {_LEAST_TOKEN} characters",
            hint=f"make one: (umask 077; openssl rand -hex 32 > {file})",
        )
    return token


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
