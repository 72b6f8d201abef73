"""`kb show`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.wiring import collection
from kb.errors import UsageError


@click.command("show")
@click.argument("doc", metavar="DOC")
@json_option
@pass_app
def command(app: App, doc: str, as_json: bool) -> int:
    """One document's chunks. DOC is a path as `kb sources` shows it, or a glob that fits one.

    \b
    Example:
      kb show office/通讯录.docx
    """
    with collection(app.settings).reader() as live:
        found = live.catalog.documents_matching(doc)
        if len(found) != 1:
            raise UsageError(
                f"'{doc}' names {len(found)} documents, not one",
                why=", ".join(record.path for record in found[:5]) or "no path fits",
                hint="see the paths with: kb sources",
            )
        record = found[0]
        chunks = live.catalog.document_chunks(record.doc_id)
    if as_json:
        emit({"show": {"document": record, "chunks": chunks}})
        return 0
    say(f"{record.root}/{record.path}: {record.title}")
    say(f"{record.characters} characters, {record.chunks} chunks, sha256 {record.sha256}")
    for key, value in record.labels:
        say(f"{key}: {value}")
    for chunk in chunks:
        where = f"p. {chunk.page}, " if chunk.page else f"line {chunk.line}, " if chunk.line else ""
        say()
        say(f"--- {chunk.ordinal}: {where}characters {chunk.start} to {chunk.end}  {chunk.section}")
        say(chunk.text)
    return 0
