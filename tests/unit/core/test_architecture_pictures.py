"""The pictures of ARCHITECTURE.md show what the code does."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.crash.test_index_crash import COMMITTED, STEPS
from tools.docs.pages import REPOSITORY

TEXT = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
INGEST, ASK, WRITE_ORDER = re.findall(r"^```mermaid\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
HOMES_OF_TYPES = ("kb.types", "kb.documents.pool.workers", "kb.pipelines.flow")

DOCUMENTS = ("first-document", "all-documents")
"""One step of the picture and of the table: each document is put like the first."""


def in_order(picture: str) -> list[str]:
    """The nodes of a picture whose arrows only join neighbours, as they first appear."""
    inside = re.findall(r"subgraph .*?\n(.*?)^  end", picture, re.MULTILINE | re.DOTALL)
    nodes = re.findall(r"[a-z][a-z-]*[a-z]", re.sub(r"direction LR|-->", " ", " ".join(inside)))
    return [*dict.fromkeys(nodes)]


def test_the_write_order_is_the_one_that_the_crash_tests_kill_at() -> None:
    steps = [step for step in STEPS if step not in DOCUMENTS]
    shown = in_order(WRITE_ORDER)
    assert [step for step in shown if step != "documents"] == steps
    assert shown.index("documents") == STEPS.index(DOCUMENTS[0])
    table = re.findall(r"^\| \*{0,2}`([a-z-]+)`\*{0,2} \|", TEXT, re.MULTILINE)
    assert [step for step in table if step in STEPS] == steps


def test_every_step_of_the_store_is_one_of_them() -> None:
    code = "".join(file.read_text("utf-8") for file in (REPOSITORY / "kb/index").glob("*.py"))
    assert set(re.findall(r"\bstep\(\"([a-z-]+)\"\)", code)) == set(STEPS) - set(DOCUMENTS)


def test_the_new_generation_is_live_from_the_step_that_commits() -> None:
    live = WRITE_ORDER[WRITE_ORDER.index("subgraph live") :]
    assert [*COMMITTED] == in_order(live)


@pytest.mark.parametrize("picture", [INGEST, ASK], ids=["ingest", "ask"])
def test_the_types_on_the_arrows_are_there(picture: str) -> None:
    known = {name for home in HOMES_OF_TYPES for name in vars(importlib.import_module(home))}
    types = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b", re.sub(r'".*?"', "", picture)))
    assert types
    assert types <= known
