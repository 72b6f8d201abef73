"""Which documents are versions of one another: found before each commit, kept in the generation.

Only documents whose content changed are read, and only families that they are in, were in or may
be in are formed anew: it takes what changed, not what there is, and comes to the same.
"""

from __future__ import annotations

from dataclasses import replace

from kb.index import versions
from kb.index.catalog import Catalog
from kb.index.database import Database
from kb.pipelines.documents import note_documents
from kb.tables.kinds import kind_of
from kb.text.likeness import sketch
from kb.types import DocumentRecord
from kb.versions.facts import is_mail, version_facts
from kb.versions.families import families

_BATCH = 1_000
"""Documents that are read and noted at a time."""


def note_versions(catalog: Catalog) -> None:
    """Bring the families of a draft, and the tables whose rows are its documents, up to date.
    Comes after every change of its documents.

    Raises:
        StoreError: it cannot be written.
    """
    database = catalog.database
    outdated = versions.outdated(database)
    wanted = [*outdated]
    with database.transaction():
        touched = versions.forget_facts(database, [*versions.gone(database), *wanted])
        for at in range(0, len(wanted), _BATCH):
            records = catalog.documents_named(wanted[at : at + _BATCH])
            read = [_read(database, one, outdated[one.doc_id]) for one in records]
            touched |= versions.put_facts(database, read)
        near = versions.linked(database, touched)
        versions.put_families(database, families(near), near)
    note_documents(catalog)


def _read(database: Database, record: DocumentRecord, made_of: str) -> versions.Read:
    ends = versions.ends(database, record.doc_id)
    labels = dict(record.labels)
    facts = version_facts(record.path, record.title, labels, head=ends.head, tail=ends.tail)
    if kind := kind_of(record.title, record.path, is_mail=is_mail(labels)):
        facts = replace(facts, kind=kind.name)
    return versions.Read(record.doc_id, made_of, facts, sketch(ends.terms))
