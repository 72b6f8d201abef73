"""`kb check --repair`: a folder that only a lost catalog knew is known again, or named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import StoreDamaged
from kb.pipelines.ingest import IngestJob, ingest
from kb.pipelines.remove import remove
from tests.pipelines.repairs import (
    TEXTS,
    assert_everything_is_found,
    chunk_ids,
    live_folder,
    mend,
    rubbish_in_the_catalog,
    without_manifest,
)
from tests.pipelines.workspace import Workspace

# --- sources that a lost catalog knew -------------------------------------------------


def _ingest_beside(workspace: Workspace) -> Path:
    """A second folder, as the third generation, with a pattern."""
    beside = workspace.docs.parent / "beside"
    beside.mkdir()
    (beside / "d.md").write_text("Delta four.")
    (beside / "e.txt").write_text("not wanted")
    job = IngestJob(paths=(beside,), include=("*.md",))
    ingest(job, workspace.tools, workspace.progress.append)
    return beside


@pytest.mark.parametrize("lose", [rubbish_in_the_catalog, without_manifest, shutil.rmtree])
def test_a_folder_that_only_the_lost_catalog_knew_comes_back(
    indexed: Workspace, lose: Callable[[Path], None]
) -> None:
    beside = _ingest_beside(indexed)
    lose(live_folder(indexed.tools.collection))
    report = mend(indexed)
    assert report.fell_back is not None
    assert report.sources == (str(beside),)
    reindexed = ingest(IngestJob(), indexed.tools, indexed.progress.append)
    assert (reindexed.counts.added, reindexed.failed) == (1, ())
    assert {*chunk_ids(indexed)} == {*TEXTS, "d.md"}


def test_a_folder_comes_back_when_current_is_lost_with_the_catalog(indexed: Workspace) -> None:
    beside = _ingest_beside(indexed)
    shutil.rmtree(live_folder(indexed.tools.collection))
    (indexed.tools.collection.folder / "CURRENT").unlink()
    assert mend(indexed).sources == (str(beside),)


def test_a_source_that_was_removed_since_does_not_come_back(indexed: Workspace) -> None:
    beside = _ingest_beside(indexed)
    remove(indexed.tools.collection, [beside], wait=0)
    rubbish_in_the_catalog(live_folder(indexed.tools.collection))
    assert mend(indexed).sources == ()


def test_when_no_generation_is_whole_its_folders_are_named(indexed: Workspace) -> None:
    beside = _ingest_beside(indexed)
    for path in indexed.tools.collection.folder.rglob("catalog.sqlite"):
        path.unlink()
    with pytest.raises(StoreDamaged) as caught:
        mend(indexed)
    assert str(beside) in caught.value.why
    assert str(indexed.docs) in caught.value.why


@pytest.mark.parametrize("text", ["", "null", "[]", '{"format": "kb sources 1"}', "[" * 9999])
def test_a_damaged_list_of_sources_is_found_and_written_anew(indexed: Workspace, text: str) -> None:
    path = indexed.tools.collection.folder / "sources.json"
    before = path.read_text()
    path.write_text(text)
    report = mend(indexed)
    assert "sources.json" in report.found.problems[0]
    assert report.after.sound
    assert path.read_text() != before
    assert_everything_is_found(indexed)


def test_a_flipped_letter_in_the_list_of_sources_brings_no_other_folder(indexed: Workspace) -> None:
    _ingest_beside(indexed)
    path = indexed.tools.collection.folder / "sources.json"
    path.write_text(path.read_text().replace("beside", "besidf"))
    rubbish_in_the_catalog(live_folder(indexed.tools.collection))
    assert mend(indexed).sources == ()
