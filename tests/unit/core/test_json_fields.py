"""The fields of a session's results are those that docs/cli.md names, all of them and no other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.index.manifest import Fingerprint
from kb.session import Document, Listing, SearchResult, Status, to_json
from kb.table_types import Computation, ComputedRows, ReferenceRow
from kb.types import (
    Answer,
    Chunk,
    Citation,
    DocumentRecord,
    Failure,
    Hit,
    SourceRoot,
    Timings,
)
from kb.version_types import Conflict, Family, FamilyKind, Member, Version
from tools.docs import fields

FAILURE = Failure("docs", "a.pdf", "parse", "damaged-document", "it is cut off", "save it anew")
RECORD = DocumentRecord("0f", "docs", "a.md", 1, 1, "ff", "A", 1, 3, (("type", "md"),))
ARCHIVE = replace(RECORD, doc_id="0e", path="a.zip", characters=0, chunks=0)
CHUNK = Chunk("id", "0f", 0, "one", "A", 1, 1, "A", 0, 3)
COMPUTED = ComputedRows(1, 2, (ReferenceRow("a.xlsx", "s", 2),))
COMPUTATION = Computation(("a.xlsx",), ("x = 1",), "count", ("x",), COMPUTED, "1")
ANSWER = Answer(
    question="?",
    text="one",
    thinking="",
    found=True,
    refused_by="",
    grounded=False,
    unsupported=("1",),
    citations=(Citation(1, "a.md", 1, 1, "A", "one"),),
    model="m",
    prompt_tokens=1,
    num_ctx=1,
    truncated=False,
    timings=Timings(0, 0, 0, 0, 0),
    version=Version("a.md", "V1", "2024-01-01", "2024", False, "b.md"),
    computation=Computation(
        ("a.xlsx",),
        ("x = 1",),
        "count",
        ("x",),
        ComputedRows(1, 2, (ReferenceRow("a.xlsx", "s", 2),)),
        "1",
    ),
    conflicts=(Conflict("30 days", "b.md", "within 30 days", "2024", True),),
)
FAMILY = Family(FamilyKind.EDITION, (Member("0f", "a.md"), Member("0d", "b.md", since=20240101)))
STATUS = Status(
    "default",
    Path("home"),
    generation=1,
    sources=(SourceRoot("docs", "/docs", ("a.md",)),),
    fingerprint=Fingerprint("1", "1", "e", "ff", 2, "edge"),
    failed=(FAILURE,),
)
RESULTS: dict[str, list[object]] = {
    "status": [{"status": STATUS}, {"status": Status("default", Path("home"))}],
    "sources": [Listing((RECORD, ARCHIVE), (FAILURE,), {"0e": 2}, (FAMILY,))],
    "show": [
        {"show": Document(RECORD, (CHUNK,))},
        {"show": Document(ARCHIVE, (), (RECORD,))},
    ],
    "search": [SearchResult((Hit(CHUNK, "a.md", 0.5),))],
    "ask": [ANSWER],
}


@pytest.mark.parametrize("command", RESULTS)
def test_a_result_has_the_fields_that_are_documented(command: str) -> None:
    printed = [json.loads(to_json(one)) for one in RESULTS[command]]
    assert [fields.undocumented(command, one) for one in printed] == [[] for _ in printed]
    assert fields.unseen(command, *printed) == []


def test_a_field_that_is_not_documented_is_named() -> None:
    hit = {"rank": 1, "colour": "red", "labels": [{"a": 1}]}
    assert fields.undocumented("search", {"hits": [hit], "more": 1}) == [
        "hits[].colour",
        "hits[].labels",
        "more",
    ]
    assert fields.undocumented("eval", {"metrics": {"mrr": 1.0}}) == []
    assert fields.undocumented("ask", {"citations": [{"n": 1, "m": 2}]}) == ["citations[].m"]


def test_a_documented_field_that_is_not_there_is_named() -> None:
    assert fields.unseen("config show", {"home": "", "keys": {"a.b": {"value": [1]}}}) == [
        "collection",
        "keys.*.origin",
    ]
