"""Which documents are versions of one another: found before each commit, kept in the generation.

Only documents whose content changed are read; the families are then formed anew from what is
stored of every document, which takes one pass over their names.
"""

from __future__ import annotations

from itertools import islice

from kb.index import versions
from kb.index.catalog import Catalog
from kb.index.database import Database
from kb.pipelines.documents import note_documents
from kb.types import DocumentRecord
from kb.versions.facts import version_facts
from kb.versions.families import families
from kb.versions.likeness import sketch

_BATCH = 1_000
"""Documents that are read and noted at a time."""


def note_versions(catalog: Catalog) -> None:
    """Bring the families of a draft, and the tables whose rows are its documents, up to date.
    Comes after every change of its documents.

    Raises:
        StoreError: it cannot be written.
    """
    database = catalog.database
    records = catalog.documents()
    outdated = versions.outdated(database)
    wanted = (record for record in records if record.doc_id in outdated)
    with database.transaction():
        while some := [*islice(wanted, _BATCH)]:
            read = [_read(database, one, outdated[one.doc_id]) for one in some]
            versions.put_facts(database, read)
    known = [*versions.documents(database)]
    versions.put_families(database, families(known))
    note_documents(catalog, records, {one.doc_id: one.facts.named for one in known})


def _read(database: Database, record: DocumentRecord, made_of: str) -> versions.Read:
    ends = versions.ends(database, record.doc_id)
    facts = version_facts(
        record.path, record.title, dict(record.labels), head=ends.head, tail=ends.tail
    )
    return versions.Read(record.doc_id, made_of, facts, sketch(ends.terms))
