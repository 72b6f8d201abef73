"""`--collection`: every command works on the one that is named; search, ask and chat on several."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from kb.index.generation import Collection
from tests.commands import Kb
from tests.homes import copied

LAW = "合同HT-2024-0917的总价是38万元。"
HR = "The extension of the canteen is 4711."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    """Two collections: law has law.txt, hr has hr.txt in two generations."""
    folder = tmp_path_factory.mktemp("docs")
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder, keeps_models=True)
    for name, text in {"law": LAW, "hr": HR}.items():
        (folder / name).mkdir()
        (folder / name / f"{name}.txt").write_text(text, encoding="utf-8")
        done = kb("--collection", name, "ingest", str(folder / name))
        assert done.code == 0, done.err
    (folder / "hr" / "leave.txt").write_text("Annual leave is ten days.", encoding="utf-8")
    assert kb("--collection", "hr", "ingest", str(folder / "hr")).code == 0
    return kb


@pytest.fixture
def kb(home: Kb, tmp_path: Path) -> Kb:
    """A copy, to be changed."""
    copied(home.home, tmp_path / "home")
    return replace(home, home=tmp_path / "home")


# --- one ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["status"], "collection   hr"),
        (["sources"], "hr.txt"),
        (["show", "hr.txt"], "4711"),
        (["search", "canteen extension"], "hr.txt"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_shows_shows_the_named_collection(home: Kb, command: list[str], shown: str) -> None:
    done = home("--collection", "hr", *command)
    assert done.code == 0, done.err
    assert shown in done.out
    assert "law.txt" not in done.out


@pytest.mark.parametrize(
    "command", [["search", "x"], ["ask", "x"], ["chat"], ["sources"], ["check"], ["reindex"]]
)
def test_the_default_collection_is_another_one(home: Kb, command: list[str]) -> None:
    done = home(*command)
    assert done.code == 4
    assert "'default'" in done.err
    assert "kb ingest PATH" in done.err


def test_the_environment_names_it_too_and_the_option_wins(home: Kb) -> None:
    kb = replace(home, variables={"KB_COLLECTION": "law"})
    assert "collection   law" in kb("status").out
    assert "collection   hr" in kb("--collection", "hr", "status").out


def test_what_changes_changes_the_named_collection_alone(kb: Kb) -> None:
    law = Collection(kb.home, "law")
    with law.reader() as live:
        before = live.manifest
    hr = ("--collection", "hr")
    assert kb(*hr, "rollback", "--json").json["rollback"]["generation"] == 1
    assert kb(*hr, "reindex", "--json").json["generation"] == 3
    assert kb(*hr, "remove", "leave.txt", "--json").json["removed"] == 1
    assert kb(*hr, "history", "--json").json["generations"][0]["generation"] == 4
    assert kb(*hr, "check", "--json").json["check"]["chunks"] == 1
    with law.reader() as live:
        assert live.manifest == before
    assert len(law.runs()) == 1


# --- several --------------------------------------------------------------------------


def test_search_goes_over_several_and_names_each_source_with_its_collection(home: Kb) -> None:
    hits = home("--collection", "law,hr", "search", "HT-2024-0917", "--json").json["hits"]
    assert hits[0]["source"] == "law:law.txt"
    assert {hit["source"] for hit in hits} == {"law:law.txt", "hr:hr.txt", "hr:leave.txt"}
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)


def test_ask_goes_over_several(home: Kb) -> None:
    done = home("--collection", "law,hr", "ask", "刘备的电话号码")
    assert done.code == 4
    assert {"law:", "hr:"} <= set(re.findall(r"\b(?:law|hr):", done.err))


@pytest.mark.parametrize(
    "command",
    [
        *(["ingest", "."], ["reindex"], ["status"], ["sources"], ["show", "x"], ["history"]),
        *(["remove", "x"], ["rollback"], ["check"]),
    ],
    ids=lambda command: command[0],
)
def test_every_other_command_takes_one_only(home: Kb, command: list[str]) -> None:
    done = home("--collection", "law,hr", *command)
    assert (done.code, done.out) == (2, "")
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["error", "why", "fix"]
    assert "one collection, not on 'law,hr'" in done.err


@pytest.mark.parametrize(
    ("names", "code", "complaint"),
    [("law,lwa", 4, "'lwa' is empty"), ("law,", 2, "not a name"), ("law,../up", 2, "'../up'")],
)
def test_a_name_that_is_wrong_is_reported_and_never_left_out(
    home: Kb, names: str, code: int, complaint: str
) -> None:
    done = home("--collection", names, "search", "x")
    assert done.code == code
    assert complaint in done.err


def test_collections_of_different_models_cannot_be_asked_together(kb: Kb) -> None:
    for manifest in (kb.home / "collections" / "hr").rglob("manifest.json"):
        text = manifest.read_text(encoding="utf-8")
        with Collection(kb.home, "hr").reader() as live:
            made = live.manifest.fingerprint
        assert made is not None
        other = text.replace(made.digest, "0" * 64).replace(made.embedding, "bge-m3")
        manifest.write_text(other, encoding="utf-8")
    done = kb("--collection", "law,hr", "search", "x")
    assert done.code == 8
    assert "model-mismatch" in done.err
    assert "'law' with multilingual-e5-small" in done.err
    assert "'hr' with bge-m3" in done.err


def test_a_table_of_one_is_computed_over_both(kb: Kb, tmp_path: Path) -> None:
    """No chat model takes part; the source names its collection."""
    prices = tmp_path / "prices.csv"
    prices.write_text("item,name,price (€)\nSK-2040,grinder,318\nSK-2041,drill,65\n", "utf-8")
    assert kb("--collection", "law", "ingest", str(prices)).code == 0
    alone = kb("--collection", "law", "ask", "price of SK-2040", "--json").json
    both = kb("--collection", "law,hr", "ask", "price of SK-2040", "--json").json
    assert alone["computation"]["result"] == both["computation"]["result"] == "318 €"
    assert both["citations"][0]["source"] == "law:prices.csv"
    assert both["computation"]["tables"] == ["law:prices.csv"]
