"""`kb sources`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.session.wiring import collection
from kb.types import MEMBER, DocumentRecord, Failure


@click.command("sources", cls=Command, needs=Needs(store=True))
@click.option("--failed", is_flag=True, help="Only what failed.")
@json_option
@pass_app
def command(app: App, failed: bool, as_json: bool) -> int:
    """Every document with its chunks, and every file that failed with its reason.

    An archive is listed with the number of its members, which follow it.

    \b
    Example:
      kb sources --failed
    """
    with collection(app.settings).reader() as live:
        documents = [] if failed else live.catalog.documents()
        failures = live.catalog.failures()
        archives = {
            record.doc_id: len(live.catalog.members(record.root, record.path))
            for record in documents
            if record.is_archive
        }
    if as_json:
        emit(
            {
                "sources": [_fields(record, archives) for record in documents],
                "failed": [asdict(failure) for failure in failures],
            }
        )
    else:
        _tell(documents, archives, failures, only_failed=failed)
    return 0


def _fields(record: DocumentRecord, archives: dict[str, int]) -> dict[str, object]:
    fields = {**asdict(record), "labels": dict(record.labels), "archive": record.is_archive}
    return {**fields, "members": archives[record.doc_id]} if record.is_archive else fields


def _tell(
    documents: Sequence[DocumentRecord],
    archives: dict[str, int],
    failures: Sequence[Failure],
    *,
    only_failed: bool,
) -> None:
    for record in documents:
        if record.is_archive:
            say(f"archive of {archives[record.doc_id]:>3}  {record.root}/{record.path}")
        else:
            indent = "  " * record.path.count(MEMBER)
            say(f"{record.chunks:>6} chunks  {indent}{record.root}/{record.path}")
    for failure in failures:
        say(f"failed         {failure.root}/{failure.path}: {failure.message}")
        say(f"               {failure.hint}")
    if only_failed and not failures:
        say("nothing failed")
