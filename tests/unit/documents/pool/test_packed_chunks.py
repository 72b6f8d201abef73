"""Chunks of a long document are held packed, and are the same chunks as before."""

from __future__ import annotations

import sys

from kb.documents.pool.packed import SMALL
from kb.documents.pool.packed_chunks import PackedChunks
from kb.documents.pool.queue import ParsedChunks, Taken
from kb.documents.pool.validation import decode, encode
from kb.types import Chunk, SourceFile, chunk_id

SOURCE = SourceFile("docs", "台账.csv", "/docs/台账.csv", 1, 1, "0" * 64)


def _chunks(count: int) -> list[Chunk]:
    """Rows of a sheet; each text comes twice."""
    made: list[Chunk] = []
    for ordinal in range(count):
        text, again = f"设备编号: SB-{ordinal // 2}; 设备名称: 水泵; 状态: 在用", ordinal % 2
        name = chunk_id(SOURCE.doc_id, "台账", text, again)
        start = ordinal * 100
        place = (None, ordinal + 2, "台账", start, start + len(text), True)
        made.append(Chunk(name, SOURCE.doc_id, ordinal, text, "台账", *place))
    return made


def test_a_long_documents_chunks_cross_part_by_part_and_are_held_packed() -> None:
    chunks = _chunks(2 * SMALL + 1)
    document = ParsedChunks(SOURCE, tuple(chunks), "台账", (), 300_000)
    found = decode(SOURCE, encode(Taken(document))).result
    assert isinstance(found, ParsedChunks)
    assert isinstance(found.chunks, PackedChunks)
    assert [*found.chunks] == chunks
    assert found.chunks[-1] == chunks[-1]
    assert found == document


def test_few_chunks_are_held_as_they_are() -> None:
    document = ParsedChunks(SOURCE, tuple(_chunks(3)), "台账", (), 300)
    found = decode(SOURCE, encode(Taken(document))).result
    assert isinstance(found, ParsedChunks)
    assert found.chunks == document.chunks
    assert isinstance(found.chunks, tuple)


def test_packed_chunks_take_a_fifth_of_the_memory() -> None:
    chunks = _chunks(10 * SMALL)
    packed = PackedChunks()
    for start in range(0, len(chunks), SMALL):
        packed.add(chunks[start : start + SMALL])
    plain = sum(sys.getsizeof(part) for one in chunks for part in (one, one.id, one.text))
    assert sum(map(len, packed._parts)) < plain / 5
