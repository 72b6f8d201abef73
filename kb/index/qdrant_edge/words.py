"""The weights of a text's words in a sparse vector, by Qdrant's multilingual tokenizer."""

from __future__ import annotations

from functools import cache

import qdrant_edge as qdrant


@cache
def _words(k: float, b: float, average_length: float) -> qdrant.Bm25:
    return qdrant.Bm25(
        qdrant.Bm25Config(
            tokenizer=qdrant.TokenizerType.Multilingual, k=k, b=b, avg_len=average_length
        )
    )


def word_weights(text: str, *, k: float, b: float, average_length: float) -> dict[int, float]:
    """Term id to BM25 weight without idf of the words of a text, by Qdrant's multilingual
    tokenizer (which leaves out English stop words and every purely numeric token)."""
    vector = _words(k, b, average_length).embed_document(text)
    return dict(zip(vector.indices, vector.values, strict=True))
