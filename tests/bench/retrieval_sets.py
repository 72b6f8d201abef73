"""The shared question sets, read for the benches of retrieval, and the options that these share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb.config import data_folder
from kb.documents.chunking.chunk import chunk
from kb.documents.parse import parse
from kb.documents.pool.workers import ParsedChunks
from kb.documents.scan.walk import scan
from kb.pipelines.storing import record_of
from kb.types import Chunk, DocumentRecord, SourceRoot

SHARED = Path(__file__).parents[2].parent / "shared" / "eval"
DISTRACTORS = "crud-news-distractors"
WRITTEN_ANSWERS = frozenset({"dureader-demo"})
"""Sets whose answers are not all copied from the document: finding the document is counted."""

_ACROSS = ("xquad-zh-holdout", "squad-en")
"""Translations of each other; a question has the same id in both."""


@dataclass(frozen=True, slots=True)
class Question:
    """`sources` is empty where the answer's words are looked for, else the documents that count."""

    id: str
    text: str
    answers: tuple[str, ...]
    document: str
    sources: frozenset[str] = frozenset()

    def found_in(self, chunk: Chunk, source: str) -> bool:
        if self.sources:
            return source in self.sources
        return any(answer in chunk.text for answer in self.answers)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    name: str
    folder: Path
    questions: tuple[Question, ...]


def question_set(name: str, shared: Path = SHARED) -> QuestionSet:
    """The answerable questions of one set; one of cmrc2018-trial is empty and left out."""
    lines = (shared / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["answerable"] and row["question"].strip()]
    questions = tuple(
        Question(
            row["id"],
            row["question"],
            tuple(row["answers"]),
            row["source"],
            frozenset(row.get("sources", [row["source"]]) if name in WRITTEN_ANSWERS else ()),
        )
        for row in rows
    )
    return QuestionSet(name, shared / name / "docs", questions)


def across(shared: Path = SHARED) -> list[QuestionSet]:
    """Each of the two translated sets' questions on the other one's documents."""
    one, other = (question_set(name, shared) for name in _ACROSS)
    return [_asked(one, other), _asked(other, one)]


def _asked(asking: QuestionSet, answering: QuestionSet) -> QuestionSet:
    texts = {question.id: question.text for question in asking.questions}
    questions = tuple(
        replace(question, text=texts[question.id])
        for question in answering.questions
        if question.id in texts
    )
    name = f"questions of {asking.name} on documents of {answering.name}"
    return QuestionSet(name, answering.folder, questions)


def documents(folder: Path, tokens: int, *, most: int | None = None) -> list[ParsedChunks]:
    """A folder's documents, cut as `kb ingest` cuts them; the first `most` by name."""
    files = scan(SourceRoot(folder.parent.name, str(folder))).files[:most]
    found = []
    for parsed in map(parse, files):
        chunks = tuple(chunk(parsed, tokens, 1))
        found.append(
            ParsedChunks(parsed.source, chunks, parsed.title, parsed.labels, len(parsed.text))
        )
    return found


def every_chunk(parsed: Sequence[ParsedChunks]) -> Iterator[tuple[DocumentRecord, Chunk]]:
    for document in parsed:
        owner = record_of(document)
        yield from ((owner, one) for one in document.chunks)


def add_set_options(parser: argparse.ArgumentParser) -> None:
    """Where a set is, with which model its chunks are embedded, and where that is kept."""
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--tokens", type=int, default=384, help="chunk.tokens")
    parser.add_argument("--models", type=Path, default=data_folder() / "models")
    parser.add_argument("--model", default="multilingual-e5-small")
    parser.add_argument("--work", type=Path, default=Path("build") / "bench")
