"""Enforces that a command touches what it declares that it needs, and nothing else.

Each command has its `Needs` (kb/cli/needs.py): the hosts that it is configured to talk to, its
sources to read, the home folder to write. `kb.egress`, the egress guard, sees to it in Python,
`kb.sandbox` in the kernel, the latter only in a process of the command's own
(`kb.cli.main.main`): nothing takes it away again.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kb import egress, egress_log
from kb.cli import home
from kb.cli.needs import Needs
from kb.config import Settings
from kb.documents.pool.scratch import sweep_office_sockets
from kb.errors import EgressBlocked, KbError, StoreError, UsageError
from kb.sandbox import kernel

if TYPE_CHECKING:
    from kb.session.hosts import Host

log = logging.getLogger(__name__)

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that name certificates to trust, which may lie anywhere."""


def enforce(
    settings: Settings,
    needs: Needs,
    *,
    command: str,
    parameters: Mapping[str, Any],
    own_process: bool,
) -> None:
    """From here on this process touches what the command needs, and nothing else.

    Args:
        command: its name without `kb`, as "models list".
        parameters: the values of its parameters. Every Path among them may be read.
        own_process: whether the kernel's sandbox may be put around this process.

    Raises:
        UsageError: a public address in egress.allow, without egress.allow_public.
        EgressBlocked: it would talk to a host that is not allowed, or through a proxy; or the
            kernel's sandbox is required and not in force.
    """
    home.prepare(settings, needs, parameters)
    egress.keep(settings.state / egress_log.NAME, command)
    egress.install(settings.egress.allow, public=settings.egress.allow_public)
    if needs.outside_sandbox:
        _run_outside(settings, command, needs.outside_sandbox)
        return
    hosts = tuple(hosts_of(settings, needs))
    _check_allowed(hosts)
    _check_proxies(hosts)
    if hosts:
        egress.pin()  # no name can be looked up inside the sandbox
    if own_process and kernel.is_linux() and settings.egress.sandbox != "off":
        _enter_sandbox(settings, needs, parameters, hosts)
    elif settings.egress.sandbox == "require":
        raise _not_in_force(
            "this process is not kb's alone, so no sandbox was put around it"
            if kernel.is_linux()
            else "only Linux has it"
        )


def hosts_of(settings: Settings, needs: Needs) -> Iterator[Host]:
    """The servers that a command is configured to talk to. Raises UsageError: no address."""
    from kb.session.hosts import configured_hosts

    for found in configured_hosts(settings, models=needs.models == "runs", store=needs.store):
        if isinstance(found, UsageError):
            raise found
        yield found


def _check_allowed(hosts: Sequence[Host]) -> None:
    for host in hosts:
        if not egress.permits(host.name, host.port):
            destination = str(host.destination)
            with contextlib.suppress(EgressBlocked):  # kept for the report; said below
                egress.block(host.key, destination)
            raise EgressBlocked(
                f"{host.key} names {destination}, which is not allowed",
                why="only loopback and the destinations of [egress] allow may be reached",
                hint=f'if this server is yours: allow = ["{destination}"] in [egress]; '
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


def _run_outside(settings: Settings, command: str, why: str) -> None:
    log.info("'%s' runs outside the sandbox: %s", command, why)
    if settings.egress.sandbox == "require" and settings.origins["egress.sandbox"] == "flag":
        raise _not_in_force(f"'kb {command}' runs without it, because {why}")


def _enter_sandbox(
    settings: Settings, needs: Needs, parameters: Mapping[str, Any], hosts: Sequence[Host]
) -> None:
    from kb import sandbox

    ports = {host.port for host in hosts}
    if hosts or needs.models == "runs":
        ports |= {egress.Destination.parse(one).port for one in settings.egress.allow}
    sources = _paths(parameters)
    reads = home.readable(settings, needs, parameters)
    writes = home.writable(settings, needs, parameters)
    outputs = home.outputs(settings, needs, parameters)
    if needs.sources:
        sources += _known_sources(settings)
        sources += [settings.home / "inbox"] if needs.listens else []  # of those to come
        sweep_office_sockets()
    keys = (settings.models.api_key_file, settings.store.api_key_file)
    for secret in (*keys, settings.store.ca_file):
        reads += [Path(secret).expanduser()] if secret else []
    reads += [Path(os.environ[name]) for name in _CERTIFICATES if os.environ.get(name)]
    reads += [Path(one).expanduser() for one in settings.bundle.trusted_keys]
    if needs.models != "no":
        places, digests = _model_places(settings)
        reads += places
        outputs += digests
    if needs.listens and settings.serve.token_file:
        reads.append(Path(settings.serve.token_file).expanduser())
    policy = sandbox.Policy(
        read=tuple(reads),
        sources=tuple(sources),
        write=(*writes, _temporary(settings.home)),
        output=tuple(outputs),
        connect=frozenset(ports),
        bind=frozenset({settings.serve.port} if needs.listens else ()),
    )
    missing = [part for part in sandbox.enforce(policy) if not part.in_force]
    for part in missing:
        log.info("the sandbox lacks %s: %s", part.name, part.detail)
    if missing and settings.egress.sandbox == "require":
        raise _not_in_force("; ".join(f"{part.name}: {part.detail}" for part in missing))


def _paths(parameters: Mapping[str, Any]) -> list[Path]:
    """The files and folders that the command line names."""
    values = (value if isinstance(value, tuple) else (value,) for value in parameters.values())
    return [one for value in values for one in value if isinstance(one, Path)]


def _known_sources(settings: Settings) -> list[Path]:
    """What was ingested before. What is wrong with the collection the command says itself."""
    from kb.index.generation import Collection

    found: list[Path] = []
    for name in settings.collections:
        with contextlib.suppress(KbError), Collection(settings.home, name).reader() as live:
            for root in live.catalog.sources():
                found += [Path(root.location, part) for part in root.only or ("",)]
    return found


def _model_places(settings: Settings) -> tuple[list[Path], list[Path]]:
    """Where models are read from, and where the digest of a new one is kept beside it."""
    from kb.models.engine.store import missing_digests, ollama_stores
    from kb.session.wiring import models_folder

    folder = models_folder(settings)
    digests = missing_digests(folder)
    for file in digests:
        home.made_empty(file)
    return [folder, *ollama_stores()], digests


def _temporary(beside: Path) -> Path:
    """A folder of this user's own for temporary files, and all of the temporary folder that the
    command may touch: sources and other people's files may lie beside it, and the home folder."""
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
    elif beside.resolve().is_relative_to(place.resolve()):
        place = Path(tempfile.mkdtemp(prefix="kb-", dir=place))
    tempfile.tempdir = os.environ["TMPDIR"] = str(place)
    return place


def _not_in_force(why: str) -> EgressBlocked:
    return EgressBlocked(
        "the sandbox is required but not in force",
        why=why,
        hint="kb egress-report says what this machine offers; without the requirement: "
        'egress.sandbox = "auto"',
    )
