"""What the model is handed: kb beside plain dense retrieval and LlamaIndex's default query engine.

    python -m tests.bench.handed                        four sets, 400 questions of each
    python -m tests.bench.handed --set covidqa --questions 300

For each set one table, of one run with one embedding model: the share of questions whose gold
answer stands, to the letter, in what is put into the prompt, and the tokens of it.

kb          hybrid, the first 3 and the first 5 hits, merged into passages and fenced
plain       the first 5 of the same chunks by cosine, with title and section, as they are
LlamaIndex  its default query engine's retrieval: SentenceSplitter(chunk_size=1024,
            chunk_overlap=200) over the same texts, the first 2 nodes by cosine; embedded and
            handed over with the file's path, as SimpleDirectoryReader's nodes are

Tokens are those of LlamaIndex's own tokenizer (cl100k) for all of them. multilingual-e5-small reads
512 tokens, and a node may have twice as many: where the stock path cuts without a word, the
longest beginning that the model takes is embedded here. The whole node is handed over. Embeddings
are kept in `--work`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import llama_index.core
import numpy as np
from llama_index.core import Document
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import MetadataMode
from llama_index.core.utils import get_tokenizer

from kb import egress
from kb.answering.prompt import fence
from kb.documents.parse import parse
from kb.documents.scan.walk import scan
from kb.errors import InputTooLong
from kb.index.cache import EmbeddingCache
from kb.models.connect import open_models
from kb.pipelines.ask import Limits, ask
from kb.types import Context, Query, SourceRoot, Vector
from tests.bench.eval_retrieval import Bench, KnownQuestions, built, row, say, tools_of
from tests.bench.retrieval_sets import Question, add_set_options, documents, question_set

SETS = ("cmrc2018-trial", "xquad-zh-holdout", "squad-en", "covidqa")
LIMITS = Limits(num_ctx=4096, max_tokens=512)
KB_TOP_K, PLAIN_TOP_K, STOCK_TOP_K = (3, 5), 5, 2
STOCK_SIZE, STOCK_OVERLAP = 1024, 200
_SHORTER = 0.95

Hand = Callable[[str], str]
"""From a question to the text that stands in the prompt for it."""


@dataclass(frozen=True, slots=True)
class Node:
    """`embedded`: what the embedding model is given of it; `handed`: what the prompt is."""

    embedded: str
    handed: str


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    egress.install()
    options.work.mkdir(parents=True, exist_ok=True)
    _own_nltk_data(options.work / "nltk")
    cache = EmbeddingCache(options.work / "embeddings.sqlite")
    with open_models(
        "embedded", hosts=[], folder=options.models, embedding=options.model, chat=""
    ) as models:
        bench = Bench(KnownQuestions(models.embedder(), cache), cache, options.work)
        for name in options.set or SETS:
            compare(name, bench, options)


def compare(name: str, bench: Bench, options: argparse.Namespace) -> None:
    one = question_set(name, options.shared)
    questions = one.questions[: options.questions]
    chunks, hands = _ours(one.folder, bench, options.tokens)
    nodes, theirs = _stock(one.folder, bench)
    say(f"\n{name}: {len(questions)} questions, {chunks} chunks of kb, {nodes} of LlamaIndex")
    say(row("", ["holds it", "tokens", "most"]))
    tokens: Callable[[str], Sequence[int]] = get_tokenizer()
    for who, hand in {**hands, f"LlamaIndex, top {STOCK_TOP_K}": theirs}.items():
        held, sizes = [], []
        for question in questions:
            text = hand(question.text)
            held.append(_holds(question, text))
            sizes.append(len(tokens(text)))
        cells = [f"{statistics.fmean(held):.3f}", f"{statistics.fmean(sizes):.0f}"]
        say(row(who, [*cells, f"{max(sizes)}"]))


def _holds(question: Question, text: str) -> bool:
    return any(answer in text for answer in question.answers)


# --- kb, and its chunks by cosine alone -----------------------------------------------


def _ours(folder: Path, bench: Bench, tokens: int) -> tuple[int, dict[str, Hand]]:
    index, catalog = built(documents(folder, tokens), bench)
    tools = tools_of(index, catalog, bench.embedder)

    def handed(question: str, top_k: int) -> str:
        # The passages come first, before anything is refused or generated.
        context = next(ask(Query(question, top_k), tools, LIMITS, think=False, strict=False))
        assert isinstance(context, Context)
        return "\n\n".join(map(fence, context.passages))

    def plain(question: str) -> str:
        near = index.search_dense(bench.embedder.embed_query(question), PLAIN_TOP_K)
        chunks = catalog.chunks([hit.chunk_id for hit in near])
        return "\n\n".join(chunk.embedding_text for chunk in chunks)

    hands: dict[str, Hand] = {
        f"kb, top {top_k}": partial(handed, top_k=top_k) for top_k in KB_TOP_K
    }
    return catalog.chunk_count(), {**hands, f"plain dense, top {PLAIN_TOP_K}": plain}


# --- LlamaIndex's defaults ------------------------------------------------------------


def _stock(folder: Path, bench: Bench) -> tuple[int, Hand]:
    files = scan(SourceRoot(folder.parent.name, str(folder))).files
    texts = [
        Document(text=parsed.text, metadata={"file_path": parsed.source.path})
        for parsed in map(parse, files)
    ]
    splitter = SentenceSplitter(chunk_size=STOCK_SIZE, chunk_overlap=STOCK_OVERLAP)
    nodes = [
        Node(node.get_content(MetadataMode.EMBED), node.get_content(MetadataMode.LLM))
        for node in splitter.get_nodes_from_documents(texts)
    ]
    vectors = np.array([_embedded(node.embedded, bench) for node in nodes], dtype=np.float32)

    def handed(question: str) -> str:
        scores = vectors @ np.array(bench.embedder.embed_query(question), dtype=np.float32)
        best = (-scores).argsort(kind="stable")[:STOCK_TOP_K]
        return "\n\n".join(nodes[int(place)].handed for place in best)

    return len(nodes), handed


def _own_nltk_data(place: Path) -> None:
    """LlamaIndex's sentences are nltk's, which refuses a data file that has several names on the
    disk, as installers that link from a cache give it: so a copy of what LlamaIndex brings."""
    if not place.exists():
        brought = Path(llama_index.core.__file__).parent / "_static" / "nltk_cache"
        shutil.copytree(brought, place)
    os.environ["NLTK_DATA"] = str(place.absolute())


def _embedded(text: str, bench: Bench) -> Vector:
    """The vector of the longest beginning that the model takes, to a twentieth; kept by the whole
    text, under a name of its own so that no whole text's vector is taken for it."""
    model = f"beginning:{bench.embedder.info().digest}"
    known = bench.cache.get(model, [text])
    if not known:
        known = {text: _beginning(text, bench)}
        bench.cache.put(model, known)
        sys.stderr.write(".")
    return known[text]


def _beginning(text: str, bench: Bench) -> Vector:
    size = len(text)
    while True:
        try:
            return bench.embedder.embed_passages([text[:size]])[0]
        except InputTooLong:
            size = int(size * _SHORTER)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", action="append", help="a folder of --shared; may be repeated")
    parser.add_argument("--questions", type=int, default=400, help="how many of each set")
    add_set_options(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
