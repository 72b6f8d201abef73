"""What differs from model to model."""

from __future__ import annotations

import pytest

from kb.models.profiles import UNKNOWN, Instructions, profile_for


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("multilingual-e5-small", "query: ", "passage: "),
        ("jeffh/intfloat-multilingual-e5-large:f16", "query: ", "passage: "),
        ("nomic-embed-text:v1.5", "search_query: ", "search_document: "),
        ("mxbai-embed-large", "Represent this sentence for searching relevant passages: ", ""),
        ("bge-m3", "", ""),
        ("bge-m3:567m", "", ""),
        ("bge-large-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        ("all-minilm", "", ""),
    ],
)
def test_prefixes_of_an_embedding_model(name: str, query: str, passage: str) -> None:
    profile = profile_for(name)
    assert (profile.query_prefix, profile.passage_prefix) == (query, passage)


@pytest.mark.parametrize("name", ["qwen3-embedding:0.6b", "multilingual-e5-large-instruct"])
def test_an_instructed_model_is_told_the_task_with_the_query_alone(name: str) -> None:
    profile = profile_for(name)
    assert profile.query_prefix.startswith("Instruct: Given a web search query")
    assert "\nQuery:" in profile.query_prefix
    assert profile.passage_prefix == ""


def test_only_e5_wants_its_text_normalised_beforehand() -> None:
    assert profile_for("multilingual-e5-small").nfkc
    assert not profile_for("bge-m3").nfkc


@pytest.mark.parametrize("name", ["deepseek-r1:7b", "library/DeepSeek-R1:14b", "deepseek-r1"])
def test_deepseek_r1_is_instructed_by_the_user_and_kept_warm(name: str) -> None:
    profile = profile_for(name)
    assert profile.thinks
    assert profile.instructions is Instructions.USER
    assert profile.temperature == 0.6


def test_qwen3_thinks_and_its_embedding_sister_does_not() -> None:
    assert profile_for("qwen3:8b").thinks
    assert not profile_for("qwen3-embedding:8b").thinks
    assert not profile_for("qwen2.5-coder:1.5b").thinks


def test_an_unknown_model_is_taken_as_it_is() -> None:
    assert profile_for("somebodys-model:latest") == UNKNOWN


def test_the_architecture_tells_what_the_name_does_not() -> None:
    assert profile_for("mine", "nomic-bert").query_prefix == "search_query: "
    assert profile_for("mine", "bert") == UNKNOWN
