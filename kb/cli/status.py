"""`kb status`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.reports import show_failures
from kb.index.generation import Collection
from kb.session.wiring import collection


@click.command("status", cls=Command, needs=Needs(store=True))
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """What is indexed, with which models, and what failed.

    \b
    Example:
      kb status
    """
    settings = app.settings
    place = collection(settings)
    if as_json:
        emit({"status": status_fields(place, settings.home)})
        return 0
    if not place.exists():
        say(f"collection   {place.name} in {settings.home}")
        say("documents    0; take some in with: kb ingest PATH")
        return 0
    with place.reader() as live:
        counts = live.catalog.counts()
        sources = live.catalog.sources()
        failures = tuple(live.catalog.failures())
        manifest = live.manifest
        engine = live.catalog.meta("models.engine") or ""
    made = manifest.fingerprint
    say(f"collection   {place.name} in {settings.home}")
    say(f"generation   {manifest.generation} of {manifest.created}")
    say(f"documents    {counts.documents} ({counts.chunks} chunks, {counts.characters} characters)")
    if made:
        say(f"embedding    {made.embedding}, {made.dimension} dimensions ({made.digest[:12]}…)")
        say(f"engines      models: {engine}, vectors: {made.engine}")
    for source in sources:
        say(f"source       {source.location}")
    say(f"failed       {len(failures)}")
    show_failures(failures)
    return 0


def status_fields(place: Collection, home: Path) -> dict[str, object]:
    named: dict[str, object] = {"collection": place.name, "home": str(home)}
    if not place.exists():
        return {**named, "generation": 0, "documents": 0, "chunks": 0, "failed": []}
    with place.reader() as live:
        counts, manifest = live.catalog.counts(), live.manifest
        made = manifest.fingerprint
        return {
            **named,
            "generation": manifest.generation,
            "created": manifest.created,
            "documents": counts.documents,
            "chunks": counts.chunks,
            "characters": counts.characters,
            "sources": [asdict(source) for source in live.catalog.sources()],
            "fingerprint": asdict(made) if made else None,
            "models_engine": live.catalog.meta("models.engine") or "",
            "root_hash": manifest.root_hash,
            "failed": [asdict(failure) for failure in live.catalog.failures()],
        }
