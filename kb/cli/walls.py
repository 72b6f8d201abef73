"""The walls around a command, put up between reading the settings and doing the work.

Each command may touch what it needs: the hosts that it is configured to talk to, its sources to
read, the home folder to write. `kb.egress` sees to it in Python, `kb.sandbox` in the kernel, the
latter only in a process of the command's own (`kb.cli.main.main`): nothing takes it away again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from kb import egress, egress_log
from kb.config import Settings
from kb.documents.pool.scratch import sweep_office_sockets
from kb.errors import EgressBlocked, KbError, StoreError
from kb.sandbox import kernel

log = logging.getLogger(__name__)

EXEMPT = {
    "models fetch-demo": "it starts pip, which asks the package index",
    "models add": "it copies a file from anywhere to wherever models lie",
    "bundle create": "it starts pip, which asks the package index",
    "doctor": "it looks at the machine as it is, and tries what the wall would forbid",
    "bundle install": "it makes a virtual environment and puts models where they belong",
}
"""Commands that run without the kernel's wall, and why."""

_WITHOUT_MODELS = frozenset(
    {
        "status", "sources", "show", "history", "remove", "rollback", "config show",
        "egress-report", "models list", "bundle verify",
    }
)  # fmt: skip
_WITH_SOURCES = frozenset({"ingest", "reindex"})
_MAKING_HOME = _WITH_SOURCES | {"check", "remove", "rollback", "serve"}
"""Commands that take the writer's lock, which lies in the home folder; and the one that must see
what is taken in later."""

_QDRANT_PORT = 6333


@dataclass(frozen=True, slots=True)
class Host:
    """A server that a command talks to, and the setting that names it."""

    key: str
    scheme: str
    name: str
    port: int


def close(settings: Settings, outputs: Sequence[Path], *, own_process: bool) -> None:
    """Put up every wall there is for the command that runs.

    Args:
        outputs: files outside of the home folder that it writes.
        own_process: whether the kernel's wall may be put around this process.

    Raises:
        UsageError: a public address in egress.allow, without egress.allow_public.
        EgressBlocked: it would talk to a host that is not allowed, or through a proxy; or the
            kernel's wall is required and not in force.
    """
    context = click.get_current_context(silent=True)
    command = context.command_path.partition(" ")[2] if context else ""
    egress.keep(settings.home / egress_log.NAME, command)
    egress.install(settings.egress.allow, public=settings.egress.allow_public)
    if command in EXEMPT:
        _run_outside(settings, command)
        return
    hosts = tuple(hosts_of(settings, command))
    _check_allowed(hosts)
    _check_proxies(hosts)
    if hosts:
        egress.pin()  # no name can be looked up behind the wall
    if own_process and kernel.is_linux() and settings.egress.sandbox != "off":
        _close_kernel_wall(settings, command, context, hosts, outputs)
    elif settings.egress.sandbox == "require":
        raise _not_in_force(
            "this process is not kb's alone, so no wall was put around it"
            if kernel.is_linux()
            else "only Linux has it"
        )


def hosts_of(settings: Settings, command: str) -> Iterator[Host]:
    """The servers that a command is configured to talk to. Raises UsageError: no address."""
    from kb.models.client.hosts import normalise_host

    addresses: list[tuple[str, str]] = []
    if command not in _WITHOUT_MODELS:
        if settings.models.engine != "embedded":
            addresses += [("models.host", normalise_host(one)) for one in settings.models.host]
        if settings.models.rerank and settings.models.rerank_host:
            addresses.append(("models.rerank_host", normalise_host(settings.models.rerank_host)))
    if settings.store.engine == "server" and command not in ("config show", "egress-report"):
        addresses.append(("store.url", settings.store.url))
    for key, address in addresses:
        parts = urlsplit(address if "//" in address else f"//{address}")
        with contextlib.suppress(ValueError):  # a port that is none: the client says so
            yield Host(key, parts.scheme, parts.hostname or "", parts.port or _QDRANT_PORT)


def _check_allowed(hosts: Sequence[Host]) -> None:
    for host in hosts:
        if not egress.permits(host.name, host.port):
            destination = f"[{host.name}]" if ":" in host.name else host.name
            with contextlib.suppress(EgressBlocked):  # kept for the report; said below
                egress.block(host.key, f"{destination}:{host.port}")
            raise EgressBlocked(
                f"{host.key} names {destination}:{host.port}, which is not allowed",
                why="only loopback and the destinations of [egress] allow may be reached",
                hint=f'if this server is yours: allow = ["{destination}:{host.port}"] in [egress]; '
                f"else correct {host.key} (OLLAMA_HOST is the default of models.host)",
            )


