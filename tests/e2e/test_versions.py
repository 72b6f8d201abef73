"""Versions and contradictions, on small documents made here: real models, the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Kb

DOCUMENTS = {
    "借阅规则-2019版.md": (
        "# 借阅规则（2019版）\n\n自2019年3月1日起施行。\n\n每人最多可借图书五册。\n"
    ),
    "借阅规则-2022版.md": (
        "# 借阅规则（2022版）\n\n自2022年9月1日起施行，2019版同时废止。\n\n每人最多可借图书八册。\n"
    ),
    "pump-manual.md": "# Pump manual\n\nThe X200 pump weighs 187 kg with its motor.\n",
    "flyer-2024.md": "# Spring flyer 2024\n\nThe X200 pump weighs only 150 kg.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    folder = tmp_path_factory.mktemp("versions")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder, keeps_models=True)
    done = kb("ingest", str(folder))
    assert done.code == 0, done.err
    return kb


def test_the_versions_of_a_document_are_listed(library: Kb) -> None:
    [family] = library("sources", "--json").json["families"]
    assert [(one["source"], one["in_force"]) for one in family["members"]] == [
        ("借阅规则-2022版.md", True),
        ("借阅规则-2019版.md", False),
    ]


def test_the_version_in_force_is_answered_from_and_named(library: Kb) -> None:
    answer = library("ask", "每人最多可借图书几册？", "--json").json
    assert "八册" in answer["answer"].splitlines()[0]
    assert answer["version"]["source"] == "借阅规则-2022版.md"
    assert "依据：借阅规则-2022版.md（现行，2022-09-01 起施行）" in answer["answer"]
    [conflict] = answer["conflicts"]
    assert (conflict["value"], conflict["replaced"]) == ("五册", True)


def test_a_contradiction_is_told_with_its_document_and_date(library: Kb) -> None:
    answer = library("ask", "How much does the X200 pump weigh?", "--json").json
    assert "187 kg" in answer["answer"].splitlines()[0]
    assert "Another passage says: flyer-2024.md (2024): 150 kg" in answer["answer"]
