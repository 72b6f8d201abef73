"""How well retrieval finds, and how well its score tells that there is nothing to find.

    python -m tests.bench.eval_retrieval [--set cmrc2018-trial] [--questions 400] [--tokens 384]

Prints the share of questions whose answer stands in a chunk among the first 1, 3, 5 and 10, for
dense vectors, BM25 and both. Then it takes half of the documents away and prints what the best
score says of the questions about those: its AUC, and for each threshold the share of wrong and of
right refusals. Embeddings are kept in `--work`, so only the first run is slow.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kb.config import data_folder
from kb.documents.chunk import chunk
from kb.documents.parse import parse
from kb.documents.scan import scan
from kb.documents.workers import ParsedChunks
from kb.index.cache import EmbeddingCache
from kb.index.catalog import Catalog
from kb.index.edge import EdgeIndex
from kb.index.sparse import document_vector, query_vector
from kb.language import LANGUAGE_LABEL, language
from kb.models.connect import open_models
from kb.ports import Embedder
from kb.retrieval.search import Found, search
from kb.types import (
    DocumentRecord,
    EmbeddedChunk,
    ParsedDocument,
    Query,
    SearchMode,
    SourceRoot,
)
from pipelines.flow import EmbeddedDocument, Stages, flow
from pipelines.points import lexical_text

DEPTHS = (1, 3, 5, 10)
THRESHOLDS = (0.08, 0.09, 0.10, 0.11, 0.12)
SHARED = Path(__file__).parents[2].parent / "shared" / "eval"

Find = Callable[[str, SearchMode], Found]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    answers: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Document:
    parsed: ParsedDocument
    chunks: ParsedChunks


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    folder = options.shared / options.set
    options.work.mkdir(parents=True, exist_ok=True)
    questions = read_questions(folder / "questions.jsonl")[: options.questions]
    documents = read_documents(folder / "docs", options.tokens)
    with open_models(
        "embedded", hosts=[], folder=options.models, embedding=options.model, chat=""
    ) as models:
        build = partial(indexed, embedder=models.embedder(), work=options.work)
        say(f"{options.set}: {len(documents)} documents, {len(questions)} questions")
        recall(questions, build(documents))
        refusal(questions, documents, build)


def recall(questions: Sequence[Question], find: Find) -> None:
    say(f"{'answer-bearing chunk':24}" + "".join(f"@{depth:<7}" for depth in DEPTHS))
    for mode in SearchMode:
        found = [0] * len(DEPTHS)
        for question in questions:
            texts = [hit.chunk.text for hit in find(question.text, mode).hits]
            holds = [any(answer in text for answer in question.answers) for text in texts]
            found = [n + any(holds[:d]) for n, d in zip(found, DEPTHS, strict=True)]
        shares = "".join(f"{n / len(questions):<8.3f}" for n in found)
        say(f"{mode.value:24}{shares}")


def refusal(
    questions: Sequence[Question],
    documents: Sequence[Document],
    build: Callable[[Sequence[Document]], Find],
) -> None:
    kept = random.Random(0).sample(documents, len(documents) // 2)
    sources = {document.parsed.source.path for document in kept}
    find = build(kept)
    there: list[float] = []
    missing: list[float] = []
    for question in questions:
        score = find(question.text, SearchMode.HYBRID).best_score or 0.0
        (there if question.source in sources else missing).append(score)
    there.sort()
    missing.sort()
    above = sum(len(there) - bisect_left(there, score) for score in missing)
    auc = above / (len(there) * len(missing))
    say(f"half of the documents taken away: AUC of the best score {auc:.3f}")
    say(f"{'threshold':24}{'wrongly refused':20}rightly refused")
    for threshold in THRESHOLDS:
        wrong = bisect_right(there, threshold) / len(there)
        right = bisect_right(missing, threshold) / len(missing)
        say(f"{threshold:<24.2f}{wrong:<20.3f}{right:.3f}")


def indexed(documents: Sequence[Document], *, embedder: Embedder, work: Path) -> Find:
    """The documents in a fresh catalog and Edge shard, ready to be searched."""
    shutil.rmtree(work / "index", ignore_errors=True)
    (work / "index" / "vectors").mkdir(parents=True)
    dimension = embedder.info().dimension
    catalog = Catalog(work / "index" / "catalog.sqlite", writable=True)
    index = EdgeIndex(work / "index" / "vectors", dimension=dimension)
    stages = Stages(
        parse=lambda files: iter([document.chunks for document in documents]),
        halt=lambda: None,
        embedder=embedder,
        cache=EmbeddingCache(work / "embeddings.sqlite"),
        patience=0.0,
        stop=lambda: False,
    )
    total = sum(len(document.chunks.chunks) for document in documents)
    for done in flow([], stages, _progress(total)):
        assert isinstance(done, EmbeddedDocument), "only parsing can fail, and it is done"
        chunks = done.parsed.chunks
        record = _record(done.parsed)
        sparse = [document_vector(lexical_text(record, one)) for one in chunks]
        catalog.put_document(record, chunks, [v.indices for v in sparse])
        index.upsert(
            [
                EmbeddedChunk(
                    one,
                    done.vectors[one.embedding_text],
                    terms,
                    {LANGUAGE_LABEL: language(one.text).value},
                )
                for one, terms in zip(chunks, sparse, strict=True)
            ]
        )
    index.flush()
    lexical = partial(query_vector, df=catalog.df, n=catalog.chunk_count())

    def find(text: str, mode: SearchMode) -> Found:
        query = Query(text, max(DEPTHS), mode)
        return search(query, index=index, catalog=catalog, embedder=embedder, lexical=lexical)

    return find


def _record(parsed: ParsedChunks) -> DocumentRecord:
    source = parsed.source
    return DocumentRecord(
        doc_id=source.doc_id,
        root=source.root,
        path=source.path,
        size=source.size,
        mtime_ns=source.mtime_ns,
        sha256=source.sha256,
        title=parsed.title,
        chunks=len(parsed.chunks),
        characters=parsed.characters,
    )


def read_documents(folder: Path, tokens: int) -> list[Document]:
    files = scan(SourceRoot("docs", str(folder))).files
    return [_document(parse(file), tokens) for file in files]


def _document(parsed: ParsedDocument, tokens: int) -> Document:
    chunks = tuple(chunk(parsed, tokens, 1))
    return Document(
        parsed,
        ParsedChunks(parsed.source, chunks, parsed.title, parsed.labels, len(parsed.text)),
    )


def read_questions(file: Path) -> list[Question]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Question(row["question"], tuple(row["answers"]), row["source"])
        for row in rows
        if row["answerable"]
    ]


def _progress(total: int) -> Callable[[int], None]:
    def told(done: int) -> None:
        sys.stderr.write(f"\rembedded {done} of {total} chunks" + ("\n" if done == total else ""))

    return told


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", default="cmrc2018-trial", help="a folder of --shared")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--questions", type=int, default=400, help="how many, from the first")
    parser.add_argument("--tokens", type=int, default=384, help="chunk.tokens")
    parser.add_argument("--models", type=Path, default=data_folder() / "models")
    parser.add_argument("--model", default="multilingual-e5-small")
    parser.add_argument("--work", type=Path, default=Path("build") / "bench")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
