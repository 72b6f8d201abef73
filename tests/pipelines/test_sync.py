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
from tests.pipelines.workspace import Workspace

# --- what a dry run shows -------------------------------------------------------------


def test_a_dry_run_shows_every_kind_of_change_and_leaves_every_byte_as_it_is(
    workspace: Workspace,
) -> None:
    for name in ("same", "edited", "moved", "gone"):
        workspace.write(f"{name}.txt", f"This is {name}.")
    workspace.ingest()
    workspace.write("new.txt", "This is new.")
    workspace.write("edited.txt", "This was edited.")
    (workspace.docs / "moved.txt").rename(workspace.docs / "elsewhere.txt")
    (workspace.docs / "gone.txt").unlink()
    home = workspace.tools.collection.home
    before = tree(home)
    planned = plan(IngestJob(paths=(workspace.docs,), prune=True), workspace.tools)
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


def test_a_tree_that_comes_back_in_another_unicode_form_is_unchanged(workspace: Workspace) -> None:
    """As when a Mac's folder is copied to a server: NFD by then was, NFC is."""
    names = [normalize(form, "Übersicht/café.txt") for form in ("NFD", "NFC")]
    file = workspace.write(names[0], "Alpha.")
    time = file.stat().st_mtime_ns
    workspace.ingest()
    shutil.rmtree(file.parent)
    os.utime(workspace.write(names[1], "Alpha."), ns=(time, time))
    report = workspace.ingest(prune=True)
    counts = report.counts
    assert (counts.unchanged, counts.added, counts.moved, counts.removed) == (1, 0, 0, 0)
    assert workspace.documents() == [f"docs/{names[1]}"]


def test_files_whose_names_differ_in_normalisation_or_case_alone_stay_apart(
    workspace: Workspace,
) -> None:
    names = [normalize("NFC", "é.txt"), normalize("NFD", "é.txt"), "E.txt", "e.txt"]
    for number, name in enumerate(names):
        workspace.write(name, f"Text {number}.")
    assert workspace.ingest().counts.added == 4
    assert workspace.ingest(prune=True).counts.unchanged == 4
    assert sorted(workspace.documents()) == sorted(f"docs/{name}" for name in names)


def test_when_one_of_two_unicode_forms_goes_the_other_has_the_name(workspace: Workspace) -> None:
    nfc, _ = (workspace.write(normalize(form, "é.txt"), f"In {form}.") for form in ("NFC", "NFD"))
    workspace.ingest()
    nfc.unlink()
    workspace.ingest(prune=True)
    assert workspace.documents() == [f"docs/{nfc.name}"]
    assert workspace.text_of(nfc.name) == "In NFD."
    assert workspace.is_sound()


def test_hard_links_are_two_documents_embedded_once(workspace: Workspace) -> None:
    os.link(workspace.write("a.txt", "Alpha."), workspace.docs / "b.txt")
    report = workspace.ingest()
    assert (report.counts.added, workspace.embedder.texts_seen) == (2, 1)


