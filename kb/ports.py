"""The ports: what the pipelines ask of the outside. Each has two adapters and one contract suite.

Embedder, Generator   kb/models/ollama/calls.py, against an Ollama server or the embedded engine
Reranker              kb/models/rerank.py, against a server with /rerank or the embedded engine
VectorIndex           kb/index/qdrant_edge/ in the process, kb/index/qdrant_server/ on a server
Parser                kb/documents/parse.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kb.model_types import Filled, FirstToken, Form, ModelInfo
from kb.types import (
    ChatPiece,
    ChatResult,
    EmbeddedChunk,
    Message,
    ParsedDocument,
    Progress,
    ScoredId,
    SourceFile,
    SparseVector,
    Vector,
    Where,
)


class Parser(Protocol):
    def parse(self, source: SourceFile) -> ParsedDocument:
        """Read one file.

        Raises:
            DocumentError: one of its kinds, when the file cannot be taken in.
        """


class Embedder(Protocol):
    def info(self) -> ModelInfo:
        """Which model answers. Raises ModelMissing or ServerUnreachable."""

    def load(self) -> None:
        """Load the model now, so that the first batch need not wait for it."""

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, in order, of the model's dimension and of length 1.

        The whole batch fails when one text does; the caller splits it.

        Raises:
            InputTooLong: a text does not fit the model's context (nothing is ever cut).
            EngineFailed: the engine broke off, or sent back another number of vectors.
        """

    def embed_query(self, text: str) -> Vector:
        """The vector of a question, with the model's own query prefix."""

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        """As `embed_query`, of several questions in one call."""


class Reranker(Protocol):
    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, in order; larger is better, on the model's
        own scale.

        Raises:
            ModelMissing, ServerUnreachable.
            InputTooLong: a text with the question does not fit the model's context.
            EngineFailed: the engine broke off, or sent back another number of scores.
        """


class Generator(Protocol):
    def info(self) -> ModelInfo: ...

    def chat(
        self,
        messages: Sequence[Message],
        *,
        num_ctx: int,
        max_tokens: int,
        think: bool,
        temperature: float,
        seed: int = 0,
    ) -> Iterator[Progress | ChatPiece | ChatResult]:
        """Stream an answer: how far loading and reading are, where the engine tells (stages
        `loading` and `reading`, tokens); pieces, then exactly one ChatResult. Where the last
        message is the assistant's, it is the answer's beginning for a model that `continues`, and
        the pieces are what comes after it.

        Raises:
            InputTooLong: the prompt does not fit `num_ctx`; nothing was generated.
            EngineFailed: the stream ended without its last line.
        """

    def first_token(
        self, messages: Sequence[Message], *, num_ctx: int
    ) -> Iterator[Progress | FirstToken]:
        """The first token of an answer without a thought, greedily, and how likely it and others
        were; before it, as in `chat`, how far the engine is. `num_ctx` counts tokens; with the one
        that `chat` is asked with, an engine that keeps the prompt it has read reads what two
        prompts begin with once.

        A server too old to tell log-probabilities (Ollama before 0.12.11) gives the token alone.

        Raises:
            InputTooLong: the prompt does not fit `num_ctx`.
            EngineFailed: the engine broke off.
            ModelMissing, ServerUnreachable.
        """

    def fill(
        self, messages: Sequence[Message], form: Form, *, num_ctx: int
    ) -> Iterator[Progress | Filled]:
        """A form filled in without a thought, greedily, under its JSON schema; before it, as in
        `chat`, how far the engine is.

        The engine is held to the schema where it can be (Ollama, llama.cpp, what takes OpenAI's
        `response_format`); elsewhere the schema stands in the prompt. Either way what comes is
        read again, and is nothing where it is not of the form.

        Raises:
            InputTooLong: the prompt does not fit `num_ctx`, tokens.
            EngineFailed: the engine broke off.
            ModelMissing, ServerUnreachable.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Anticipated:
    """What one question will ask of an index. `dense` is None where nothing is looked for by
    meaning, `sparse` has no term where nothing is by words; `identifiers` is a part of it.

    `wheres`: the nearest under each of these conditions, and what shares terms under the first
    one, `limit` of each. `sample`: chunks whose cosines are wanted as well.

    `scores_only`: what the best ones score is wanted, not which passages they are."""

    dense: Vector | None
    sparse: SparseVector
    identifiers: SparseVector
    wheres: tuple[Where, ...]
    limit: int
    sample: tuple[str, ...]
    scores_only: bool = False


class VectorIndex(Protocol):
    """Dense vector `dense` (cosine), sparse vector `bm25` (dot product, no modifier)."""

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None: ...

    def delete(self, chunk_ids: Sequence[str]) -> None: ...

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        """The nearest chunks by cosine similarity, best first; ties by chunk id. None that has no
        dense vector."""

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        """The chunks with the largest dot product, best first; none that shares no term."""

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        """Cosine similarity of the named chunks; ids that are not there, or have no dense vector,
        are left out."""

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        """Dot product of the named chunks; those that share no term are left out."""

    def for_question(self, asked: Anticipated) -> VectorIndex:
        """The same index, told what one question will ask of it, so that a server can be asked
        for all of it at once. It answers as this one does, whatever is asked; but with
        `scores_only` a search by words may leave out what equals its last one where that is
        hundreds: the best of these are near by meaning, too."""

    def ids(self) -> Iterator[str]:
        """Every chunk id, in ascending order."""

    def count(self) -> int: ...

    def flush(self, *, merge: bool = True) -> None:
        """Make all changes durable; with `merge` also fast to search, which may take minutes."""

    def close(self) -> None: ...
