"""What belongs to the index: sources, what is gone from them, and what is removed by hand."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path
from unicodedata import normalize

import pytest

from kb.errors import UsageError
from kb.pipelines.ingest import IngestJob, ingest, plan
from kb.pipelines.reindex import reindex
from kb.pipelines.remove import remove
from tests.pipelines.desk import Desk

# --- what a dry run shows -------------------------------------------------------------


def test_a_dry_run_shows_every_kind_of_change_and_leaves_every_byte_as_it_is(desk: Desk) -> None:
    for name in ("same", "edited", "moved", "gone"):
        desk.write(f"{name}.txt", f"This is {name}.")
    desk.ingest()
    desk.write("new.txt", "This is new.")
    desk.write("edited.txt", "This was edited.")
    (desk.docs / "moved.txt").rename(desk.docs / "elsewhere.txt")
    (desk.docs / "gone.txt").unlink()
    home = desk.tools.collection.home
    before = tree(home)
    planned = plan(IngestJob(paths=(desk.docs,), prune=True), desk.tools)
    assert tree(home) == before
    assert [file.path for file in planned.new] == ["new.txt"]
    assert [file.path for file in planned.changed] == ["edited.txt"]
    assert [(old.path, new.path) for old, new in planned.moved] == [("moved.txt", "elsewhere.txt")]
    assert [file.path for file in planned.unchanged] == ["same.txt"]
    assert [record.path for record in planned.removed] == ["gone.txt"]


def tree(folder: Path) -> dict[str, tuple[str, int]]:
    """Hash and time of every file, and time of every folder."""
    return {
        str(path): (
            sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


# --- names ----------------------------------------------------------------------------


def test_a_tree_that_comes_back_in_another_unicode_form_is_unchanged(desk: Desk) -> None:
    """As when a Mac's folder is copied to a server: NFD by then was, NFC is."""
    names = [normalize(form, "Übersicht/café.txt") for form in ("NFD", "NFC")]
    file = desk.write(names[0], "Alpha.")
    time = file.stat().st_mtime_ns
    desk.ingest()
    shutil.rmtree(file.parent)
    os.utime(desk.write(names[1], "Alpha."), ns=(time, time))
    report = desk.ingest(prune=True)
    counts = report.counts
    assert (counts.unchanged, counts.added, counts.moved, counts.removed) == (1, 0, 0, 0)
    assert desk.documents() == [f"docs/{names[1]}"]


def test_files_whose_names_differ_in_normalisation_or_case_alone_stay_apart(desk: Desk) -> None:
    names = [normalize("NFC", "é.txt"), normalize("NFD", "é.txt"), "E.txt", "e.txt"]
    for number, name in enumerate(names):
        desk.write(name, f"Text {number}.")
    assert desk.ingest().counts.added == 4
    assert desk.ingest(prune=True).counts.unchanged == 4
    assert sorted(desk.documents()) == sorted(f"docs/{name}" for name in names)


def test_when_one_of_two_unicode_forms_goes_the_other_has_the_name(desk: Desk) -> None:
    nfc, _ = (desk.write(normalize(form, "é.txt"), f"In {form}.") for form in ("NFC", "NFD"))
    desk.ingest()
    nfc.unlink()
    desk.ingest(prune=True)
    assert desk.documents() == [f"docs/{nfc.name}"]
    assert desk.text_of(nfc.name) == "In NFD."
    assert desk.is_sound()


def test_hard_links_are_two_documents_embedded_once(desk: Desk) -> None:
    os.link(desk.write("a.txt", "Alpha."), desk.docs / "b.txt")
    report = desk.ingest()
    assert (report.counts.added, desk.embedder.texts_seen) == (2, 1)


