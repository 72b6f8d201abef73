"""The tables whose rows are documents: made before each commit, of what the workers found stated in
each document, of its name, and of the families of versions.

Nothing is read anew. Where nothing that they are made of changed, they stay; where no documents are
of a kind, there are none, which is told without looking at the documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from kb.index import versions
from kb.index.catalog import Catalog
from kb.index.database import Row
from kb.table_types import Described, Table
from kb.tables.documents import document_tables, may_be_tables
from kb.types import DocumentRecord
from kb.version_types import Families, FamilyKind, Member, VersionFacts
from kb.versions.dates import shown, today

FORMAT = "2"
"""Raise it when the tables are made in another way: they are then made anew."""

_NOTHING_TOLD = VersionFacts()


def note_documents(catalog: Catalog) -> None:
    """Bring the tables of documents of a draft up to date. Comes after every change of its
    documents, and after their families.

    Raises:
        StoreError: they cannot be written.
        StoreDamaged: what a document states is not what was written.
    """
    store = catalog.table_store
    telling = versions.telling(catalog.database)
    stated = store.stated_checksums()
    if not may_be_tables((facts.kind for facts in telling.values()), len(stated)):
        if store.documents_made_of():
            store.put_documents((), "")
        return
    families = versions.stored(catalog.database)
    made_of = _made_of(catalog, stated, families)
    if made_of != store.documents_made_of():
        store.put_documents(_tables(catalog, families, telling), made_of)


def _made_of(catalog: Catalog, stated: Sequence[Row], families: Families) -> str:
    """A digest of all that the tables are made of. Kind and day of a document are what its path,
    title and labels say."""
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(repr(stated).encode())
    for doc_id, *told in catalog.names():
        digest.update(repr((doc_id, *told, _member(families, doc_id))).encode())
    in_force = sorted(family.in_force(today()).doc_id for family in families.all)
    digest.update(repr(in_force).encode())
    return digest.hexdigest()


def _tables(
    catalog: Catalog,
    families: Families,
    telling: Mapping[str, VersionFacts],
) -> list[Table]:
    # Not for a night in which nothing changed.
    from kb.index.stated_tables import stated_tables

    records = [one for one in catalog.documents() if one.characters > 0]
    replaced = replaced_today(families)
    stated = stated_tables(catalog.database, catalog.table_store.stated())
    titles = {one.doc_id: one.title for one in records}
    return document_tables(
        _described(
            one,
            stated.get(one.doc_id),
            families,
            titles,
            telling.get(one.doc_id, _NOTHING_TOLD),
            replaced=one.doc_id in replaced,
        )
        for one in records
    )


def replaced_today(families: Families) -> frozenset[str]:
    """The documents that another version is in the place of today. Of a series (the minutes of
    each month) and of a thread of mails none replaces another."""
    return frozenset(
        member.doc_id
        for family in families.all
        if family.kind is FamilyKind.EDITION
        for member in family.members
        if member != family.in_force(today())
    )


def _member(families: Families, doc_id: str) -> Member | None:
    family = families.of_document.get(doc_id)
    return family.member(doc_id) if family else None


def _described(
    record: DocumentRecord,
    stated: Table | None,
    families: Families,
    titles: dict[str, str],
    facts: VersionFacts,
    *,
    replaced: bool,
) -> Described:
    family = families.of_document.get(record.doc_id)
    member = _member(families, record.doc_id)
    return Described(
        doc_id=record.doc_id,
        path=record.path,
        title=record.title,
        kind=facts.kind,
        version=member.label if member else "",
        dated=shown(facts.named) if facts.named else "",
        family=titles.get(family.in_force(today()).doc_id, "") if family else "",
        replaced=replaced,
        stated=stated,
    )
