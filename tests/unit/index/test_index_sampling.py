"""kb/index/sampling.py: the chunks that stand for a collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from kb.index.catalog import Catalog
from kb.text.language import Language
from tests.index_samples import document


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite", writable=True)
    yield catalog
    catalog.close()


def add(catalog: Catalog, path: str, texts: Sequence[str]) -> None:
    record, chunks = document(path, texts)
    catalog.put_document(record, chunks, [() for _ in chunks])


def drawn(catalog: Catalog, count: int) -> Counter[str]:
    """How many chunks each document gave, by path."""
    found = catalog.chunks([*catalog.sample(count)])
    paths = {record.doc_id: record.path for record in catalog.documents()}
    return Counter(paths[chunk.doc_id] for chunk in found)


def test_a_table_of_700_rows_does_not_stand_for_the_notes_beside_it(catalog: Catalog) -> None:
    add(catalog, "table.csv", [f"row {n}" for n in range(700)])
    for n in range(60):
        add(catalog, f"{n}.md", [f"note {n}, part {part}" for part in range(3)])
    found = drawn(catalog, 256)
    assert found["table.csv"] == 4
    assert sum(found.values()) == 60 * 3 + 4


def test_every_document_gives_one_chunk_before_any_gives_two(catalog: Catalog) -> None:
    for n in range(10):
        add(catalog, f"{n}.md", ["one", "two", "three"])
    assert set(drawn(catalog, 10).values()) == {1}
    assert set(drawn(catalog, 20).values()) == {2}


def test_few_documents_give_more_than_four(catalog: Catalog) -> None:
    add(catalog, "a.csv", [f"row {n}" for n in range(500)])
    add(catalog, "b.csv", [f"line {n}" for n in range(500)])
    assert drawn(catalog, 256) == {"a.csv": 64, "b.csv": 64}


def test_a_small_document_gives_what_it_has_and_no_chunk_twice(catalog: Catalog) -> None:
    texts = [f"text {n}" for n in range(7)]
    add(catalog, "a.md", texts)
    assert drawn(catalog, 256) == {"a.md": 7}


def test_the_chunks_of_one_document_are_spread_over_it(catalog: Catalog) -> None:
    add(catalog, "a.csv", [f"row {n}" for n in range(1000)])
    places = sorted(one.ordinal for one in catalog.chunks([*catalog.sample(256)]))
    gaps = [after - before for before, after in pairwise(places)]
    assert max(gaps) < 3 * 1000 / len(places)


def test_a_rarer_language_has_a_fifth_where_there_is_as_much_of_it(catalog: Catalog) -> None:
    for n in range(180):
        add(catalog, f"{n}.md", [f"第{n}份文件"])
    for n in range(20):
        add(catalog, f"en-{n}.md", [f"English note {n}"])
    languages = Counter(catalog.sample(100).values())
    assert languages == {Language.ZH: 80, Language.EN: 20}


def test_the_same_documents_give_the_same_sample_in_whatever_order_they_came(
    tmp_path: Path,
) -> None:
    samples = []
    for name, order in (("a", range(40)), ("b", reversed(range(40)))):
        catalog = Catalog(tmp_path / name, writable=True)
        for n in order:
            add(catalog, f"{n}.md", [f"note {n}, part {part}" for part in range(9)])
        samples.append([*catalog.sample(64)])
        catalog.close()
    assert samples[0] == samples[1]


def test_a_collection_without_a_document_has_no_sample(catalog: Catalog) -> None:
    assert catalog.sample(256) == {}
