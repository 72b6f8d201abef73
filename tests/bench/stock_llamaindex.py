"""LlamaIndex's stock path, a whole process: what people build by following its documentation.

    python -m tests.bench.stock_llamaindex DOCS STORE

`SimpleDirectoryReader`, `IngestionPipeline` with `SentenceSplitter` and a document store, and
`QdrantVectorStore` on local Qdrant. The embeddings are free, so that what is left is the path.
Run again on the same STORE it finds every document unchanged.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from llama_index.core import SimpleDirectoryReader
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient

from kb import egress


class FreeStubEmbedding(BaseEmbedding):  # type: ignore[misc]
    """384 numbers made of a hash of the text, at no cost."""

    def _get_text_embedding(self, text: str) -> list[float]:
        digest = hashlib.sha256(text.encode()).digest()
        return [digest[place % 32] / 255 for place in range(384)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def main(docs: Path, store: Path) -> None:
    egress.install()
    documents = SimpleDirectoryReader(str(docs), recursive=True, filename_as_id=True).load_data()
    client = QdrantClient(path=str(store / "qdrant"))
    pipeline: Any = IngestionPipeline(
        transformations=[SentenceSplitter(), FreeStubEmbedding()],
        docstore=SimpleDocumentStore(),
        docstore_strategy=DocstoreStrategy.UPSERTS,
        vector_store=QdrantVectorStore(client=client, collection_name="bench"),
    )
    if (store / "pipeline").is_dir():
        pipeline.load(str(store / "pipeline"))
    nodes = pipeline.run(documents=documents)
    pipeline.persist(str(store / "pipeline"))
    print(len(nodes))
    client.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
