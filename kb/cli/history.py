"""`kb history`."""

from __future__ import annotations

from dataclasses import asdict

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.index.generation import Collection
from kb.index.run_log import RunRecord
from kb.session.wiring import collection


@click.command("history", cls=Command, needs=Needs(store=True))
@click.option(
    "--diff",
    "pair",
    type=int,
    nargs=2,
    metavar="A B",
    help="What changed from generation A to generation B.",
)
@json_option
@pass_app
def command(app: App, pair: tuple[int, int] | None, as_json: bool) -> int:
    """The runs, newest first, and the generations that are kept.

    \b
    Example:
      kb history --diff 6 7
    """
    place = collection(app.settings)
    if pair:
        return _diff(place, *pair, as_json=as_json)
    runs = place.runs()[::-1]
    generations = place.generations()[::-1]
    live = _live(place)
    if as_json:
        emit(
            {
                "history": [run.as_line() for run in runs],
                "generations": [asdict(manifest) for manifest in generations],
                "live": live,
            }
        )
        return 0
    for run in runs:
        say(_line(run))
    if not runs:
        say("no runs yet; add documents with: kb ingest PATH")
    for manifest in generations:
        state = "live" if manifest.generation == live else "kept"
        say(
            f"{state}: generation {manifest.generation} of {manifest.created}, "
            f"{manifest.documents} documents, {manifest.chunks} chunks, "
            f"root hash {manifest.root_hash[:12]}…"
        )
    return 0


def _live(place: Collection) -> int:
    if not place.exists():
        return 0
    with place.reader() as live:
        return live.number


def _line(run: RunRecord) -> str:
    counts = {**asdict(run.counts), "chunks": 0}  # those embedded and reused say it
    changes = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    where = f"generation {run.generation}: " if run.generation else ""
    return (
        f"{run.started}  {run.command:<8} {run.outcome:<12} {where}"
        f"{changes or 'nothing changed'}, {run.seconds:.1f} s"
    )


def _diff(place: Collection, one: int, other: int, *, as_json: bool) -> int:
    from kb.index.differences import difference

    with place.generation(one) as before, place.generation(other) as after:
        found = difference(before.catalog, after.catalog)
    if as_json:
        emit(
            {
                "diff": {
                    "from": one,
                    "to": other,
                    "added": found.added,
                    "removed": found.removed,
                    "changed": found.changed,
                    "moved": [{"from": old, "to": new} for old, new in found.moved],
                    "chunks": {"added": found.chunks_added, "removed": found.chunks_removed},
                }
            }
        )
        return 0
    for name in ("added", "removed", "changed"):
        for path in getattr(found, name):
            say(f"{name:<8} {path}")
    for old, new in found.moved:
        say(f"{'moved':<8} {old} → {new}")
    say(
        f"generation {one} → {other}: {len(found.added)} added, {len(found.removed)} removed, "
        f"{len(found.changed)} changed, {len(found.moved)} moved; "
        f"{found.chunks_added} chunks added, {found.chunks_removed} removed"
    )
    return 0