def test_what_a_kbignore_leaves_out_by_now_goes_with_prune(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("drafts/b.txt", "Beta.")
    workspace.ingest()
    workspace.write(".kbignore", "drafts/\n")
    assert workspace.ingest().counts.removed == 0
    assert workspace.ingest(prune=True).counts.removed == 1
    assert workspace.documents() == ["docs/a.txt"]


def test_a_kbignore_that_cannot_be_followed_drops_nothing(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("in/b.txt", "Beta.")
    workspace.ingest()
    os.mkfifo(workspace.docs / "in/.kbignore")
    report = workspace.ingest(prune=True)
    assert [failure.path for failure in report.failed] == ["in"]
    assert workspace.documents() == ["docs/a.txt", "docs/in/b.txt"]


# --- sources --------------------------------------------------------------------------


def test_same_named_files_of_two_folders_of_the_same_name_stay_apart(workspace: Workspace) -> None:
    workspace.write("a/docs/x.txt", "One.")
    workspace.write("b/docs/x.txt", "Two.")
    workspace.ingest(workspace.docs / "a" / "docs")
    workspace.ingest(workspace.docs / "b" / "docs")
    assert workspace.documents() == ["docs/x.txt", "docs-2/x.txt"]


def test_a_single_file_is_the_same_document_as_in_its_folder(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    workspace.ingest(file)
    assert workspace.documents() == ["docs/a.txt"]
    report = workspace.ingest()
    assert (report.counts.added, report.counts.unchanged) == (1, 1)


def test_a_part_of_a_known_folder_updates_only_that_part(workspace: Workspace) -> None:
    workspace.write("in/a.txt", "Alpha.")
    workspace.write("out/b.txt", "Beta.")
    workspace.ingest()
    workspace.write("in/a.txt", "Alpha two.")
    workspace.write("out/b.txt", "Beta two.")
    report = workspace.ingest(workspace.docs / "in")
    assert report.counts.updated == 1
    assert workspace.text_of("out/b.txt") == "Beta."
    assert workspace.documents() == ["docs/in/a.txt", "docs/out/b.txt"]


def test_the_ignore_file_of_the_folder_above_holds_for_a_part(workspace: Workspace) -> None:
    workspace.write(".kbignore", "secret.txt\n")
    workspace.write("in/a.txt", "Alpha.")
    workspace.write("in/secret.txt", "Beta.")
    workspace.ingest()
    workspace.ingest(workspace.docs / "in")
    assert workspace.documents() == ["docs/in/a.txt"]


def test_reindex_takes_every_known_source_again_and_prunes(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    gone = workspace.write("b.txt", "Beta.")
    workspace.ingest()
    gone.unlink()
    workspace.write("c.txt", "Gamma.")
    report = reindex(workspace.tools, workspace.progress.append, wait=0)
    assert (report.counts.added, report.counts.removed, report.counts.unchanged) == (1, 1, 1)


@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_source_that_is_not_mounted_tonight_keeps_its_documents(
    workspace: Workspace, state: str
) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    shutil.move(workspace.docs, workspace.docs.with_name("elsewhere"))
    if state == "empty":
        workspace.docs.mkdir()
    report = reindex(workspace.tools, workspace.progress.append, wait=0)
    assert [failure.reference for failure in report.failed] == ["source-missing"]
    assert (report.counts.removed, workspace.documents()) == (0, ["docs/a.txt"])


def test_a_source_that_is_empty_is_not_pruned_when_it_is_named_either(workspace: Workspace) -> None:
    """`kb remove` is the way to say that it is gone for good."""
    file = workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    file.unlink()
    report = workspace.ingest(prune=True)
    [failure] = report.failed
    assert (report.counts.removed, failure.reference) == (0, "source-missing")
    assert f"kb remove {workspace.docs}" in failure.hint
    assert remove(workspace.tools.collection, [workspace.docs], wait=0).removed == 1
    assert reindex(workspace.tools, workspace.progress.append, wait=0).failed == ()


def test_a_single_file_that_is_gone_is_pruned_as_any_other(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    workspace.ingest(file)
    file.unlink()
    report = reindex(workspace.tools, workspace.progress.append, wait=0)
    assert (report.counts.removed, report.failed) == (1, ())
    assert workspace.documents() == []


def test_a_single_file_whose_folder_is_not_mounted_keeps_its_document(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Alpha.")
    workspace.ingest(file)
    file.unlink()
    report = reindex(workspace.tools, workspace.progress.append, wait=0)
    assert (report.counts.removed, len(report.failed)) == (0, 1)
    assert workspace.documents() == ["docs/a.txt"]


def test_a_folder_around_a_known_one_takes_its_documents_over(workspace: Workspace) -> None:
    workspace.write("in/a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    workspace.ingest(workspace.docs / "in")
    report = workspace.ingest(workspace.docs)
    assert (report.counts.added, report.counts.moved) == (1, 1)
    assert workspace.documents() == ["docs/b.txt", "docs/in/a.txt"]
    assert reindex(workspace.tools, workspace.progress.append, wait=0).counts.unchanged == 2


def test_what_a_pattern_leaves_out_is_not_pruned(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("b.md", "Beta.")
    workspace.ingest()
    job = IngestJob(paths=(workspace.docs,), include=("*.md",), prune=True)
    assert ingest(job, workspace.tools, workspace.progress.append).counts.removed == 0
    assert workspace.documents() == ["docs/a.txt", "docs/b.md"]


def test_a_path_that_does_not_exist_is_wrong_usage(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        workspace.ingest(workspace.docs / "nowhere")


def test_a_source_whose_name_is_not_utf8_is_wrong_usage_and_its_files_go_in_from_above(
    workspace: Workspace,
) -> None:
    """Its place has to be remembered, and a catalog holds text."""
    folder = os.fsdecode(b"\xff")
    workspace.write(f"{folder}/a.txt", "Alpha.")
    with pytest.raises(UsageError, match="not UTF-8") as caught:
        workspace.ingest(workspace.docs / folder)
    assert f"kb ingest {workspace.docs}" in caught.value.hint
    workspace.ingest()
    assert workspace.documents() == ["docs/\\xff/a.txt"]


# --- removal --------------------------------------------------------------------------


def test_a_removed_document_leaves_nothing_behind(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    workspace.ingest()
    report = remove(workspace.tools.collection, [file], wait=0)
    assert (report.removed, report.remaining) == (1, 0)
    assert workspace.documents() == ["docs/b.txt"]
    assert workspace.is_sound()


def test_a_removed_source_is_not_taken_in_again_by_reindex(workspace: Workspace) -> None:
    workspace.write("here/a.txt", "Alpha.")
    workspace.write("share/b.txt", "Beta.")
    workspace.ingest(workspace.docs / "here")
    workspace.ingest(workspace.docs / "share")
    remove(workspace.tools.collection, [workspace.docs / "share"], wait=0)
    report = reindex(workspace.tools, workspace.progress.append, wait=0)
    assert (report.counts.added, workspace.documents()) == (0, ["here/a.txt"])


def test_removing_what_is_not_indexed_is_wrong_usage(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    with pytest.raises(UsageError, match="names nothing"):
        remove(workspace.tools.collection, [workspace.docs / "b.txt"], wait=0)


# --- names and parts ------------------------------------------------------------------


def test_a_part_with_an_nfd_name_is_the_part_it_was(workspace: Workspace) -> None:
    folder = normalize("NFD", "café")
    workspace.write(f"{folder}/a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    workspace.ingest()
    report = workspace.ingest(workspace.docs / folder)
    assert (report.counts.added, report.counts.unchanged) == (0, 1)


@pytest.mark.parametrize("name", [normalize("NFD", "café.txt"), os.fsdecode(b"\xff.txt")])
def test_what_a_pattern_leaves_out_is_not_pruned_whatever_its_name(
    workspace: Workspace, name: str
) -> None:
    workspace.write(name, "Alpha.")
    workspace.write("b.md", "Beta.")
    workspace.ingest()
    job = IngestJob(paths=(workspace.docs,), include=("*.md",), prune=True)
    assert ingest(job, workspace.tools, workspace.progress.append).counts.removed == 0


@pytest.mark.parametrize("name", [normalize("NFD", "café.txt"), os.fsdecode(b"\xff.txt")])
def test_a_document_is_removed_by_the_name_it_has_on_the_disk(
    workspace: Workspace, name: str
) -> None:
    file = workspace.write(name, "Alpha.")
    workspace.write("b.md", "Beta.")
    workspace.ingest()
    assert remove(workspace.tools.collection, [file], wait=0).removed == 1


def test_a_part_that_is_suddenly_empty_keeps_its_documents(workspace: Workspace) -> None:
    workspace.write("one.txt", "One.")
    file = workspace.write("mnt/a.txt", "Alpha.")
    workspace.ingest(workspace.docs / "one.txt")
    workspace.ingest(workspace.docs / "mnt")
    file.unlink()
    report = reindex(workspace.tools, workspace.progress.append, wait=0)
    assert (report.counts.removed, [failure.path for failure in report.failed]) == (0, ["mnt"])
