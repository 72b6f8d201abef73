"""What the two sides of the index are given of a chunk: labels to filter by, words to look for."""

from __future__ import annotations

from pathlib import PurePosixPath

from kb.index.sparse import HEADING_END
from kb.text.language import LANGUAGE_LABEL, language
from kb.types import Chunk, DocumentRecord, EmbeddedChunk, SparseVector, Vector


def embedded_chunk(
    record: DocumentRecord, chunk: Chunk, dense: Vector | None, sparse: SparseVector
) -> EmbeddedChunk:
    """A chunk with its vectors and its labels: the document's own, `root`, `type` (the name's
    extension, lower case, without the dot) and the chunk's language."""
    labels = {
        **dict(record.labels),
        "root": record.root,
        "type": PurePosixPath(record.path).suffix.lower().lstrip("."),
        LANGUAGE_LABEL: language(chunk.text).value,
    }
    return EmbeddedChunk(chunk, dense, sparse, labels)


def lexical_text(record: DocumentRecord, chunk: Chunk) -> str:
    """What words are looked for in: the heading, and the text. A title that is only the file's
    name is not embedded, for then a renamed file would be embedded again; here it counts."""
    heading = chunk.context
    if record.title not in heading:
        heading = f"{record.title}\n{heading}"
    return f"{heading}{HEADING_END}{chunk.text}"
