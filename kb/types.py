"""What passes between the stages: frozen, slotted dataclasses and nothing else.

    ingest   SourceFile → ParsedDocument → Chunk → EmbeddedChunk → committed generation
    ask      Query → Hit → Context → Answer

Character offsets count Python characters (code points), half-open: [start, end).
"""

from __future__ import annotations

import hashlib
import uuid
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.table_types import Computation, Table
    from kb.text.question import Question
    from kb.version_types import Conflict, Version

    Vector = array[float]
else:
    Vector = array  # Python 3.11 cannot subscript array.array when it runs.
"""A dense vector: `array("f")`, so four bytes a number and directly a BLOB."""


# --- ingest ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as the scan saw it.

    `root` is the label of the ingested folder, `path` is relative to that folder with
    `/` between its parts, in a form that can be printed (bytes that are not UTF-8
    appear as `\\xNN`); `location` is what the operating system opens. `sha256` is
    empty until the bytes were read.

    A member of an archive, or a mail's attachment, is a source file too: `path` is then
    `mails.zip!/june/offer.eml!/price.xlsx`, `location` is the outermost file, and `member`
    names the way from there: `("june/offer.eml", "price.xlsx")`.
    """

    root: str
    path: str
    location: str
    size: int
    mtime_ns: int
    sha256: str = ""
    member: tuple[str, ...] = ()

    @property
    def doc_id(self) -> str:
        return document_id(self.root, self.path)


MEMBER = "!/"
"""Stands in a path between an archive, or a mail, and what is inside it."""


def document_id(root: str, path: str) -> str:
    """The same file below the same folder has the same id on every machine: 32 hex digits."""
    return hashlib.sha256(f"{root}/{path}".encode()).hexdigest()[:32]


class ElementKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list-item"
    TABLE_ROW = "table-row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Element:
    """A span of a document's text that belongs together.

    `level` is a heading's depth, 1 to 9, and 0 for anything else. `page` counts from 1:
    a page, or a slide. `line` counts from 1 and is known for plain-text formats only.
    """

    kind: ElementKind
    start: int
    end: int
    level: int = 0
    page: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One file's text. Every element's span lies inside `text`; spans ascend and do not overlap.

    `labels` are what `--where` may filter by (front matter, mail headers); lower-case keys.
    `losses` says what a limit cut from it, and where: a line each. `tables` are in their order.
    """

    source: SourceFile
    text: str
    elements: tuple[Element, ...]
    title: str
    labels: tuple[tuple[str, str], ...] = ()
    losses: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is embedded and found. `text` is exactly `document.text[start:end]`.

    `context` (title and section path) is embedded in front of the text and is not part of it.
    `section` is the path of headings, outermost first, joined by " > ". `lexical_only`: it is not
    embedded, and found by its words and identifiers alone.
    """

    id: str
    doc_id: str
    ordinal: int
    text: str
    context: str
    page: int | None
    line: int | None
    section: str
    start: int
    end: int
    lexical_only: bool = False

    @property
    def embedding_text(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text


def chunk_id(doc_id: str, context: str, text: str, occurrence: int) -> str:
    """A UUID made of the content, so that an edit elsewhere in the document leaves it alone.

    `occurrence` counts equal texts within one document from 0.
    """
    digest = hashlib.sha256(f"{doc_id}\0{context}\0{text}\0{occurrence}".encode("utf-8", "replace"))
    return str(uuid.UUID(bytes=digest.digest()[:16]))


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term ids (unsigned 32-bit, ascending, unique) and their weights, of equal length."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """A chunk with its vectors; one that is `lexical_only` has no dense one. `labels`: what the
    engine may filter by, see `Where`."""

    chunk: Chunk
    dense: Vector | None
    sparse: SparseVector
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as the catalog knows it; or an archive, by which a run sees whether it changed."""

    doc_id: str
    root: str
    path: str
    size: int
    mtime_ns: int
    sha256: str
    title: str
    chunks: int
    characters: int
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_archive(self) -> bool:
        return self.characters == 0


