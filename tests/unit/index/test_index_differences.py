"""kb/index/differences.py: what changed between two generations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.index.catalog import Catalog
from kb.index.differences import Difference, difference
from kb.index.generation import Collection
from tests.index_samples import FINGERPRINT, document, put, put_archive, take_out


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Catalog, Catalog]]:
    catalogs = [Catalog(tmp_path / name, writable=True) for name in ("before", "after")]
    yield catalogs[0], catalogs[1]
    for catalog in catalogs:
        catalog.close()


def add(catalog: Catalog, path: str, *texts: str) -> None:
    record, chunks = document(path, texts)
    catalog.put_document(record, chunks, [()] * len(chunks))


def test_each_kind_of_change_is_told_apart(two: tuple[Catalog, Catalog]) -> None:
    before, after = two
    for path, *texts in (("same", "a"), ("edited", "b", "c"), ("old", "d"), ("gone", "e")):
        add(before, path, *texts)
    for path, *texts in (("same", "a"), ("edited", "b", "C"), ("new", "d"), ("came", "f")):
        add(after, path, *texts)
    assert difference(before, after) == Difference(
        added=("docs/came",),
        removed=("docs/gone",),
        changed=("docs/edited",),
        moved=(("docs/old", "docs/new"),),
        chunks_added=3,
        chunks_removed=3,
    )


def test_copies_are_paired_once_each(two: tuple[Catalog, Catalog]) -> None:
    """Two files of one content became three: two have moved, one is new."""
    before, after = two
    for path in ("1", "2"):
        add(before, path, "same")
    for path in ("a", "b", "c"):
        add(after, path, "same")
    found = difference(before, after)
    assert found.moved == (("docs/1", "docs/a"), ("docs/2", "docs/b"))
    assert (found.added, found.removed) == (("docs/c",), ())


def test_a_copy_of_what_stays_is_new_and_not_moved(two: tuple[Catalog, Catalog]) -> None:
    before, after = two
    add(before, "a", "text")
    add(after, "a", "text")
    add(after, "b", "text")
    found = difference(before, after)
    assert (found.added, found.moved) == (("docs/b",), ())


def test_back_again_is_the_reverse(two: tuple[Catalog, Catalog]) -> None:
    before, after = two
    add(before, "a", "one")
    add(after, "b", "two", "three")
    there, back = difference(before, after), difference(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.chunks_added, there.chunks_removed) == (back.chunks_removed, back.chunks_added)


def test_an_archive_is_told_by_its_members(tmp_path: Path) -> None:
    collection = Collection(tmp_path, "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put_archive(draft, "a.zip")
        put(draft, "a.zip!/b.md", ["one"])
        draft.commit()
    with collection.writer() as draft:
        draft.begin()
        take_out(draft, "a.zip")
        take_out(draft, "a.zip!/b.md")
        draft.commit()
    with collection.generation(1) as before, collection.generation(2) as after:
        assert difference(before.catalog, after.catalog).removed == ("docs/a.zip!/b.md",)


def test_a_generation_that_is_not_kept_is_wrong_usage(tmp_path: Path) -> None:
    collection = Collection(tmp_path, "default")
    for number in range(3):
        with collection.writer() as draft:
            draft.begin(FINGERPRINT)
            put(draft, "a.md", [f"text {number}"])
            draft.commit()
    with (
        pytest.raises(UsageError, match="generation 1 is not kept") as caught,
        collection.generation(1),
    ):
        pass
    assert caught.value.why == "there are: 2, 3"
