"""The main job on the demo corpus: real documents, real models, the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Kb
from tests.e2e.conftest import DOCS

HIT_FIELDS = {
    *("rank", "score", "source", "page", "line", "section", "start", "end", "text", "chunk_id"),
}
ANSWER_FIELDS = {
    *("question", "answer", "found", "refused_by", "grounded", "unsupported", "citations"),
    *("version", "conflicts", "verdict", "computation"),
    *("model", "prompt_tokens", "answer_tokens", "cut", "num_ctx", "truncated", "timings"),
}


def test_the_phone_number_is_answered_with_the_phone_list_as_its_source(demo: Kb) -> None:
    done = demo("ask", "张飞的电话号码", "--json")
    answer = done.json
    assert done.code == 0
    assert "u987438274" in answer["answer"]
    assert "5352345" not in answer["answer"]
    assert (answer["found"], answer["refused_by"], answer["grounded"]) == (True, None, True)
    [citation, *_] = answer["citations"]
    assert citation["source"] == "office/通讯录.docx"
    assert "u987438274" in citation["quote"]
    assert answer["truncated"] is False
    assert 0 < answer["prompt_tokens"] < answer["num_ctx"]
    assert set(answer) == ANSWER_FIELDS
    assert {"retrieve", "generate", "total"} <= set(answer["timings"])


def test_a_number_in_a_scan_is_answered(demo: Kb) -> None:
    answer = demo("ask", "设备验收单的编号是什么？", "--top-k", "2", "--json").json
    assert "YS-2024-1128" in answer["answer"]
    assert answer["citations"][0]["page"] == 1


def test_an_english_question_is_answered_in_english(demo: Kb) -> None:
    answer = demo("ask", "How much is reimbursed per kilometre for a private car?", "--json").json
    assert "0.90" in answer["answer"]
    assert answer["citations"][0]["source"] == "office/travel-expense-policy.md"


def test_a_person_that_no_document_names_is_refused_before_the_model_runs(demo: Kb) -> None:
    done = demo("ask", "刘备的电话号码", "--json")
    assert done.code == 4
    assert (done.json["found"], done.json["refused_by"]) == (False, "missing-term")
    assert done.json["model"] is None
    assert "刘备" in done.json["answer"]


def test_for_people_the_sources_come_first_and_the_quotes_last(demo: Kb) -> None:
    done = demo("ask", "曹操的电话号码是多少？", "--top-k", "1")
    assert "123456" in done.out.splitlines()[0]
    assert "[1] office/通讯录.docx" in done.err
    assert "曹操的电话号码是123456" in done.out.split("\n\n", 1)[1]


def test_search_finds_an_identifier_first(demo: Kb) -> None:
    hits = demo("search", "SK-2065", "--json").json["hits"]
    assert "SK-2065" in hits[0]["text"]
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    assert set(hits[0]) == HIT_FIELDS
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_traditional_characters_find_simplified_text(demo: Kb) -> None:
    hits = demo("search", "關羽的電話號碼", "--top-k", "1", "--json").json["hits"]
    assert "5352345" in hits[0]["text"]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "sparse"])
def test_every_mode_finds_the_phone_list(demo: Kb, mode: str) -> None:
    hits = demo("search", "张飞的电话号码", "--mode", mode, "--json").json["hits"]
    assert "office/通讯录.docx" in {hit["source"] for hit in hits}


def test_where_narrows_the_search_to_a_path_or_a_type(demo: Kb) -> None:
    by_path = demo("search", "电话", "--where", "path=hospital/*", "--json").json["hits"]
    assert by_path
    assert all(hit["source"].startswith("hospital/") for hit in by_path)
    by_type = demo("search", "电话", "--where", "type=docx", "--json").json["hits"]
    assert by_type
    assert all(hit["source"].endswith(".docx") for hit in by_type)


def test_a_second_ingest_finds_everything_unchanged(demo: Kb) -> None:
    report = demo("ingest", str(DOCS), "--json").json
    files = sum(1 for path in Path(DOCS).rglob("*") if path.is_file())
    assert report["unchanged"] == files
    assert (report["added"], report["updated"], report["embedded"]) == (0, 0, 0)


def test_catalog_and_vectors_hold_the_same(demo: Kb) -> None:
    done = demo("check", "--json")
    assert done.code == 0
    assert done.json["check"]["sound"] is True
