"""Points that lie on the server under another name are copied to the collection's own.

The other name may be another home's as well: until every collection had an id of its own, two
homes with a collection of one name shared one; and a copied folder has the id of the one that it
was copied from. So nothing is deleted there. A run that is killed on the way copies the rest the
next time; until it is done, readers read where the points were.
"""

from __future__ import annotations

import logging
from contextlib import closing
from itertools import islice

from qdrant_client import models

from kb.config.settings import Store
from kb.index.catalog import Catalog
from kb.index.identity import Identity
from kb.index.layout import Layout
from kb.index.manifest import Fingerprint, read_manifest
from kb.index.qdrant_server.connection import Connection
from kb.index.qdrant_server.index import BATCH, ServerIndex
from kb.index.qdrant_server.names import (
    ChunkNames,
    GenerationNames,
    PointNames,
    old_name,
    qdrant_name,
)
from kb.index.qdrant_server.points import CHUNK

log = logging.getLogger(__name__)


def take_over(connection: Connection, place: Layout, own: Identity, settings: Store) -> None:
    """Copy the points of every kept generation to the names of `own`, in Qdrant collections that
    are made as `settings` say.

    Raises:
        StoreError, StoreDamaged: the server, or a generation's catalog, cannot be read.
    """
    left: set[str] = set()
    for number in place.numbers():
        folder = place.generation(number)
        fingerprint = read_manifest(folder / "manifest.json").fingerprint
        if fingerprint is None or fingerprint.engine != "server":
            continue
        source = source_name(place, own, fingerprint)
        if not connection.call(source, lambda client, name=source: client.collection_exists(name)):  # type: ignore[misc]
            continue
        with closing(Catalog(folder / "catalog.sqlite")) as catalog:
            copied = _copy(connection, place, own, settings, fingerprint, catalog)
        log.info("%d vectors were copied from '%s'", copied, source)
        left.add(source)
    for name in sorted(left):
        log.warning(
            "this collection now has its vectors under a name of its own; '%s' stays on the Qdrant "
            "server, for another home may use it: delete it there if none does",
            name,
        )


def source_name(place: Layout, own: Identity, fingerprint: Fingerprint) -> str:
    """Where the points are until they are taken over."""
    if own.source:
        return qdrant_name(own.source, place.folder.name, fingerprint)
    return old_name(place.folder.name, fingerprint)


def _copy(
    connection: Connection,
    place: Layout,
    own: Identity,
    settings: Store,
    fingerprint: Fingerprint,
    catalog: Catalog,
) -> int:
    dimension = fingerprint.dimension
    source = ServerIndex(connection, source_name(place, own, fingerprint), dimension=dimension)
    name = qdrant_name(own.id, place.folder.name, fingerprint)
    target = ServerIndex(connection, name, dimension=dimension, create=settings)
    fresh = GenerationNames(catalog)
    before: PointNames = fresh if own.source else ChunkNames()
    copied = 0
    ids = catalog.chunk_ids()
    while batch := [*islice(ids, BATCH)]:
        wanted = fresh.of(batch)
        there = {str(point.id) for point in target.points([*wanted.values()], whole=False)}
        lacking = {before.of([one])[one]: one for one in batch if wanted[one] not in there}
        points = [
            models.PointStruct(
                id=wanted[lacking[str(record.id)]],
                vector=record.vector or {},  # type: ignore[arg-type]  # as it was written
                payload={**(record.payload or {}), CHUNK: lacking[str(record.id)]},
            )
            for record in source.points([*lacking], whole=True)
        ]
        if points:
            target.put(points)
        copied += len(points)
    return copied