@dataclass(frozen=True, slots=True)
class SourceRoot:
    """A folder (or single file) that was ingested. `only` names files below `location`;
    empty means all of it."""

    label: str
    location: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a place in one, that did not go in."""

    root: str
    path: str
    stage: str
    reference: str
    message: str
    hint: str
    size: int = -1
    mtime_ns: int = -1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage of a long run is: `done` of `total` in `unit`s (0 total: not yet known)."""

    stage: str
    done: float
    total: float
    unit: str
    detail: str = ""


Listener = Callable[[Progress], None]


# --- models ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class ChatPiece:
    """A piece of a streamed answer: thought or content, never both mixed in one string."""

    content: str = ""
    thinking: str = ""


@dataclass(frozen=True, slots=True)
class ChatResult:
    """The end of a streamed answer. Durations in seconds."""

    done_reason: str
    prompt_tokens: int
    answer_tokens: int
    load_seconds: float
    prompt_seconds: float
    answer_seconds: float


# --- ask ------------------------------------------------------------------------------

Where = tuple[tuple[str, str], ...]
"""Conditions that must all hold, as (key, value): `path` takes a glob, the rest is equality."""


class SearchMode(StrEnum):
    HYBRID = "hybrid"
    DENSE = "dense"
    SPARSE = "sparse"


@dataclass(frozen=True, slots=True)
class Query:
    """`wish`: of whoever asks, about the answer's tone and form; for the model alone."""

    text: str
    top_k: int
    mode: SearchMode = SearchMode.HYBRID
    where: Where = ()
    wish: str = ""
    question: Question = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from kb.text.question import Question  # what asks nothing needs none of it

        object.__setattr__(self, "question", Question.of(self.text))


@dataclass(frozen=True, slots=True)
class ScoredId:
    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found. `score` is comparable between questions of one index
    (see kb/retrieval/search.py); ranks count from 1, None where that side did not find it."""

    chunk: Chunk
    source: str
    score: float
    dense_rank: int | None = None
    sparse_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """What the model is handed under the number `n`, counted from 1: adjacent chunks, merged.
    `handed`: the pieces of `text` that are put into the prompt; None is all of it."""

    n: int
    source: str
    text: str
    page: int | None
    line: int | None
    section: str
    title: str
    chunk_ids: tuple[str, ...]
    handed: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """`quote` is a verbatim substring of the passage's stored text."""

    n: int
    source: str
    page: int | None
    line: int | None
    section: str
    quote: str


@dataclass(frozen=True, slots=True)
class Context:
    """What fits, what tokens the prompt is reckoned to cost, and the `likely` sentence."""

    passages: tuple[Passage, ...]
    prompt_tokens: int
    num_ctx: int
    left_out: int = 0
    likely: Citation | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: `load` the models, `retrieve`, read the `prompt`, `generate`, and the `total`."""

    load: float
    retrieve: float
    prompt: float
    generate: float
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`refused_by` names the layer that refused, or is empty. `unsupported` is what the cited
    passages lack of the answer's figures and names, or the words of the question that they do not
    speak of; `grounded`: nothing. `verdict`: by how many nats the model, asked before, held it
    likelier that the passages state the answer than not; None: not asked, or said neither.

    `answer_tokens` are what the model wrote, its thought included; `cut`: it was stopped by the
    limit of these."""

    question: str
    text: str
    thinking: str
    found: bool
    refused_by: str
    grounded: bool
    unsupported: tuple[str, ...]
    citations: tuple[Citation, ...]
    model: str
    prompt_tokens: int
    num_ctx: int
    truncated: bool
    timings: Timings
    verdict: float | None = None
    version: Version | None = None
    conflicts: tuple[Conflict, ...] = ()
    computation: Computation | None = None
    answer_tokens: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a chat: a question as asked, as understood (empty: as asked), what came of it."""

    question: str
    rewritten: str
    answer: str
    citations: tuple[Citation, ...] = ()

    @property
    def standalone(self) -> str:
        return self.rewritten or self.question
