"""The JSON of every result; its fields are a promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from kb.errors import ModelMissing
from kb.index.manifest import Fingerprint
from kb.session import (
    Answer,
    Citation,
    Document,
    Excerpt,
    Hit,
    Listing,
    Passages,
    Piece,
    Progress,
    SearchResult,
    Status,
    Thought,
    Understood,
    to_dict,
    to_json,
)
from kb.session.fields import Result
from kb.session.results import TableListing, TableRows
from kb.table_types import Column, ColumnType, NamedTable, Row, SqlResult, StoredTable
from kb.types import Chunk, DocumentRecord, Failure, Passage, SourceRoot, Timings

CHUNK = Chunk("c1", "d1", 0, "Ten days.", "Leave", None, 3, "Leave > Days", 7, 16)
NEXT = Chunk("c2", "d1", 1, "days. Paid.", "Leave", None, 3, "Leave > Days", 11, 22)
RECORD = DocumentRecord("d1", "docs", "leave.md", 9, 1, "0" * 64, "Leave", 2, 22, (("type", "md"),))
ARCHIVE = DocumentRecord("d2", "docs", "mails.zip", 9, 1, "0" * 64, "", 0, 0)
FAILED = Failure("docs", "x.pdf", "parse", "protected-document", "a password", "remove it")
PLACE = {"page": None, "line": 3, "section": "Leave > Days"}
CITED = Citation(1, "leave.md", None, 3, "Leave > Days", "Ten days.")
ANSWER = Answer(
    *("How long?", "Ten days.[1]", "Hm.", True, "", True, (), (CITED,), "m", 12, 512, False),
    Timings(0.00012, 0.1, 0.25, 1.0, 1.35012),
)
MADE = Fingerprint("1", "1", "e5", "f" * 64, 384, "edge")

COLUMNS = (Column("No", ColumnType.CODE), Column("Days", ColumnType.INTEGER, unit="天"))
STORED = StoredTable(1, "d1", "docs/staff.xlsx", "Staff", 0, 0, "Sheet", "", None, COLUMNS, 1, 1)
TABLE = NamedTable("staff", STORED, ("No", "Days"))
TABLE_FIELDS = {
    **{"name": "staff", "source": "staff.xlsx", "sheet": "Sheet", "caption": "", "page": None},
    "columns": [
        {"name": "No", "type": "code", "unit": "", "hidden": False},
        {"name": "Days", "type": "integer", "unit": "天", "hidden": False},
    ],
    **{"rows": 1, "marked": 0, "hidden": False, "remarks": []},
}
ROW_FIELDS = {"row": 2, "marks": [], "texts": ["E1", "5"], "values": ["e1", 5]}

EXPECTED: list[tuple[Result, dict[str, object]]] = [
    (
        Status("law", Path("/srv/kb")),
        {
            **{"collection": "law", "home": "/srv/kb", "generation": 0},
            **{"documents": 0, "chunks": 0, "failed": []},
        },
    ),
    (
        Status(
            *("law", Path("/srv/kb"), 3, "2026-11-01T00:00:00Z", 1, 2, 22),
            *((SourceRoot("docs", "/docs"),), MADE, "Ollama 0.17", "a1", (FAILED,)),
        ),
        {
            **{"collection": "law", "home": "/srv/kb", "generation": 3},
            **{"created": "2026-11-01T00:00:00Z", "documents": 1, "chunks": 2, "characters": 22},
            "sources": [{"label": "docs", "location": "/docs", "only": []}],
            "fingerprint": {
                **{"parser": "1", "chunker": "1", "embedding": "e5", "digest": "f" * 64},
                **{"dimension": 384, "engine": "edge"},
            },
            **{"models_engine": "Ollama 0.17", "root_hash": "a1"},
            "failed": [
                {
                    **{"root": "docs", "path": "x.pdf", "stage": "parse", "size": -1},
                    **{"reference": "protected-document", "message": "a password"},
                    **{"hint": "remove it", "mtime_ns": -1},
                }
            ],
        },
    ),
    (
        SearchResult((Hit(CHUNK, "leave.md", 0.123456),)),
        {
            "hits": [
                {
                    **{"rank": 1, "score": 0.1235, "source": "leave.md", **PLACE},
                    **{"start": 7, "end": 16, "text": "Ten days.", "chunk_id": "c1"},
                }
            ]
        },
    ),
    (
        Excerpt("leave.md", (CHUNK, NEXT)),
        {
            **{"source": "leave.md", **PLACE, "start": 7, "end": 22},
            **{"text": "Ten days. Paid.", "chunk_ids": ["c1", "c2"]},
        },
    ),
    (Understood("And he?", ""), {"question": "And he?", "rewritten": None}),
    (Understood("And he?", "Who?"), {"question": "And he?", "rewritten": "Who?"}),
    (
        Passages((Passage(1, "leave.md", "Ten days.", None, 3, "Leave > Days", "Leave", ("c1",)),)),
        {"sources": [{"n": 1, "source": "leave.md", **PLACE}], "likely": None},
    ),
    (
        Passages((), Citation(1, "leave.md", None, 3, "Leave > Days", "Ten days.")),
        {
            "sources": [],
            "likely": {"n": 1, "source": "leave.md", **PLACE, "quote": "Ten days."},
        },
    ),
    (
        TableListing((TABLE,)),
        {"tables": [TABLE_FIELDS]},
    ),
    (
        TableRows(TABLE, (Row(2, ("E1", "5"), ("e1", 5)),)),
        {"table": TABLE_FIELDS, "rows": [ROW_FIELDS]},
    ),
    (
        SqlResult(("n",), ((5,),), ("staff",), ("cut",)),
        {"columns": ["n"], "rows": [[5]], "tables": ["staff"], "remarks": ["cut"]},
    ),
    (
        Progress("reading", 640, 1200, "tokens"),
        {"progress": {"stage": "reading", "done": 640, "total": 1200}},
    ),
    (Thought("Hm."), {"thought": "Hm."}),
    (Piece("Ten"), {"piece": "Ten"}),
    (
        ANSWER,
        {
            **{"question": "How long?", "answer": "Ten days.[1]", "found": True},
            **{"refused_by": None, "grounded": True, "unsupported": []},
            "citations": [{"n": 1, "source": "leave.md", **PLACE, "quote": "Ten days."}],
            **{"verdict": None, "version": None, "computation": None, "conflicts": []},
            **{"model": "m", "prompt_tokens": 12, "answer_tokens": 0, "cut": False},
            **{"num_ctx": 512, "truncated": False},
            "timings": {
                **{"load": 0.0, "retrieve": 0.1, "prompt": 0.25, "generate": 1.0, "total": 1.35},
            },
        },
    ),
    (
        ModelMissing("no model", why="it is not there", hint="fetch it"),
        {
            "error": {
                **{"reference": "model-missing", "what": "no model"},
                **{"why": "it is not there", "hint": "fetch it"},
            }
        },
    ),
]


@pytest.mark.parametrize(
    ("result", "fields"), EXPECTED, ids=lambda one: type(one).__name__.replace("dict", "")
)
def test_the_fields_of_a_result_are_these(result: Result, fields: dict[str, object]) -> None:
    assert json.loads(to_json(result)) == fields
    assert [*to_dict(result)] == [*fields], "in this order"


def test_a_listing_counts_what_is_in_an_archive() -> None:
    listing = json.loads(to_json(Listing((RECORD, ARCHIVE), (FAILED,), {"d2": 4})))
    document, archive = listing["sources"]
    assert (document["labels"], document["archive"], archive["archive"]) == (
        {"type": "md"},
        False,
        True,
    )
    assert ("members" in document, archive["members"]) == (False, 4)
    assert listing["failed"][0]["reference"] == "protected-document"


def test_a_document_has_its_chunks_and_an_archive_its_members() -> None:
    document = json.loads(to_json(Document(RECORD, (CHUNK, NEXT))))
    assert [*document] == ["document", "chunks"]
    assert (document["document"]["doc_id"], document["chunks"][1]["text"]) == ("d1", NEXT.text)
    archive = json.loads(to_json(Document(ARCHIVE, (), (RECORD,))))
    assert [one["path"] for one in archive["members"]] == ["leave.md"]


def test_every_kind_of_result_is_shown_here() -> None:
    shown = {type(result) for result, _ in EXPECTED} | {Listing, Document}
    missing = [kind for kind in get_args(Result) if not any(issubclass(one, kind) for one in shown)]
    assert missing == []


def test_text_is_written_as_it_is() -> None:
    assert to_json({"answers": [Piece("张飞\n")]}) == '{"answers": [{"piece": "张飞\\n"}]}'