def _check_proxies(hosts: Sequence[Host]) -> None:
    """kb connects itself, and to loopback no proxy could help. Elsewhere it may be the only way:
    say so, where the connection would fail or, in a library, go through it."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    for host in hosts:
        proxy = proxies.get(host.scheme) or proxies.get("all")
        if not proxy or egress.is_loopback(host.name) or proxy_bypass(host.name):
            continue
        shown = urlsplit(proxy if "//" in proxy else f"//{proxy}").hostname
        with contextlib.suppress(EgressBlocked):
            egress.block("proxy", str(shown))
        raise EgressBlocked(
            f"a proxy ({shown}) is set for {host.name}, which {host.key} names",
            why="questions and documents would go through it; kb connects to its servers itself",
            hint=f"unset HTTP_PROXY, HTTPS_PROXY and ALL_PROXY for kb, or NO_PROXY={host.name}",
        )


def _run_outside(settings: Settings, command: str) -> None:
    log.info("'%s' runs without the kernel's wall: %s", command, EXEMPT[command])
    if settings.egress.sandbox == "require" and settings.origins["egress.sandbox"] == "flag":
        raise _not_in_force(f"'kb {command}' runs without it, because {EXEMPT[command]}")


def _close_kernel_wall(
    settings: Settings,
    command: str,
    context: click.Context | None,
    hosts: Sequence[Host],
    outputs: Sequence[Path],
) -> None:
    from kb import sandbox

    talks = hosts or command not in _WITHOUT_MODELS
    ports = {host.port for host in hosts}
    if talks:
        ports |= {egress.Destination.parse(one).port for one in settings.egress.allow}
    given = tuple(_paths(context)) if context else ()
    reads, writes = list(given), [settings.home]
    if command in _WITH_SOURCES:
        reads += _known_sources(settings)
        sweep_office_sockets()
    if command in _MAKING_HOME and not (context and context.params.get("dry_run")):
        _make_home(settings.home)
    if settings.store.api_key_file:
        reads.append(Path(settings.store.api_key_file).expanduser())
    reads += [Path(one).expanduser() for one in settings.bundle.trusted_keys]
    if command not in _WITHOUT_MODELS or command == "models list":
        read, written = _model_places(settings)
        reads += read
        writes += written
    if command == "serve" and settings.serve.token_file:
        reads.append(Path(settings.serve.token_file).expanduser())
    policy = sandbox.Policy(
        read=tuple(reads),
        write=(*writes, _temporary()),
        output=tuple({file.absolute().parent for file in outputs}),
        connect=frozenset(ports),
        bind=frozenset({settings.serve.port} if command == "serve" else ()),
    )
    missing = [part for part in sandbox.close(policy) if not part.in_force]
    for part in missing:
        log.info("the kernel's wall lacks %s: %s", part.name, part.detail)
    if missing and settings.egress.sandbox == "require":
        raise _not_in_force("; ".join(f"{part.name}: {part.detail}" for part in missing))


def _paths(context: click.Context) -> Iterator[Path]:
    """The files and folders that the command line names."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if isinstance(parameter.type, click.Path) and value is not None:
            values = value if isinstance(value, tuple) else (value,)
            yield from (Path(one) for one in values)


def _known_sources(settings: Settings) -> list[Path]:
    """What was ingested before. What is wrong with the collection the command says itself."""
    from kb.index.generation import Collection

    found: list[Path] = []
    for name in settings.collections:
        with contextlib.suppress(KbError), Collection(settings.home, name).reader() as live:
            for root in live.catalog.sources():
                found += [Path(root.location, part) for part in root.only or ("",)]
    return found


def _make_home(home: Path) -> None:
    """Rights are given on what is there. Where it cannot be made, the command says why."""
    with contextlib.suppress(OSError):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _model_places(settings: Settings) -> tuple[list[Path], list[Path]]:
    """Where models are read from, and where the digest of a new one is kept beside it."""
    from kb.models.engine.store import digests_to_keep, ollama_stores
    from kb.session.wiring import models_folder

    folder = models_folder(settings)
    return [folder, *ollama_stores()], [folder] if digests_to_keep(folder) else []


def _temporary() -> Path:
    """A folder of this user's own for temporary files, and all of the temporary folder that the
    command may touch: sources and other people's files may lie beside it."""
    try:
        base = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise StoreError(
            "there is no folder for temporary files",
            why=str(error),
            hint="free some space, or name a folder with TMPDIR",
        ) from error
    place = base if base.name == f"kb-{os.getuid()}" else base / f"kb-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        place = Path(tempfile.mkdtemp(prefix="kb-"))  # somebody else took the name
    tempfile.tempdir = os.environ["TMPDIR"] = str(place)
    return place


def _not_in_force(why: str) -> EgressBlocked:
    return EgressBlocked(
        "the kernel's wall is required and not in force",
        why=why,
        hint="kb egress-report says what this machine offers; without the requirement: "
        'egress.sandbox = "auto"',
    )
