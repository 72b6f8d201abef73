"""A writer is killed (SIGKILL) at every step of the write order. What is live stays whole, and
the next run ends where an undisturbed one does. ARCHITECTURE.md has a paragraph for each window.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from kb.errors import NothingFound
from kb.index import layout
from kb.index.checks import compare
from kb.index.generation import Collection, Manifest
from kb.index.sparse import document_vector
from tests import forked
from tests.index_samples import FINGERPRINT, contents, put, table_of, take_out, unit_vector

STEPS = (
    "locked",
    "cloned",
    "begun",
    "first-document",
    "all-documents",
    "vectors-flushed",
    "catalog-finished",
    "manifest-written",
    "synced",
    "renamed",
    "sources-noted",
    "current-written",
    "committed",
    "swept",
    "emptied",
)
COMMITTED = STEPS[STEPS.index("committed") :]

OLD = {"a.md": ["张飞的电话号码是u987438274", "one"], "b.md": ["two"]}
ROWS = ("two", "five")
"""Not embedded; found by their words."""
NEW = {"a.md": ["张飞的电话号码是u987438274", "three"], "c.md": ["four", "five"]}


def write_old(collection: Collection) -> None:
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        for path, texts in OLD.items():
            put(draft, path, texts, tables=[table_of(texts)], rows=ROWS)
        draft.commit()


def write_new(collection: Collection) -> None:
    """Ends with NEW from whatever there is before, as a pipeline's run does."""
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        for record in draft.catalog.documents():
            if record.path not in NEW:
                take_out(draft, record.path)
        for path, texts in NEW.items():
            put(draft, path, texts, tables=[table_of(texts)], rows=ROWS)
            draft.cache.put("model", {text: unit_vector(text) for text in texts})
            layout.step("first-document")
        layout.step("all-documents")
        draft.commit()


