"""`kb show`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.session import Document, Session


@click.command("show", cls=Command, needs=Needs(store=True))
@click.argument("doc", metavar="DOC")
@json_option
@pass_app
def command(app: App, doc: str, as_json: bool) -> int:
    """One document's chunks, or an archive's members.

    DOC is a path as `kb sources` shows it, with or without the source's name in front, a glob
    that fits one, or the first six or more digits of a document's id.

    \b
    Example:
      kb show office/通讯录.docx
    """
    with Session(app.settings) as session:
        found = session.document(doc)
    if as_json:
        emit({"show": found})
    else:
        _show(found)
    return 0


def _show(found: Document) -> None:
    record = found.record
    say(f"{record.root}/{record.path}: {record.title}")
    say(f"document {record.doc_id}, sha256 {record.sha256}")
    if record.is_archive:
        say(f"an archive of {len(found.members)}:")
        for member in found.members:
            say(f"{member.chunks:>6} chunks  {member.path}")
        return
    say(f"{record.characters} characters, {record.chunks} chunks")
    for key, value in record.labels:
        say(f"{key}: {value}")
    for chunk in found.chunks:
        where = f"p. {chunk.page}, " if chunk.page else f"line {chunk.line}, " if chunk.line else ""
        say()
        say(f"--- {chunk.ordinal}: {where}characters {chunk.start} to {chunk.end}  {chunk.section}")
        say(chunk.text)
