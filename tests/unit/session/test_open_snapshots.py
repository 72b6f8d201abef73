"""Generations that stay open between questions: reused while they are live, closed when not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.errors import NothingFound, StoreDamaged
from kb.index.generation import Collection, Snapshot
from kb.session.open_snapshots import Readers
from tests.index_samples import commit, contents

SOON = 10.0


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path / "home", "default")


@pytest.fixture
def readers() -> Iterator[Readers]:
    readers = Readers()
    yield readers
    readers.close()


def read(readers: Readers, collection: Collection) -> tuple[Snapshot, dict[str, list[str]]]:
    """What was handed out, searched so that it is open in full, and what it held."""
    with readers.reader(collection) as live:
        assert live.vectors.count() == live.manifest.chunks
        return live, contents(live.catalog)


def happens(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + SOON
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_what_is_live_is_opened_once(collection: Collection, readers: Readers) -> None:
    commit(collection, "a.md", "one")
    first, content = read(readers, collection)
    again, same = read(readers, Collection(collection.home, collection.name))
    assert again is first
    assert content == same == {"a.md": ["one"]}


def test_two_questions_at_once_have_one_each(collection: Collection, readers: Readers) -> None:
    commit(collection, "a.md", "one")
    with readers.reader(collection) as first, readers.reader(collection) as second:
        assert first is not second
    assert {id(read(readers, collection)[0]) for _ in range(3)} <= {id(first), id(second)}


def test_collections_are_told_apart(collection: Collection, readers: Readers) -> None:
    other = Collection(collection.home, "other")
    commit(collection, "a.md", "one")
    commit(other, "b.md", "two")
    for _ in range(2):
        assert read(readers, collection)[1] == {"a.md": ["one"]}
        assert read(readers, other)[1] == {"b.md": ["two"]}


def test_the_next_question_sees_a_commit_and_one_under_way_does_not(
    collection: Collection, readers: Readers
) -> None:
    commit(collection, "a.md", "one")
    with readers.reader(collection) as under_way:
        commit(collection, "a.md", "two")
        assert read(readers, collection)[1] == {"a.md": ["two"]}
        assert contents(under_way.catalog) == {"a.md": ["one"]}


def test_a_number_that_is_used_again_is_another_generation(
    collection: Collection, readers: Readers
) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    first, _ = read(readers, collection)
    assert collection.is_live(first)
    manifest = first.folder / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(first.manifest.root_hash, "0" * 64), encoding="utf-8")
    assert not collection.is_live(first)
    assert read(readers, collection)[0] is not first


def test_a_rollback_is_seen(collection: Collection, readers: Readers) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    read(readers, collection)
    collection.rollback()
    assert read(readers, collection)[1] == {"a.md": ["one"]}


def test_without_a_question_what_is_not_live_is_let_go(
    collection: Collection, readers: Readers
) -> None:
    commit(collection, "a.md", "one")
    read(readers, collection)
    commit(collection, "a.md", "two")
    assert [held.generation for held in collection.sweep_others()] == [1]
    assert happens(lambda: collection.sweep_others() == ())
    assert read(readers, collection)[1] == {"a.md": ["two"]}


def test_what_is_live_is_kept_open_without_a_question(
    collection: Collection, readers: Readers
) -> None:
    commit(collection, "a.md", "one")
    first, _ = read(readers, collection)
    time.sleep(1.5)
    assert read(readers, collection)[0] is first


@pytest.mark.parametrize("error", [StoreDamaged("a test", why="x", hint="y"), RuntimeError()])
def test_after_an_error_it_is_opened_anew(
    collection: Collection, readers: Readers, error: Exception
) -> None:
    commit(collection, "a.md", "one")
    with pytest.raises(type(error)), readers.reader(collection) as first:
        raise error
    assert read(readers, collection)[0] is not first


def test_who_leaves_in_the_middle_gives_it_back(collection: Collection, readers: Readers) -> None:
    commit(collection, "a.md", "one")

    def question() -> Iterator[Snapshot]:
        with readers.reader(collection) as live:
            yield live

    under_way = question()
    first = next(under_way)
    under_way.close()  # type: ignore[attr-defined]
    assert read(readers, collection)[0] is first


def test_an_empty_collection_is_asked_again_each_time(
    collection: Collection, readers: Readers
) -> None:
    for _ in range(2):
        with pytest.raises(NothingFound), readers.reader(collection):
            pass
    commit(collection, "a.md", "one")
    assert read(readers, collection)[1] == {"a.md": ["one"]}


def test_at_its_end_nothing_is_held(collection: Collection, readers: Readers) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    with readers.reader(collection) as under_way:
        read(readers, collection)
        collection.rollback()
        readers.close()
        assert [held.generation for held in collection.sweep_others()] == [2]
        assert contents(under_way.catalog) == {"a.md": ["two"]}
    assert collection.sweep_others() == ()
