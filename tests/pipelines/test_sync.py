"""What belongs to the index: sources, what is gone from them, and what is removed by hand."""

from __future__ import annotations

import shutil

import pytest

from kb.errors import UsageError
from pipelines.ingest import IngestJob, ingest
from pipelines.reindex import reindex
from pipelines.remove import remove
from tests.pipelines.desk import Desk

# --- sources --------------------------------------------------------------------------


def test_same_named_files_of_two_folders_of_the_same_name_stay_apart(desk: Desk) -> None:
    desk.write("a/docs/x.txt", "One.")
    desk.write("b/docs/x.txt", "Two.")
    desk.ingest(desk.docs / "a" / "docs")
    desk.ingest(desk.docs / "b" / "docs")
    assert desk.documents() == ["docs/x.txt", "docs-2/x.txt"]


def test_a_single_file_is_the_same_document_as_in_its_folder(desk: Desk) -> None:
    file = desk.write("a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest(file)
    assert desk.documents() == ["docs/a.txt"]
    report = desk.ingest()
    assert (report.added, report.unchanged) == (1, 1)


def test_a_part_of_a_known_folder_updates_only_that_part(desk: Desk) -> None:
    desk.write("in/a.txt", "Alpha.")
    desk.write("out/b.txt", "Beta.")
    desk.ingest()
    desk.write("in/a.txt", "Alpha two.")
    desk.write("out/b.txt", "Beta two.")
    report = desk.ingest(desk.docs / "in")
    assert report.updated == 1
    assert desk.text_of("out/b.txt") == "Beta."
    assert desk.documents() == ["docs/in/a.txt", "docs/out/b.txt"]


def test_the_ignore_file_of_the_folder_above_holds_for_a_part(desk: Desk) -> None:
    desk.write(".kbignore", "secret.txt\n")
    desk.write("in/a.txt", "Alpha.")
    desk.write("in/secret.txt", "Beta.")
    desk.ingest()
    desk.ingest(desk.docs / "in")
    assert desk.documents() == ["docs/in/a.txt"]


def test_reindex_takes_every_known_source_again_and_prunes(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    gone = desk.write("b.txt", "Beta.")
    desk.ingest()
    gone.unlink()
    desk.write("c.txt", "Gamma.")
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert (report.added, report.removed, report.unchanged) == (1, 1, 1)


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_source_that_is_not_mounted_tonight_keeps_its_documents(desk: Desk, state: str) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    shutil.move(desk.docs, desk.docs.with_name("elsewhere"))
    if state == "empty":
        desk.docs.mkdir()
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert [failure.reference for failure in report.failed] == ["source-missing"]
    assert (report.removed, desk.documents()) == (0, ["docs/a.txt"])


def test_a_folder_around_a_known_one_takes_its_documents_over(desk: Desk) -> None:
    desk.write("in/a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest(desk.docs / "in")
    report = desk.ingest(desk.docs)
    assert (report.added, report.moved) == (1, 1)
    assert desk.documents() == ["docs/b.txt", "docs/in/a.txt"]
    assert reindex(desk.tools, desk.heard.append, wait=0).unchanged == 2


def test_what_a_pattern_leaves_out_is_not_pruned(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("b.md", "Beta.")
    desk.ingest()
    job = IngestJob(paths=(desk.docs,), include=("*.md",), prune=True)
    assert ingest(job, desk.tools, desk.heard.append).removed == 0
    assert desk.documents() == ["docs/a.txt", "docs/b.md"]


def test_a_path_that_does_not_exist_is_wrong_usage(desk: Desk) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        desk.ingest(desk.docs / "nowhere")


# --- removal --------------------------------------------------------------------------


def test_a_removed_document_leaves_nothing_behind(desk: Desk) -> None:
    file = desk.write("a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest()
    report = remove(desk.tools.collection, [file], wait=0)
    assert (report.removed, report.remaining) == (1, 0)
    assert desk.documents() == ["docs/b.txt"]
    assert desk.is_sound()


def test_a_removed_source_is_not_taken_in_again_by_reindex(desk: Desk) -> None:
    desk.write("here/a.txt", "Alpha.")
    desk.write("share/b.txt", "Beta.")
    desk.ingest(desk.docs / "here")
    desk.ingest(desk.docs / "share")
    remove(desk.tools.collection, [desk.docs / "share"], wait=0)
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert (report.added, desk.documents()) == (0, ["here/a.txt"])


def test_removing_what_is_not_indexed_is_wrong_usage(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    with pytest.raises(UsageError, match="names nothing"):
        remove(desk.tools.collection, [desk.docs / "b.txt"], wait=0)
