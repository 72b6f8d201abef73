"""The border between a parsing process and the run: what crosses it, and what does not.

A process that reads a hostile file may be anything by the time it answers. So what it sends is
lines of JSON, not pickle, and is held here against what the run can use: text that UTF-8 can hold,
numbers that the store can hold, names of members that are safe. Whose document it is, and what its
chunks are called, the run decides itself. What does not fit is that file's failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from kb.documents.archives.limits import MOST_MAILS
from kb.documents.limits import MOST_CHARACTERS
from kb.documents.pool.checks import NotAllowed, flag_of, list_of, number_of, text_of
from kb.documents.pool.packed_chunks import PackedChunks
from kb.documents.pool.packing import pack, unpack
from kb.documents.pool.queue import ParsedChunks, Taken
from kb.documents.pool.sent_tables import SentTables, fields_of, row_fields, stated_of
from kb.documents.scan.names import printable
from kb.errors import DamagedDocument
from kb.types import MEMBER, Chunk, Failure, SourceFile, chunk_id

_MOST_NUMBER = (1 << 63) - 1
_MOST_PLACE = (1 << 31) - 1
_MOST_WORDS = 20_000
"""Characters of a title, a label, a section or a message."""
_MOST_LABELS = 1_000
_MOST_LOSSES = 1_000
_PART = 1_000
"""Chunks, or rows of a table, that a line holds."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REFERENCE = re.compile(r"[a-z]+(?:-[a-z]+)*")


# --- on the side of the process -------------------------------------------------------


def encode(taken: Taken) -> bytes:
    """What came of a source, as it crosses; `decode` says whether it may."""
    return pack(_lines(taken))


def _lines(taken: Taken) -> Iterator[dict[str, Any]]:
    """First everything, of long lists the beginning; then the rest of these, part by part."""
    yield _fields(taken)
    if isinstance(taken.result, Failure):
        return
    for start in range(_PART, len(taken.result.chunks), _PART):
        yield {"chunks": _chunk_fields(taken.result.chunks[start : start + _PART])}
    for table in taken.result.tables:
        for start in range(_PART, len(table.rows), _PART):
            yield {"table": table.place, "rows": row_fields(table.rows[start : start + _PART])}


def _fields(taken: Taken) -> dict[str, Any]:
    fields: dict[str, Any] = {"packed": taken.packed, "refused": taken.refused}
    if isinstance(taken.result, Failure):
        failure = taken.result
        fields["failure"] = [failure.stage, failure.reference, failure.message, failure.hint]
        return fields
    document = taken.result
    return fields | {
        "size": document.source.size,
        "mtime_ns": document.source.mtime_ns,
        "sha256": document.source.sha256,
        "title": document.title,
        "labels": document.labels,
        "characters": document.characters,
        "losses": document.losses,
        "tables": [fields_of(table, _PART) for table in document.tables],
        "stated": [fields_of(one, 1) for one in (document.stated,) if one],
        "chunks": _chunk_fields(document.chunks[:_PART]),
        "members": [(one.member[-1], one.size) for one in taken.members],
    }


def _chunk_fields(chunks: Sequence[Chunk]) -> list[tuple[Any, ...]]:
    return [
        (
            one.text,
            one.context,
            one.page,
            one.line,
            one.section,
            one.start,
            one.end,
            one.lexical_only,
        )
        for one in chunks
    ]


# --- on the side of the run -----------------------------------------------------------


def decode(source: SourceFile, sent: bytes) -> Taken:
    """What a process made of a source.

    Raises:
        NotAllowed: it is nothing that a process may send.
    """
    lines = unpack(sent)
    fields = next(lines, None)
    if not isinstance(fields, dict):
        raise NotAllowed("it is no object")
    packed, refused = flag_of(fields, "packed"), flag_of(fields, "refused")
    if "failure" in fields:
        return Taken(_failure(source, fields["failure"]), refused=refused)
    read = replace(
        source,
        size=number_of(fields.get("size"), 0, _MOST_NUMBER),
        mtime_ns=number_of(fields.get("mtime_ns"), -_MOST_NUMBER, _MOST_NUMBER),
        sha256=text_of(fields.get("sha256"), 64),
    )
    if not _SHA256.fullmatch(read.sha256):
        raise NotAllowed("its hash is none")
    chunks = _Chunks(source)
    chunks.add(fields.get("chunks"))
    tables = SentTables(fields.get("tables"))
    for more in lines:
        if not isinstance(more, dict):
            raise NotAllowed("a part of it is no object")
        if "chunks" in more:
            chunks.add(more["chunks"])
        else:
            tables.add(more.get("table"), more.get("rows"))
    document = ParsedChunks(
        read,
        chunks.made.held(),
        text_of(fields.get("title"), _MOST_WORDS),
        _labels(fields.get("labels")),
        number_of(fields.get("characters"), 0, MOST_CHARACTERS),
        tuple(text_of(one, _MOST_WORDS) for one in list_of(fields.get("losses"), _MOST_LOSSES)),
        tables.whole(),
        stated_of(fields.get("stated")),
    )
    return Taken(document, _members(read, fields.get("members")), packed, refused)


