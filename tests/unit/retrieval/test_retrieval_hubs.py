"""Chunks that are near to every question in the other language come first for none of them."""

from __future__ import annotations

from array import array

import pytest

from kb.retrieval import hubs
from kb.retrieval.hubs import SHARE, UNRELATED, keep_mean, without_hubs
from kb.text.language import Language, language
from tests.unit.retrieval.corpus import Corpus, FakeEmbedder

QUESTION = "油多久换一次？"


def english(**cosines: float) -> Corpus:
    """English chunks with their cosines to the question, and words that it does not have."""
    return Corpus(
        texts={name: f"The {name} speaks of something." for name in cosines}, cosines=cosines
    )


def test_a_chunk_near_to_every_question_stands_behind_the_one_that_is_near_to_this_one() -> None:
    corpus = english(answer=0.82, hub=0.84, other=0.70)
    assert corpus.order(QUESTION)[0] == "hub"

    corpus = english(answer=0.82, hub=0.84, other=0.70)
    corpus.embedder.unrelated = array("f", [0.70, 0.80, 0.68])

    assert corpus.order(QUESTION)[0] == "answer"


def test_within_the_questions_language_nothing_is_taken_off() -> None:
    corpus = english(answer=0.82, hub=0.84, other=0.70)
    corpus.embedder.unrelated = array("f", [0.70, 0.80, 0.68])

    assert corpus.order("How often is it changed?")[0] == "hub"


def test_where_the_collection_has_one_language_nothing_more_is_embedded() -> None:
    corpus = english(answer=0.82)
    embedded: list[str] = []
    ask = corpus.embedder.embed_query
    corpus.embedder.embed_query = lambda text: embedded.append(text) or ask(text)  # type: ignore[method-assign,func-returns-value]

    corpus.find("How often is it changed?")

    assert embedded == ["How often is it changed?"]


class Notes(dict[str, str]):
    """A catalog's notes in memory."""

    def meta(self, key: str) -> str | None:
        return self.get(key)

    def set_meta(self, key: str, value: str) -> None:
        self[key] = value


def test_a_share_of_the_mean_of_the_unrelated_questions_is_taken_off() -> None:
    embedder = FakeEmbedder(array("f", [1.0, 0.0]), unrelated=array("f", [0.5, 0.2]))

    vector = without_hubs(array("f", [1.0, 0.0]), Language.ZH, embedder, Notes())

    assert [*vector] == pytest.approx([1.0 - SHARE * 0.5, -SHARE * 0.2])


def test_what_a_commit_kept_is_not_embedded_again() -> None:
    kept, engine = Notes(), FakeEmbedder(array("f", [1.0, 0.0]), unrelated=array("f", [0.5, 0.2]))
    keep_mean(Language.ZH, engine, kept)
    hubs._means.clear()  # as in another process
    engine.unrelated = array("f", [9.0, 9.0])

    vector = without_hubs(array("f", [1.0, 0.0]), Language.ZH, engine, kept)

    assert [*vector] == pytest.approx([1.0 - SHARE * 0.5, -SHARE * 0.2])


@pytest.mark.parametrize("value", ["", "[1]", '{"a": 1}', "[[1], 2]", "no JSON"])
def test_what_is_no_vector_of_the_model_is_found_anew(value: str) -> None:
    engine = FakeEmbedder(array("f", [1.0, 0.0]), unrelated=array("f", [0.5, 0.2]))
    kept = Notes({f"unrelated:{engine.digest}:zh": value})

    vector = without_hubs(array("f", [1.0, 0.0]), Language.ZH, engine, kept)

    assert [*vector] == pytest.approx([1.0 - SHARE * 0.5, -SHARE * 0.2])


def test_the_unrelated_questions_of_a_language_are_in_it() -> None:
    for spoken, texts in UNRELATED.items():
        assert {language(text) for text in texts} == {spoken}
