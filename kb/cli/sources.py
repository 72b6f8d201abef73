"""`kb sources`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.session import Listing, Session
from kb.types import MEMBER
from kb.version_types import Family, FamilyKind
from kb.versions.dates import shown, today


@click.command("sources", cls=Command, needs=Needs(store=True))
@click.option("--failed", is_flag=True, help="Only what failed.")
@json_option
@pass_app
def command(app: App, failed: bool, as_json: bool) -> int:
    """Every document with its chunks, and every file that failed with its reason.

    An archive is listed with the number of its members, which follow it. Documents that are
    versions of one another come once more behind the list, the one in force first.

    \b
    Example:
      kb sources --failed
    """
    with Session(app.settings) as session:
        found = session.sources(failed_only=failed)
    if as_json:
        emit(found)
    else:
        _show(found, only_failed=failed)
    return 0


def _show(found: Listing, *, only_failed: bool) -> None:
    for record in found.documents:
        if record.is_archive:
            say(f"archive of {found.members[record.doc_id]:>3}  {record.root}/{record.path}")
        else:
            indent = "  " * record.path.count(MEMBER)
            say(f"{record.chunks:>6} chunks  {indent}{record.root}/{record.path}")
    for family in found.families:
        _show_family(family)
    for failure in found.failed:
        say(f"failed         {failure.root}/{failure.path}: {failure.message}")
        say(f"               {failure.hint}")
    if only_failed and not found.failed:
        say("nothing failed")


def _show_family(family: Family) -> None:
    now = family.in_force(today())
    others = (one for one in reversed(family.members) if one is not now)
    for one in (now, *others):
        day = f", {shown(one.since or one.dated)}" if one.since or one.dated else ""
        state = "in force" if one is now else "replaced" if one.valid else "not in force"
        if family.kind is FamilyKind.THREAD:
            state = "thread"
        say(f"{'versions' if one is now else '':<15}{one.source}  ({state}{day})")
