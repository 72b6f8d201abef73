"""What a session tells of a home: frozen results. Their JSON is in kb/session/fields.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.index.manifest import Fingerprint
    from kb.table_types import NamedTable, Row
    from kb.types import Chunk, DocumentRecord, Failure, Hit, SourceRoot
    from kb.version_types import Family


@dataclass(frozen=True, slots=True)
class Status:
    """A collection as it is live now; `generation` 0 is one into which nothing was ingested yet.

    `created` is a time in UTC. `characters` counts those of all documents. `fingerprint` says
    what made the vectors, `models_engine` which engine ran their model.

    >>> status = session.status()
    >>> status.documents, status.failed
    (3, ())
    """

    collection: str
    home: Path
    generation: int = 0
    created: str = ""
    documents: int = 0
    chunks: int = 0
    characters: int = 0
    sources: tuple[SourceRoot, ...] = ()
    fingerprint: Fingerprint | None = None
    models_engine: str = ""
    root_hash: str = ""
    failed: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Every document of a collection by its path, and what failed.

    `members`: how many documents are inside an archive or a mail, by the archive's `doc_id`.
    `families`: which documents are versions of one another.

    >>> [record.path for record in session.sources().documents]
    ['leave.md', 'phones.txt', 'pump.md']
    """

    documents: tuple[DocumentRecord, ...]
    failed: tuple[Failure, ...]
    members: Mapping[str, int] = field(default_factory=dict)
    families: tuple[Family, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document's chunks in their order; an archive has `members` in place of them."""

    record: DocumentRecord
    chunks: tuple[Chunk, ...]
    members: tuple[DocumentRecord, ...] = ()

    @property
    def text(self) -> str:
        """The chunks joined, what they have in common once; blank text between them is a line
        break.

        >>> session.document("pump.md").text.splitlines()[-1]
        'The X200 pump weighs 187 kg with its motor.'
        """
        return _joined(self.chunks)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a document: a chunk and those around it. `source` is written as a hit's.

    >>> [hit] = session.search("年假几天", top_k=1).hits
    >>> session.around(hit.chunk.id).source
    'leave.md'
    """

    source: str
    chunks: tuple[Chunk, ...]

    @property
    def text(self) -> str:
        """As `Document.text`, of this part.

        >>> [hit] = session.search("年假几天", top_k=1).hits
        >>> session.around(hit.chunk.id, distance=0).text == hit.chunk.text
        True
        """
        return _joined(self.chunks)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, best first.

    >>> session.search("年假几天", top_k=1).hits[0].source
    'leave.md'
    """

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class TableListing:
    """Every table of a collection's documents, by the documents' paths.

    >>> session.tables().tables
    ()
    """

    tables: tuple[NamedTable, ...]


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table with its first rows, marked ones among them; `rows` may be fewer than there are."""

    table: NamedTable
    rows: tuple[Row, ...]


def _joined(chunks: tuple[Chunk, ...]) -> str:
    from kb.retrieval.context import joined

    return joined(chunks).text if chunks else ""
