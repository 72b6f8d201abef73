"""`kb show`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.errors import UsageError
from kb.index.catalog import Catalog
from kb.session.wiring import collection
from kb.types import Chunk, DocumentRecord

_ID = re.compile("[0-9a-f]{6,32}")


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
    with collection(app.settings).reader() as live:
        record = _named(live.catalog, doc)
        chunks = live.catalog.document_chunks(record.doc_id)
        members = live.catalog.members(record.root, record.path) if record.is_archive else []
    if as_json:
        shown: dict[str, object] = {"document": record, "chunks": chunks}
        emit({"show": {**shown, "members": members} if record.is_archive else shown})
    else:
        _tell(record, chunks, members)
    return 0


def _named(catalog: Catalog, doc: str) -> DocumentRecord:
    documents = catalog.documents()
    found = [one for one in documents if doc in (one.path, f"{one.root}/{one.path}")]
    found = found or catalog.documents_matching(doc)
    if not found and _ID.fullmatch(doc):
        found = [one for one in documents if one.doc_id.startswith(doc)]
    if len(found) != 1:
        raise UsageError(
            f"'{doc}' names {len(found)} documents, not one",
            why=", ".join(f"{one.root}/{one.path}" for one in found[:5]) or "no path fits",
            hint="see the paths with: kb sources",
        )
    return found[0]


def _tell(
    record: DocumentRecord, chunks: Sequence[Chunk], members: Sequence[DocumentRecord]
) -> None:
    say(f"{record.root}/{record.path}: {record.title}")
    say(f"document {record.doc_id}, sha256 {record.sha256}")
    if record.is_archive:
        say(f"an archive of {len(members)}:")
        for member in members:
            say(f"{member.chunks:>6} chunks  {member.path}")
        return
    say(f"{record.characters} characters, {record.chunks} chunks")
    for key, value in record.labels:
        say(f"{key}: {value}")
    for chunk in chunks:
        where = f"p. {chunk.page}, " if chunk.page else f"line {chunk.line}, " if chunk.line else ""
        say()
        say(f"--- {chunk.ordinal}: {where}characters {chunk.start} to {chunk.end}  {chunk.section}")
        say(chunk.text)
