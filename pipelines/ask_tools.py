"""What `kb ask` works with, within which limits, and the clock of its parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kb.answering.refusal import Threshold
from kb.answering.verdict import Rules
from kb.models.reading_speed import Gauge
from kb.pipelines.refusing import Catalog
from kb.ports import Embedder, Generator, Reranker, VectorIndex
from kb.retrieval.search import LexicalQuery
from kb.tables.index import TableIndex
from kb.types import ChatResult, Timings
from kb.versions.choosing import NO_VERSIONS, Versions
from kb.wording import Wording


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens of the model's context, and of it those kept for the answer (and its thought).

    `first_word_seconds` bounds the prompt by the time to read it; 0 is no bound.
    """

    num_ctx: int
    max_tokens: int
    first_word_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What answering works with. `generator` is called when a model is really needed.

    `engine` says in words which one answers; `gauge` is what is known of the model, and learns;
    `wording` is how it is best asked; `verdict` is what is asked before the answer, None where
    nothing is; `chooses_plans` says whether the model chooses between plans over tables.
    """

    index: VectorIndex
    catalog: Catalog
    lexical: Callable[[str], LexicalQuery]
    embedder: Embedder
    generator: Callable[[], Generator]
    engine: str
    temperature: float
    threshold: Threshold | None
    gauge: Gauge = field(default_factory=Gauge)
    rerank: Reranker | None = None
    wording: Wording = Wording.EXTRACTIVE
    verdict: Rules | None = None
    versions: Versions = NO_VERSIONS
    tables: TableIndex | None = None
    chooses_plans: bool = False


@dataclass(slots=True)
class Clock:
    """Seconds of each part so far."""

    started: float = field(default_factory=time.monotonic)
    load: float = 0.0
    retrieve: float = 0.0
    prompt: float = 0.0
    generate: float = 0.0

    def add(self, result: ChatResult) -> None:
        self.load += result.load_seconds
        self.prompt += result.prompt_seconds
        self.generate += result.answer_seconds

    def timings(self) -> Timings:
        total = time.monotonic() - self.started
        return Timings(self.load, self.retrieve, self.prompt, self.generate, total)
