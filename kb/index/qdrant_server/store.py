"""A VectorStore on a Qdrant server: one Qdrant collection for each collection and model.

Points are written before the catalog is committed and deleted after the last generation that
names them is swept. Which Qdrant collection is whose says kb/index/identity.py; what is not this
collection's own is never deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from qdrant_client import QdrantClient

from kb.config.settings import Store
from kb.errors import StoreDamaged, StoreUnavailable
from kb.index.catalog import Catalog
from kb.index.identity import Identity, new_identity, read_identity, write_identity
from kb.index.layout import Layout
from kb.index.manifest import Fingerprint
from kb.index.qdrant_server.connection import TIMEOUT_SECONDS, Connection, connect
from kb.index.qdrant_server.index import PAGE, DraftIndex, GenerationIndex, ServerIndex
from kb.index.qdrant_server.names import GenerationNames, OldNames, qdrant_name
from kb.index.qdrant_server.points import chunk_of
from kb.index.qdrant_server.takeover import source_name, take_over
from kb.ports import VectorIndex

log = logging.getLogger(__name__)


class ServerStore:
    """See kb.index.stores.VectorStore. One connection pool for all that it opens."""

    engine = "server"
    shared = True
    fixed_files: frozenset[str] = frozenset()

    def __init__(
        self,
        settings: Store,
        *,
        client: QdrantClient | None = None,
        seconds: int = TIMEOUT_SECONDS,
    ) -> None:
        """Nothing is sent before the first use.

        `seconds`: after which a silent server is given up.

        Raises:
            StoreError: the file with the key cannot be read.
            UsageError: an address is none, or the certificates cannot be read.
        """
        self._settings = settings
        self._connection = Connection(client) if client else connect(settings, seconds)

    def version(self) -> str:
        """The server's version. Raises StoreError: it does not answer, refuses the key, or is not
        a Qdrant server."""
        try:
            found = self._connection.call("/", lambda client: client.info().version)
        except StoreDamaged as error:
            raise StoreUnavailable(
                f"what answers at {self._settings.url} is not a Qdrant server",
                why=error.why,
                hint="correct store.url, for example http://127.0.0.1:6333",
            ) from error
        # The first call is answered without a key, this one is not.
        self._connection.call("/", lambda client: client.get_collections())
        return found

    def reader(
        self, place: Layout, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        own = read_identity(place)
        if own is not None and own.ready:
            name = qdrant_name(own.id, place.folder.name, fingerprint)
        else:
            name = source_name(place, own or new_identity(), fingerprint)
        is_old = own is None or not (own.ready or own.source)
        return GenerationIndex(
            self._connection,
            name,
            dimension=fingerprint.dimension,
            catalog=catalog,
            names=OldNames(catalog) if is_old else None,
        )

    def writer(
        self, place: Layout, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        own = self._own(place)
        return DraftIndex(
            self._connection,
            qdrant_name(own.id, place.folder.name, fingerprint),
            dimension=fingerprint.dimension,
            catalog=catalog,
            create=self._settings,
        )

    def rewrite(self, folder: Path, catalog: Catalog, fingerprint: Fingerprint) -> None:
        """Nothing to do: `forget` deletes on the server, whose optimizer frees the space later."""

    def forget(
        self, place: Layout, fingerprint: Fingerprint, gone: Catalog, kept: Sequence[Catalog]
    ) -> None:
        index = self._opened(place, fingerprint)
        if index is None:
            return
        ids = gone.chunk_ids()
        while batch := [*islice(ids, PAGE)]:
            needed = {name for one in kept for name in GenerationNames(one).of(batch).values()}
            index.delete_points([*({*GenerationNames(gone).of(batch).values()} - needed)])
        if index.count() == 0:
            self._connection.call(index.name, lambda client: client.delete_collection(index.name))

    def orphans(
        self, place: Layout, fingerprint: Fingerprint, kept: Sequence[Catalog]
    ) -> Iterator[str]:
        index = self._opened(place, fingerprint)
        if index is None:
            return
        for records in index.pages():
            chunks = [chunk_of(record) for record in records]
            needed = {name for one in kept for name in GenerationNames(one).of(chunks).values()}
            yield from (str(record.id) for record in records if str(record.id) not in needed)

    def forget_orphans(
        self, place: Layout, fingerprint: Fingerprint, orphans: Sequence[str]
    ) -> None:
        index = self._opened(place, fingerprint)
        if index is not None:
            index.delete_points(orphans)

    # --- within -----------------------------------------------------------------------

    def _opened(self, place: Layout, fingerprint: Fingerprint) -> ServerIndex | None:
        """This collection's own points; None where it has none on the server."""
        own = read_identity(place)
        if own is None or not own.ready or own.is_copy:
            return None  # what there is may be another's
        name = qdrant_name(own.id, place.folder.name, fingerprint)
        if not self._connection.call(name, lambda client: client.collection_exists(name)):
            return None
        return ServerIndex(self._connection, name, dimension=fingerprint.dimension)

    def _own(self, place: Layout) -> Identity:
        """The collection's id, made where it has none. What it has on the server under another
        name is taken over once: copied, for that name may be another's, too."""
        own = read_identity(place)
        if own is not None and own.ready and not own.is_copy:
            return own
        if own is None or own.is_copy:
            own = new_identity(own.id if own else "")
            write_identity(place, own)
        take_over(self._connection, place, own, self._settings)
        own = Identity(own.id)
        write_identity(place, own)
        return own
