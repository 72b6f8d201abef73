"""The tables whose rows are documents: made before each commit, of what the workers found stated in
each document and of the families of versions.

Nothing is read anew: one pass over a row a document. Where no document changed, nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from kb.index import versions
from kb.index.catalog import Catalog
from kb.table_types import Described, Table
from kb.types import DocumentRecord
from kb.version_types import Families, FamilyKind, Member
from kb.versions.dates import shown, today

FORMAT = "1"
"""Raise it when the tables are made in another way: they are then made anew."""


def note_documents(
    catalog: Catalog, documents: Sequence[DocumentRecord], named: Mapping[str, int]
) -> None:
    """Bring the tables of documents of a draft up to date. Comes after every change of its
    documents, and after their families.

    Args:
        documents: all of the catalog's, by root and path.
        named: by document id, the day that its name has (kb.version_types.VersionFacts).

    Raises:
        StoreError: they cannot be written.
        StoreDamaged: what a document states is not what was written.
    """
    families = versions.stored(catalog.database)
    records = [one for one in documents if one.characters > 0]
    replaced = replaced_today(families)
    made_of = _made_of(catalog, records, families, replaced)
    if made_of != catalog.table_store.documents_made_of():
        tables = _tables(catalog, records, families, named, replaced)
        catalog.table_store.put_documents(tables, made_of)


def _made_of(
    catalog: Catalog,
    records: Sequence[DocumentRecord],
    families: Families,
    replaced: frozenset[str],
) -> str:
    """A digest of all that the tables are made of."""
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(repr(catalog.table_store.stated_checksums()).encode())
    for one in records:
        member = _member(families, one.doc_id)
        digest.update(repr((one.doc_id, one.path, one.sha256, one.title, member)).encode())
    digest.update(repr(sorted(replaced)).encode())
    return digest.hexdigest()


def _tables(
    catalog: Catalog,
    records: Sequence[DocumentRecord],
    families: Families,
    named: Mapping[str, int],
    replaced: frozenset[str],
) -> list[Table]:
    # Not for a night in which nothing changed.
    from kb.index.stated_tables import stated_tables
    from kb.tables.documents import document_tables

    stated = stated_tables(catalog.database, catalog.table_store.stated())
    titles = {one.doc_id: one.title for one in records}
    return document_tables(
        _described(
            one,
            stated.get(one.doc_id),
            families,
            titles,
            _dated(named.get(one.doc_id, 0)),
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
    dated: str,
    *,
    replaced: bool,
) -> Described:
    family = families.of_document.get(record.doc_id)
    member = _member(families, record.doc_id)
    labels = dict(record.labels)
    return Described(
        doc_id=record.doc_id,
        path=record.path,
        title=record.title,
        version=member.label if member else "",
        dated=dated,
        family=titles.get(family.in_force(today()).doc_id, "") if family else "",
        replaced=replaced,
        is_mail="from" in labels and "subject" in labels,
        stated=stated,
    )


def _dated(day: int) -> str:
    return shown(day) if day else ""
