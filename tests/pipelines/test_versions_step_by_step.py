"""Families, tables of documents and the root hash are the same whether a collection came to be at
once or change by change: after a change only what it touches is formed anew."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.documents.chunking.chunk import chunk
from kb.documents.parse import parse
from kb.documents.tables.stated import stated_of
from kb.index import versions
from kb.index.catalog import Catalog
from kb.index.database import Row
from kb.pipelines.versions import note_versions
from kb.table_types import Table
from kb.types import Chunk, DocumentRecord, SourceFile, document_id

RULES = (
    "读者每次可借图书五册，借期三十天，可续借一次。逾期每册每日收费一角。善本只供馆内阅览。"
    "遗失图书应当照价赔偿；污损的按情节收费。自习座位当日有效，离席一小时的视为放弃。"
)
"""Long enough for a sketch of which bands are compared."""
PATHS = (
    "借阅规则.md",
    "旧/借阅规则.md",
    "借阅规则说明.md",
    "手册（2022版）.md",
    "守则.md",
    "合同.md",
    "1.eml",
)
MAIL = (
    "From: {}\nTo: a@x.example, b@x.example\nSubject: {}\nDate: 8 May 2024 10:00:00 +0000\n\n{}\n"
)
TEXTS = (
    f"# 借阅规则\n\n{RULES}\n",
    f"# 须知\n\n{RULES}\n",
    f"# 借阅规则（2022版）\n\n自2022年9月1日起施行，2019版同时废止。{RULES}\n",
    "# 读者守则\n\n自2024年5月1日起施行，《借阅规则》同时废止。\n",
    "# 仓库租赁合同\n\n承租方：祝英台\n\n月租金：9,000元\n",
    "# 商铺租赁合同\n\n承租方：梁山伯\n\n月租金：7,000元\n",
    MAIL.format("a@x.example", "借阅规则", "改了什么？"),
    MAIL.format("b@x.example", "Re: 借阅规则", "册数。"),
)
DAY = 86_400 * 10**9

Written = tuple[int, int]
"""Of a file, which text it has, and the day on which it was written."""
files = st.dictionaries(
    st.sampled_from(PATHS), st.tuples(st.integers(0, len(TEXTS) - 1), st.integers(1, 3)), max_size=7
)
gone = st.sets(st.sampled_from(PATHS), max_size=2)
changes = st.lists(st.tuples(files, gone), min_size=1, max_size=5)


@given(first=files, changes=changes)
@settings(max_examples=20)
def test_whatever_changed_before_the_families_and_tables_are_those_of_one_run(
    first: Mapping[str, Written],
    changes: list[tuple[Mapping[str, Written], set[str]]],
) -> None:
    with new_catalog() as catalog:
        held: dict[str, Written] = {}
        for written, gone in ((first, set[str]()), *changes):
            for path in sorted(gone & held.keys()):
                del held[path]
                catalog.remove_document(document_id("docs", path))
            put(catalog, written)
            held |= written
            note_versions(catalog)
        with new_catalog() as at_once:
            put(at_once, held)
            note_versions(at_once)
            assert content(catalog) == content(at_once)
        assert versions.problem(catalog.database) == ""


@pytest.mark.parametrize(
    ("known", "later"),
    [
        ({"借阅规则.md": (0, 1)}, {"旧/借阅规则.md": (2, 1)}),
        ({"借阅规则.md": (0, 1)}, {"甲.md": (2, 1)}),
        ({"借阅规则.md": (0, 1)}, {"借阅规则说明.md": (1, 1)}),
        ({"借阅规则.md": (1, 1)}, {"守则.md": (3, 1)}),
        ({"守则.md": (3, 1)}, {"借阅规则.md": (1, 1)}),
        ({"借阅规则.md": (0, 1), "旧/借阅规则.md": (0, 2)}, {"借阅规则.md": (0, 3)}),
    ],
    ids=["name", "title", "text", "replaces", "replaced", "time"],
)
def test_what_comes_later_is_put_to_what_it_has_something_in_common_with(
    known: Mapping[str, Written], later: Mapping[str, Written]
) -> None:
    with new_catalog() as catalog, new_catalog() as at_once:
        for written in (known, later):
            put(catalog, written)
            note_versions(catalog)
        put(at_once, {**known, **later})
        note_versions(at_once)
        assert [len(one.members) for one in versions.stored(catalog.database).all] == [2]
        assert content(catalog) == content(at_once)


def test_what_no_longer_has_it_in_common_leaves_the_others_behind() -> None:
    with new_catalog() as catalog, new_catalog() as at_once:
        for written in ({"借阅规则.md": (0, 1), "甲.md": (2, 1)}, {"甲.md": (4, 1)}):
            put(catalog, written)
            note_versions(catalog)
        put(at_once, {"借阅规则.md": (0, 1), "甲.md": (4, 1)})
        note_versions(at_once)
        assert content(catalog) == content(at_once)


def test_a_change_reads_what_is_linked_with_it_and_nothing_else() -> None:
    with new_catalog() as catalog:
        put(catalog, {"借阅规则.md": (0, 1), "旧/借阅规则.md": (2, 1), "守则.md": (4, 1)})
        note_versions(catalog)
        # What nobody reads is not found to be damaged.
        catalog.database.run(
            "UPDATE version SET facts = 'x' WHERE doc_id = ?", document_id("docs", "守则.md")
        )
        put(catalog, {"借阅规则.md": (0, 2)})
        note_versions(catalog)
        assert [len(one.members) for one in versions.stored(catalog.database).all] == [2]


@contextmanager
def new_catalog() -> Iterator[Catalog]:
    with (
        tempfile.TemporaryDirectory(prefix="kb-versions-") as folder,
        closing(Catalog(Path(folder) / "catalog.sqlite", writable=True)) as catalog,
    ):
        yield catalog


def put(catalog: Catalog, written: Mapping[str, Written]) -> None:
    for path, (text, day) in written.items():
        record, chunks, tables = document(path, text, day)
        catalog.put_document(record, chunks, [terms(one.text) for one in chunks], tables)


@cache
def document(path: str, text: int, day: int) -> tuple[DocumentRecord, list[Chunk], list[Table]]:
    with tempfile.TemporaryDirectory(prefix="kb-versions-") as folder:
        file = Path(folder) / Path(path).name
        file.write_text(TEXTS[text], encoding="utf-8")
        parsed = parse(SourceFile("docs", path, str(file), file.stat().st_size, day * DAY))
    chunks = [*chunk(parsed, 300, 1)]
    source, stated = parsed.source, stated_of(parsed)
    record = DocumentRecord(
        source.doc_id, "docs", path, source.size, source.mtime_ns, source.sha256, parsed.title,
        len(chunks), len(parsed.text), parsed.labels,
    )  # fmt: skip
    return record, chunks, [*parsed.tables, *([stated] if stated else [])]


def terms(text: str) -> list[int]:
    return sorted({crc32(text[at : at + 2].encode()) for at in range(len(text) - 1)})


def content(catalog: Catalog) -> tuple[list[Row], list[Row], list[Table], str]:
    """Facts and families, their keys, the tables whose rows are documents, and the root hash."""
    database, store = catalog.database, catalog.table_store
    catalog.finish()
    return (
        database.all("SELECT * FROM version ORDER BY doc_id"),
        database.all("SELECT * FROM version_key ORDER BY key, doc_id"),
        [store.read(one.id) for one in store.tables() if one.of_documents],
        catalog.root_hash(),
    )