def _killed_run(home: Path, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            os.kill(os.getpid(), signal.SIGKILL)

    layout.step = step  # a process of its own: nothing to put back
    write_new(Collection(home, "default"))


def start(home: Path, at: str) -> BaseProcess:
    child = forked.context().Process(target=_killed_run, args=(home, at), daemon=True)
    child.start()
    return child


def undisturbed(home: Path, *, old: bool) -> tuple[Manifest, list[str]]:
    collection = Collection(home, "undisturbed")
    if old:
        write_old(collection)
    write_new(collection)
    return end(collection)


def end(collection: Collection) -> tuple[Manifest, list[str]]:
    with collection.reader() as live:
        assert contents(live.catalog) == NEW
        assert compare(live).sound
        [row] = live.vectors.search_sparse(document_vector("five"), 9)
        assert [one.text for one in live.catalog.chunks([row.chunk_id])] == ["five"]
        assert live.vectors.search_sparse(document_vector("two"), 9) == []
        tables = live.catalog.table_store.tables()
        assert [live.catalog.table_store.read(one.id) for one in tables] == [
            table_of(texts) for texts in NEW.values()
        ]
        return live.manifest, [*live.vectors.ids(), *(str(one.id) for one in tables)]


def assert_as_undisturbed(collection: Collection, *, old: bool) -> None:
    write_new(collection)
    manifest, ids = end(collection)
    expected, expected_ids = undisturbed(collection.home, old=old)
    assert manifest.root_hash == expected.root_hash
    assert ids == expected_ids
    kept = {path.name for path in (collection.folder / "generations").iterdir()}
    assert kept <= {f"{number:08d}" for number in (manifest.generation, manifest.parent)}


@contextmanager
def searching(collection: Collection) -> Iterator[None]:
    """A reader that was there before, and is there after."""
    with collection.reader() as live:
        before = live.vectors.search_dense(unit_vector("question"), 9)
        yield
        assert contents(live.catalog) == OLD
        assert live.vectors.search_dense(unit_vector("question"), 9) == before


# --- killed at each step --------------------------------------------------------------


@pytest.mark.parametrize("at", STEPS)
def test_killed_with_a_live_generation(tmp_path: Path, at: str) -> None:
    collection = Collection(tmp_path, "default")
    write_old(collection)
    with searching(collection):
        child = start(tmp_path, at)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        with collection.reader() as live:
            assert contents(live.catalog) == (NEW if at in COMMITTED else OLD)
            assert compare(live).sound
    assert_as_undisturbed(collection, old=True)


@pytest.mark.parametrize("at", STEPS)
def test_killed_before_there_was_any_generation(tmp_path: Path, at: str) -> None:
    collection = Collection(tmp_path, "default")
    child = start(tmp_path, at)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    if at in COMMITTED:
        end(collection)
    else:
        with pytest.raises(NothingFound), collection.reader():
            pass
    assert_as_undisturbed(collection, old=False)


def test_killed_again_and_again(tmp_path: Path) -> None:
    collection = Collection(tmp_path, "default")
    write_old(collection)
    for at in ("renamed", "renamed", "all-documents", "current-written", "synced"):
        start(tmp_path, at).join()
        with collection.reader() as live:
            assert contents(live.catalog) == OLD
    assert_as_undisturbed(collection, old=True)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """The moments are random within a run, and the same in every test run."""
    moments = random.Random(3)
    began = time.monotonic()
    start(tmp_path / "undisturbed", "never").join()
    seconds = time.monotonic() - began
    collection = Collection(tmp_path, "default")
    write_old(collection)
    for _ in range(6):
        child = start(tmp_path, "never")
        child.join(moments.uniform(0, 1.1) * seconds)
        child.kill()
        child.join()
        with collection.reader() as live:
            assert contents(live.catalog) in (OLD, NEW)
            assert compare(live).sound
    write_new(collection)
    manifest, ids = end(collection)
    expected, expected_ids = undisturbed(tmp_path, old=True)
    assert (manifest.root_hash, ids) == (expected.root_hash, expected_ids)


def test_what_a_killed_run_embedded_is_in_the_cache(tmp_path: Path) -> None:
    start(tmp_path, "all-documents").join()
    with Collection(tmp_path, "default").writer() as draft:
        texts = [text for texts in NEW.values() for text in texts]
        assert draft.cache.get("model", texts) == {text: unit_vector(text) for text in texts}


def test_every_step_of_the_write_order_is_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(layout, "step", seen.append)
    write_new(Collection(tmp_path, "default"))
    assert {*seen} == {*STEPS}


# --- readers while a writer works -----------------------------------------------------


def _read_until(home: Path, stop: Path, report: Path) -> None:
    """Search again and again; every find must be in the catalog of the same generation."""
    collection = Collection(home, "default")
    generations: set[int] = set()
    while not stop.exists():
        with collection.reader() as live:
            question = unit_vector(f"question {live.number}")
            found = [point.chunk_id for point in live.vectors.search_dense(question, 5)]
            assert len(live.catalog.chunks(found)) == 5, "vectors of another generation"
            generations.add(live.number)
        report.write_text(str(len(generations)))


def test_four_readers_search_while_a_writer_commits(tmp_path: Path) -> None:
    """It goes on until each reader has seen five generations; an error ends a reader early."""
    collection = Collection(tmp_path, "default")
    stop = tmp_path / "stop"
    reports = [tmp_path / f"report-{n}" for n in range(4)]
    texts = [f"text {n}" for n in range(20)]

    def commit(number: int) -> None:
        with collection.writer() as draft:
            draft.begin(FINGERPRINT)
            put(draft, "a.md", [*texts, f"commit {number}"])
            draft.commit()

    def seen(report: Path) -> int:
        return int(report.read_text() or 0) if report.exists() else 0

    commit(0)
    readers = [
        forked.context().Process(target=_read_until, args=(tmp_path, stop, r), daemon=True)
        for r in reports
    ]
    for reader in readers:
        reader.start()
    number = 0
    while min(map(seen, reports)) < 5 and all(reader.exitcode is None for reader in readers):
        number += 1
        commit(number)
    stop.touch()
    for reader in readers:
        reader.join()
    assert [reader.exitcode for reader in readers] == [0, 0, 0, 0]
    assert min(map(seen, reports)) >= 5
