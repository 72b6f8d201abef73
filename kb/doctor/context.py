"""What the checks look at: the settings, and what several of them want to know, found out once."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config import Settings
from kb.egress import is_loopback
from kb.errors import KbError, NothingFound
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint, Manifest
from kb.models.engine.store import ollama_stores
from kb.models.ollama.hosts import normalise_host

SECONDS = 2.0
"""How long a server may take to answer."""

if TYPE_CHECKING:
    from kb.models.connect import Models


@dataclass(frozen=True, slots=True)
class Live:
    """A collection's live generation: its manifest, None where nothing was ingested yet, or the
    error with which it cannot be opened."""

    name: str
    folder: Path
    manifest: Manifest | None
    error: KbError | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A model server. `version` is empty where none answers; `error` says why it was not asked."""

    host: str
    version: str
    error: KbError | None = None

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return is_loopback(self.host.partition("://")[2].rpartition(":")[0].strip("[]"))


@dataclass
class DoctorContext:
    """`now` is in seconds since the epoch; the rest is as the commands see it."""

    settings: Settings
    models_folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: float = field(default_factory=time.time)

    @property
    def home(self) -> Path:
        return self.settings.home

    @cached_property
    def collections(self) -> tuple[Live, ...]:
        """The collections in use."""
        return tuple(_live(self.home, name) for name in self.settings.collections)

    def labelled(self, live: Live, text: str) -> str:
        """A text about a collection, which names it where there are several."""
        return f"{live.name}: {text}" if len(self.collections) > 1 else text

    @property
    def fingerprint(self) -> Fingerprint | None:
        """What made the vectors of the first collection that has any."""
        known = (live.manifest.fingerprint for live in self.collections if live.manifest)
        return next((fingerprint for fingerprint in known if fingerprint), None)

    @cached_property
    def servers(self) -> tuple[Server, ...]:
        """Every configured Ollama server, asked for its version; none with another engine."""
        if self.settings.models.engine in ("embedded", "openai"):
            return ()
        return tuple(map(_server, self.settings.models.host))

    @property
    def answering(self) -> tuple[Server, ...]:
        return tuple(server for server in self.servers if server.version)

    @property
    def embedded(self) -> bool:
        """Whether commands would take the embedded engine now."""
        engine = self.settings.models.engine
        return engine == "embedded" or (engine == "auto" and not self.answering)

    @cached_property
    def stores(self) -> tuple[Path, ...]:
        """Ollama's model stores on this machine."""
        return ollama_stores(self.environ)


def _live(home: Path, name: str) -> Live:
    folder = home / "collections" / name
    try:
        with Collection(home, name).reader() as snapshot:
            return Live(name, folder, snapshot.manifest)
    except NothingFound:
        return Live(name, folder, None)
    except KbError as error:
        return Live(name, folder, None, error)


def _server(text: str) -> Server:
    from kb.models.ollama.wire import server_version

    try:
        host = normalise_host(text)
    except KbError as error:
        return Server(text, "", error)
    try:
        return Server(host, server_version(host, SECONDS) or "")
    except KbError as error:
        return Server(host, "", error)


def configured_models(context: DoctorContext) -> Models:
    """The models as commands have them; a context manager. Raises ServerUnreachable."""
    from kb.session.wiring import models

    return models(context.settings)
