"""The chunks of a long document, held packed until they are stored."""

from __future__ import annotations

from typing import Any

from kb.documents.pool.packed import Packed
from kb.types import Chunk


class PackedChunks(Packed[Chunk]):
    """50,000 chunks of a sheet's rows are 180 MB of Python's objects and 12 MB packed."""

    def _plain(self, item: Chunk) -> tuple[Any, ...]:
        return (
            item.id,
            item.doc_id,
            item.ordinal,
            item.text,
            item.context,
            item.page,
            item.line,
            item.section,
            item.start,
            item.end,
            item.lexical_only,
        )

    def _made(self, plain: tuple[Any, ...]) -> Chunk:
        return Chunk(*plain)