def not_allowed(source: SourceFile, error: Exception) -> DamagedDocument:
    return DamagedDocument(
        f"'{source.path}' was not read as a document",
        why=f"what its parser gave cannot be kept: {error}",
        hint="get another copy of the file, save it in another format, or exclude it",
    )


def _failure(source: SourceFile, sent: Any) -> Failure:
    stage, reference, message, hint = list_of(sent, 4, exactly=True)
    if stage not in ("parse", "chunk") or not _REFERENCE.fullmatch(text_of(reference, 100)):
        raise NotAllowed("its failure is none")
    return Failure(
        source.root,
        source.path,
        stage,
        reference,
        text_of(message, _MOST_WORDS),
        text_of(hint, _MOST_WORDS),
        source.size,
        source.mtime_ns,
    )


class _Chunks:
    """The chunks of a document as they come, in their order."""

    def __init__(self, source: SourceFile) -> None:
        self.made = PackedChunks()
        self._source = source
        self._seen: Counter[str] = Counter()
        self._known: dict[str, str] = {}

    def add(self, sent: Any) -> None:
        """Raises NotAllowed."""
        first = len(self.made)
        many = list_of(sent, MOST_CHARACTERS)
        self.made.add([self._chunk(one, first + place) for place, one in enumerate(many)])

    def _chunk(self, sent: Any, ordinal: int) -> Chunk:
        text, context, page, line, section, start, end, lexical = list_of(sent, 8, exactly=True)
        text, context = text_of(text, MOST_CHARACTERS), text_of(context, _MOST_WORDS)
        start = number_of(start, 0, MOST_CHARACTERS)
        if not text or number_of(end, 0, MOST_CHARACTERS) - start != len(text):
            raise NotAllowed("a chunk's text is not as long as its place")
        if not isinstance(lexical, bool):
            raise NotAllowed("whether a chunk is embedded is not said")
        # The rows of a sheet have all the same heading, which is kept once.
        context = self._known.setdefault(context, context)
        section = text_of(section, MOST_CHARACTERS)
        first = chunk_id(self._source.doc_id, context, text, 0)
        occurrence = self._seen[first]
        self._seen[first] += 1
        return Chunk(
            id=chunk_id(self._source.doc_id, context, text, occurrence) if occurrence else first,
            doc_id=self._source.doc_id,
            ordinal=ordinal,
            text=text,
            context=context,
            page=None if page is None else number_of(page, 0, _MOST_PLACE),
            line=None if line is None else number_of(line, 0, _MOST_PLACE),
            section=self._known.setdefault(section, section),
            start=start,
            end=end,
            lexical_only=lexical,
        )


def _labels(sent: Any) -> tuple[tuple[str, str], ...]:
    pairs = [list_of(one, 2, exactly=True) for one in list_of(sent, _MOST_LABELS)]
    return tuple((text_of(key, _MOST_WORDS), text_of(value, _MOST_WORDS)) for key, value in pairs)


def _members(source: SourceFile, sent: Any) -> tuple[SourceFile, ...]:
    return tuple(
        replace(
            source,
            path=f"{source.path}{MEMBER}{name}",
            size=number_of(size, 0, _MOST_NUMBER),
            sha256="",
            member=(*source.member, name),
        )
        for name, size in (_member(one) for one in list_of(sent, MOST_MAILS))
    )


def _member(sent: Any) -> tuple[str, Any]:
    name, size = list_of(sent, 2, exactly=True)
    parts = text_of(name, _MOST_WORDS).split("/")
    if any(part.strip() in ("", ".", "..") for part in parts) or MEMBER in name:
        raise NotAllowed("a member's name is not safe")
    if printable(name) != name:
        raise NotAllowed("a member's name is not safe")
    return name, size
