"""What differs from model to model."""

from __future__ import annotations

import pytest

from kb.models.profiles import UNKNOWN, Instructions, profile_for
from kb.wording import Wording


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


@pytest.mark.parametrize(
    "name",
    [
        *("deepseek-r1", "deepseek-r1:7b", "library/DeepSeek-R1:14b", "qwen3", "qwen3:4b"),
        *("qwen3:30b-a3b", "qwq", "qwen2.5:7b-instruct-q4_K_M", "llama3.1:8b", "mixtral:8x7b"),
        *("gpt-oss:20b", "somebodys-model-12B.gguf"),
    ],
)
def test_a_model_that_can_bear_it_is_offered_a_way_out(name: str) -> None:
    assert profile_for(name).wording is Wording.WAY_OUT


@pytest.mark.parametrize(
    "name",
    [
        *("qwen2.5-coder:1.5b", "qwen2.5-coder:0.5b", "deepseek-r1:1.5b", "qwen3:0.6b"),
        *("llama3.2:3b", "qwen2.5:3b", "gemma3:4b", "somebodys-model:latest", "llama3.2"),
        *("somebodys-model:bf16", "mine-v2.7-beta"),
    ],
)
def test_a_small_model_and_one_of_unknown_size_is_not(name: str) -> None:
    assert profile_for(name).wording is Wording.EXTRACTIVE


def test_an_unknown_model_is_taken_as_it_is() -> None:
    assert profile_for("somebodys-model:latest") == UNKNOWN


def test_the_architecture_tells_what_the_name_does_not() -> None:
    assert profile_for("mine", "nomic-bert").query_prefix == "search_query: "
    assert profile_for("mine", "bert") == UNKNOWN
