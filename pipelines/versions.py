"""Which documents are versions of one another: found before each commit, kept in the generation.

Only documents whose content changed are read; the families are then formed anew from what is
stored of every document, which takes one pass over their names.
"""

from __future__ import annotations

from kb.index import versions
from kb.index.catalog import Catalog
from kb.pipelines.documents import note_documents
from kb.versions.facts import version_facts
from kb.versions.families import families
from kb.versions.likeness import sketch


def note_versions(catalog: Catalog) -> None:
    """Bring the families of a draft, and the tables whose rows are its documents, up to date.
    Comes after every change of its documents.

    Raises:
        StoreError: it cannot be written.
    """
    database = catalog.database
    for doc_id in versions.outdated(database):
        record = catalog.document(doc_id)
        if record is None:
            continue
        ends = versions.ends(database, doc_id)
        facts = version_facts(
            record.path, record.title, dict(record.labels), head=ends.head, tail=ends.tail
        )
        versions.put_facts(database, doc_id, facts, sketch(ends.terms))
    versions.put_families(database, families(versions.documents(database)))
    note_documents(catalog)
