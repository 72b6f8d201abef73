"""Documents whose rows in a catalog are not what was written: back from an earlier generation, or
out, so that the next run reads their files anew."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.errors import KbError
from kb.index.catalog import Catalog
from kb.index.generation import Collection
from kb.index.integrity import DamagedDocument
from kb.types import MEMBER, document_id

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MendedRows:
    """Names of documents that are back as an earlier generation has them, and of those that are
    taken out."""

    restored: tuple[str, ...] = ()
    taken_out: tuple[str, ...] = ()


def mend_rows(
    collection: Collection, catalog: Catalog, damaged: Sequence[DamagedDocument]
) -> MendedRows:
    """Put right the catalog of a draft; its vectors are compared with it afterwards."""
    restored, taken_out = [], []
    for one in damaged:
        catalog.forget_rows(one.doc_id)
        if _restore(collection, catalog, one):
            restored.append(one.name)
        else:
            taken_out.append(one.name)
            # Else the next run would not look into a file that holds it, for that is unchanged.
            for outer in _outer(one):
                catalog.forget_rows(outer)
    catalog.recount()
    return MendedRows(tuple(restored), tuple(taken_out))


def _restore(collection: Collection, catalog: Catalog, damaged: DamagedDocument) -> bool:
    for manifest in reversed(collection.generations()):
        try:
            with collection.generation(manifest.generation) as other:
                record = other.catalog.document(damaged.doc_id)
                chunks = other.catalog.document_chunks(damaged.doc_id)
                if record is None or len(chunks) != record.chunks:
                    continue
                catalog.put_document(record, chunks, other.catalog.terms(damaged.doc_id))
                catalog.table_store.copy(other.catalog.table_store, record)
                return True
        except KbError as error:
            log.info("%s is not in generation %d: %s", damaged.name, manifest.generation, error)
            catalog.forget_rows(damaged.doc_id)  # its tables may have been what is damaged there
    return False


def _outer(damaged: DamagedDocument) -> Iterator[str]:
    """The ids of the archives and mails that it is inside of."""
    parts = damaged.path.split(MEMBER)
    for count in range(1, len(parts)):
        yield document_id(damaged.root, MEMBER.join(parts[:count]))
