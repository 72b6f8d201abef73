"""What crosses from a parsing process: whatever it sends is a result that can be kept, or the
failure of its own file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.documents.pool.checks import NotAllowed
from kb.documents.pool.packing import pack, unpack
from kb.documents.pool.queue import ParsedChunks, Taken
from kb.documents.pool.validation import decode, encode
from kb.table_types import STATED as PLACE_OF_STATED
from kb.table_types import Column, ColumnType, Row, RowFlag, Table
from kb.types import Chunk, Failure, SourceFile, chunk_id

SOURCE = SourceFile("docs", "a.zip", "/data/a.zip", 7, 1_000, "")
CHUNK = Chunk(
    chunk_id(SOURCE.doc_id, "标题", "张飞的电话", 0),
    *(SOURCE.doc_id, 0, "张飞的电话", "标题", 3, 12, "标题 > 二", 10, 15, True),
)
TABLE = Table(
    *(0, "名册", "单位：万元", 2),
    (Column("姓名", ColumnType.TEXT), Column("金额", ColumnType.MONEY, "元", 10000.0, 1, True)),
    (
        Row(3, ("张飞", "1.5"), ("张飞", 15000), RowFlag.HIDDEN),
        Row(4, ("合计", "0.00001"), ("合计", 0.1), RowFlag.TOTAL),
        Row(5, ("", "待定"), (None, None)),
    ),
    *(True, ("one cell is no money",)),
)
STATED = Table(
    *(PLACE_OF_STATED, "", "", None),
    (Column("甲方", ColumnType.TEXT), Column("", ColumnType.INTEGER, hidden=True)),
    (Row(1, ("北园", "[[null,3]]"), ("北园", None)),),
)
DOCUMENT = ParsedChunks(
    replace(SOURCE, sha256="ab" * 32),
    *((CHUNK,), "标题", (("from", "刘备"),), 90, ("表 A",), (TABLE,), STATED),
)


def stated_with(*cells: str, rows: int = 1) -> dict[str, Any]:
    """What a document states as it is sent, with other cells than an honest process has."""
    table = fields()["stated"][0]
    values = [None] * len(cells)
    return {"stated": [table | {"rows": [[1, 0, [*cells], values]] * rows}]}


def table_with(**changed: Any) -> dict[str, Any]:
    """A table as it is sent, with other fields than an honest process has."""
    return {"tables": [fields()["tables"][0] | changed]}


MEMBER = replace(DOCUMENT.source, path="a.zip!/b/c.txt", size=4, sha256="", member=("b/c.txt",))
TAKEN = Taken(DOCUMENT, (MEMBER,), packed=True)
FAILURE = Failure("docs", "a.zip", "parse", "damaged-document", "warum", "wie", 7, 1_000)


def fields(taken: Taken = TAKEN) -> dict[str, Any]:
    [found] = unpack(encode(taken))
    assert isinstance(found, dict)
    return found


def sent(**changed: Any) -> bytes:
    return pack([fields() | changed])


def test_what_an_honest_process_sends_arrives_as_it_was() -> None:
    assert decode(SOURCE, encode(TAKEN)) == TAKEN
    assert decode(SOURCE, encode(Taken(FAILURE, refused=True))) == Taken(FAILURE, refused=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "half \ud83d of an emoji"},
        {"page": -1},
        {"hidden": 1},
        {"remarks": ["\udc00"]},
        {"columns": [["名", "number", "", 1.0, 0, False]] * 2},
        {"columns": [["名", "text", "", "1", 0, False]] * 2},
        {"columns": [["名", "text", "", 1.0, 0, False]]},
        {"columns": [["名", "text", "", float("inf"), 0, False]] * 2},
        {"rows": [[1, 0, ["a"], ["a"]]]},
        {"rows": [[1, 4, ["a", "b"], ["a", "b"]]]},
        {"rows": [[-1, 0, ["a", "b"], ["a", "b"]]]},
        {"rows": [[1, 0, ["a", 5], ["a", 5]]]},
        {"rows": [[1, 0, ["a", "\ud800"], ["a", 5]]]},
        {"rows": [[1, 0, ["a", "b"], ["\ud800", 5]]]},
        {"rows": [[1, 0, ["a", "b"], ["a", True]]]},
        {"rows": [[1, 0, ["a", "b"], ["a", float("nan")]]]},
        {"rows": [[1, 0, ["a", "b"], ["a", 1 << 63]]]},
        {"rows": [[1, 0, ["a", "b"], ["a", ["b"]]]]},
    ],
)
def test_a_table_that_could_not_be_kept_is_the_failure_of_its_file(changed: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        decode(SOURCE, sent(**table_with(**changed)))


def test_a_long_document_crosses_in_parts() -> None:
    rows = tuple(Row(n, (f"人{n}", "1"), (f"人{n}", 1)) for n in range(2_500))
    chunks, seen = [], 2_300
    for n in range(seen):
        text = f"第 {n} 段"
        name = chunk_id(SOURCE.doc_id, "", text, 0)
        chunks.append(Chunk(name, SOURCE.doc_id, n, text, "", None, None, "", 0, len(text)))
    long = replace(
        DOCUMENT, chunks=tuple(chunks), tables=(TABLE, replace(TABLE, place=1, rows=rows))
    )
    assert len([*unpack(encode(Taken(long)))]) == 5
    assert decode(SOURCE, encode(Taken(long))).result == long


@pytest.mark.parametrize(
    "more",
    [
        "rows",
        {},
        {"chunks": "none"},
        {"table": 1, "rows": []},
        {"table": -1, "rows": []},
        {"table": 0, "rows": [[1, 0, ["a"], ["a"]]]},
    ],
)
def test_a_part_that_is_none_is_the_failure_of_its_file(more: object) -> None:
    with pytest.raises(NotAllowed):
        decode(SOURCE, pack([fields(), more]))


def test_what_unpacks_to_more_than_a_document_has_is_not_unpacked() -> None:
    bomb = pack(["a" * 30_000_000])
    assert len(bomb) < 200_000
    with pytest.raises(NotAllowed, match="longer than any document"):
        [*unpack(bomb, most=20_000_000)]
    plain = b"\x00" + b"[]\n" * 10_000
    for broken in (b"", bomb[:-9], bomb + b"x", b"rubbish" * 9, pack([]), plain, b"\x00[]"):
        with pytest.raises(NotAllowed):
            decode(SOURCE, broken)


@pytest.mark.parametrize(
    "changed",
    [
        stated_with("北园", "[[null,3]]", rows=2),
        stated_with("北园", "[[null,3]]", rows=0),
        stated_with("北园", "[[null,3],[null,4]]"),
        stated_with("北园", "[]"),
        stated_with("北园", '[[null,"3"]]'),
        stated_with("北园", "[[null,-3]]"),
        stated_with("北园", "no JSON"),
        stated_with("北园", "[" * 9_000),
        {"stated": [fields()["stated"][0]] * 2},
        {"stated": {}},
    ],
    ids=["two", "none", "more", "no place", "a text", "below", "JSON", "deep", "twice", "no list"],
)
def test_what_a_document_states_is_one_row_with_a_place_for_each_field(
    changed: dict[str, Any],
) -> None:
    with pytest.raises(NotAllowed):
        decode(SOURCE, sent(**changed))


def test_whose_document_it_is_the_run_decides() -> None:
    other = replace(SOURCE, path="b.zip", location="/data/b.zip")
    taken = decode(other, encode(TAKEN))
    assert isinstance(taken.result, ParsedChunks)
    assert taken.result.source.path == "b.zip"
    assert {chunk.doc_id for chunk in taken.result.chunks} == {other.doc_id}
    assert [(one.path, one.location) for one in taken.members] == [
        ("b.zip!/b/c.txt", "/data/b.zip")
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "half \ud83d of an emoji"},
        {"labels": [["from", "\udc00"]]},
        {"losses": ["\ud800"]},
        {"chunks": [["a\ud800", "", None, None, "", 0, 2, False]]},
        {"chunks": [["a", "\ud800", None, None, "", 0, 1, False]]},
        {"chunks": [["a", "", None, None, "\udfff", 0, 1, False]]},
        {"chunks": [["a", "", 1 << 31, None, "", 0, 1, False]]},
        {"chunks": [["a", "", None, -1, "", 0, 1, False]]},
        {"chunks": [["a", "", None, None, "", 0, 5, False]]},
        {"chunks": [["", "", None, None, "", 0, 0, False]]},
        {"chunks": [["a", "", True, None, "", 0, 1, False]]},
        {"chunks": [["a", "", None, None, "", 0, 1, 1]]},
        {"size": -1},
        {"size": 1 << 63},
        {"mtime_ns": 1 << 63},
        {"mtime_ns": 1.5},
        {"characters": 20_000_001},
        {"sha256": "ab"},
        {"sha256": "AB" * 32},
        {"members": [["../../etc/passwd", 1]]},
        {"members": [["a//b", 1]]},
        {"members": [["/etc/passwd", 1]]},
        {"members": [["a!/b", 1]]},
        {"members": [["a\x1b[2J", 1]]},
        {"members": [["a", 1 << 63]]},
        {"members": [["\ud800", 1]]},
        {"packed": 1},
        {"failure": ["store", "damaged-document", "", ""]},
        {"failure": ["parse", "Damaged Document", "", ""]},
        {"failure": ["parse", "damaged-document", "\ud800", ""]},
        {"failure": ["parse", "damaged-document", ""]},
    ],
    ids=str,
)
def test_what_cannot_be_kept_does_not_cross(changed: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        decode(SOURCE, sent(**changed))


THOROUGH = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.text(st.characters(codec=None), max_size=5)
    | st.sampled_from(["\ud800", "..", "a!/b", "\x00", "parse", "ab" * 32]),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@THOROUGH
@given(st.dictionaries(st.sampled_from([*fields(), "failure", "x"]), ANYTHING), st.booleans())
def test_whatever_stands_in_a_field_it_crosses_whole_or_not_at_all(
    changed: dict[str, Any], bare: bool
) -> None:
    holds_or_is_refused(pack([changed if bare else fields() | changed]))


@THOROUGH
@given(
    st.integers(0, 6),
    ANYTHING,
    st.sampled_from(["chunks", "labels", "members", "failure"]),
)
def test_whatever_stands_inside_of_a_list_it_crosses_whole_or_not_at_all(
    place: int, value: Any, name: str
) -> None:
    found = fields(Taken(FAILURE)) if name == "failure" else fields()
    row = found[name] if name == "failure" else found[name][0]
    row[place % len(row)] = value
    holds_or_is_refused(pack([found]))


@THOROUGH
@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_bytes_arrive_they_are_refused_or_a_result(noise: bytes, cut: int) -> None:
    holds_or_is_refused(noise)
    holds_or_is_refused(encode(TAKEN)[:cut] + noise)


def holds_or_is_refused(data: bytes) -> None:
    """What crosses can be written by SQLite and in UTF-8, and is of the source it was made of."""
    try:
        taken = decode(SOURCE, data)
    except NotAllowed:
        return
    for number, text in flat(taken):
        assert number is None or -(1 << 63) <= number < 1 << 63
        assert text is None or text.encode().decode() == text
    assert decode(SOURCE, encode(taken)) == taken
    for one in (*taken.members, taken.result):
        source = one.source if isinstance(one, ParsedChunks) else one
        assert source.root == "docs"
        assert source.path == "a.zip" or source.path.startswith("a.zip!/")


def flat(value: Any) -> list[tuple[int | None, str | None]]:
    """All numbers and texts in a value of any depth."""
    if isinstance(value, str):
        return [(None, value)]
    if isinstance(value, int):
        return [(value, None)]
    if isinstance(value, tuple):
        return [pair for one in value for pair in flat(one)]
    slots = getattr(value, "__slots__", ())
    return [pair for name in slots for pair in flat(getattr(value, name))]