def test_what_a_kbignore_leaves_out_by_now_goes_with_prune(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("drafts/b.txt", "Beta.")
    desk.ingest()
    desk.write(".kbignore", "drafts/\n")
    assert desk.ingest().counts.removed == 0
    assert desk.ingest(prune=True).counts.removed == 1
    assert desk.documents() == ["docs/a.txt"]


def test_a_kbignore_that_cannot_be_followed_drops_nothing(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("in/b.txt", "Beta.")
    desk.ingest()
    os.mkfifo(desk.docs / "in/.kbignore")
    report = desk.ingest(prune=True)
    assert [failure.path for failure in report.failed] == ["in"]
    assert desk.documents() == ["docs/a.txt", "docs/in/b.txt"]


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
    assert (report.counts.added, report.counts.unchanged) == (1, 1)


def test_a_part_of_a_known_folder_updates_only_that_part(desk: Desk) -> None:
    desk.write("in/a.txt", "Alpha.")
    desk.write("out/b.txt", "Beta.")
    desk.ingest()
    desk.write("in/a.txt", "Alpha two.")
    desk.write("out/b.txt", "Beta two.")
    report = desk.ingest(desk.docs / "in")
    assert report.counts.updated == 1
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
    assert (report.counts.added, report.counts.removed, report.counts.unchanged) == (1, 1, 1)


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_source_that_is_not_mounted_tonight_keeps_its_documents(desk: Desk, state: str) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    shutil.move(desk.docs, desk.docs.with_name("elsewhere"))
    if state == "empty":
        desk.docs.mkdir()
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert [failure.reference for failure in report.failed] == ["source-missing"]
    assert (report.counts.removed, desk.documents()) == (0, ["docs/a.txt"])


def test_a_source_that_is_empty_is_not_pruned_when_it_is_named_either(desk: Desk) -> None:
    """`kb remove` is the way to say that it is gone for good."""
    file = desk.write("a.txt", "Alpha.")
    desk.ingest()
    file.unlink()
    report = desk.ingest(prune=True)
    [failure] = report.failed
    assert (report.counts.removed, failure.reference) == (0, "source-missing")
    assert f"kb remove {desk.docs}" in failure.hint
    assert remove(desk.tools.collection, [desk.docs], wait=0).removed == 1
    assert reindex(desk.tools, desk.heard.append, wait=0).failed == ()


def test_a_single_file_that_is_gone_is_pruned_as_any_other(desk: Desk) -> None:
    file = desk.write("a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest(file)
    file.unlink()
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert (report.counts.removed, report.failed) == (1, ())
    assert desk.documents() == []


def test_a_single_file_whose_folder_is_not_mounted_keeps_its_document(desk: Desk) -> None:
    file = desk.write("a.txt", "Alpha.")
    desk.ingest(file)
    file.unlink()
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert (report.counts.removed, len(report.failed)) == (0, 1)
    assert desk.documents() == ["docs/a.txt"]


def test_a_folder_around_a_known_one_takes_its_documents_over(desk: Desk) -> None:
    desk.write("in/a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest(desk.docs / "in")
    report = desk.ingest(desk.docs)
    assert (report.counts.added, report.counts.moved) == (1, 1)
    assert desk.documents() == ["docs/b.txt", "docs/in/a.txt"]
    assert reindex(desk.tools, desk.heard.append, wait=0).counts.unchanged == 2


def test_what_a_pattern_leaves_out_is_not_pruned(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("b.md", "Beta.")
    desk.ingest()
    job = IngestJob(paths=(desk.docs,), include=("*.md",), prune=True)
    assert ingest(job, desk.tools, desk.heard.append).counts.removed == 0
    assert desk.documents() == ["docs/a.txt", "docs/b.md"]


def test_a_path_that_does_not_exist_is_wrong_usage(desk: Desk) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        desk.ingest(desk.docs / "nowhere")


def test_a_source_whose_name_is_not_utf8_is_wrong_usage_and_its_files_go_in_from_above(
    desk: Desk,
) -> None:
    """Its place has to be remembered, and a catalog holds text."""
    folder = os.fsdecode(b"\xff")
    desk.write(f"{folder}/a.txt", "Alpha.")
    with pytest.raises(UsageError, match="not UTF-8") as caught:
        desk.ingest(desk.docs / folder)
    assert f"kb ingest {desk.docs}" in caught.value.hint
    desk.ingest()
    assert desk.documents() == ["docs/\\xff/a.txt"]


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
    assert (report.counts.added, desk.documents()) == (0, ["here/a.txt"])


def test_removing_what_is_not_indexed_is_wrong_usage(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    with pytest.raises(UsageError, match="names nothing"):
        remove(desk.tools.collection, [desk.docs / "b.txt"], wait=0)


# --- names and parts ------------------------------------------------------------------


def test_a_part_with_an_nfd_name_is_the_part_it_was(desk: Desk) -> None:
    folder = normalize("NFD", "café")
    desk.write(f"{folder}/a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest()
    report = desk.ingest(desk.docs / folder)
    assert (report.counts.added, report.counts.unchanged) == (0, 1)


@pytest.mark.parametrize("name", [normalize("NFD", "café.txt"), os.fsdecode(b"\xff.txt")])
def test_what_a_pattern_leaves_out_is_not_pruned_whatever_its_name(desk: Desk, name: str) -> None:
    desk.write(name, "Alpha.")
    desk.write("b.md", "Beta.")
    desk.ingest()
    job = IngestJob(paths=(desk.docs,), include=("*.md",), prune=True)
    assert ingest(job, desk.tools, desk.heard.append).counts.removed == 0


@pytest.mark.parametrize("name", [normalize("NFD", "café.txt"), os.fsdecode(b"\xff.txt")])
def test_a_document_is_removed_by_the_name_it_has_on_the_disk(desk: Desk, name: str) -> None:
    file = desk.write(name, "Alpha.")
    desk.write("b.md", "Beta.")
    desk.ingest()
    assert remove(desk.tools.collection, [file], wait=0).removed == 1


def test_a_part_that_is_suddenly_empty_keeps_its_documents(desk: Desk) -> None:
    desk.write("one.txt", "One.")
    file = desk.write("mnt/a.txt", "Alpha.")
    desk.ingest(desk.docs / "one.txt")
    desk.ingest(desk.docs / "mnt")
    file.unlink()
    report = reindex(desk.tools, desk.heard.append, wait=0)
    assert (report.counts.removed, [failure.path for failure in report.failed]) == (0, ["mnt"])
