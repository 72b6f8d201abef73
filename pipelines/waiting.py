"""Documents that wait for vectors, and archives that wait for what is inside of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.documents.pool.workers import ParsedChunks
from kb.errors import ModelError
from kb.pipelines.embedding import Embedded
from kb.types import Vector


@dataclass(slots=True)
class Waiting:
    """A document that waits for `missing` texts."""

    parsed: ParsedChunks
    missing: set[str]
    vectors: dict[str, Vector]
    refused: dict[str, ModelError] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def take(self, text: str, result: Embedded) -> None:
        if text in result.refused:
            self.refused[text] = result.refused[text]
        else:
            self.vectors[text] = result.vectors[text]
        self.missing.discard(text)


class Members:
    """Sees to it that an archive, or a mail, comes after all that is inside: once it is stored
    the file counts as known, and a run that was stopped before would never look for the rest."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._held: dict[str, Waiting] = {}

    def begin(self, document: Waiting) -> None:
        source = document.parsed.source
        self._open[source.location] += bool(source.member)

    def complete(self, document: Waiting) -> Iterator[Waiting]:
        source = document.parsed.source
        if source.member:
            self._open[source.location] -= 1
            yield document
        else:
            self._held[source.location] = document
        if not self._open[source.location]:
            del self._open[source.location]
            if source.location in self._held:
                yield self._held.pop(source.location)
