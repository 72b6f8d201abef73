"""`kb ingest`, stage by stage on real files, the real parser and the real store.

The embeddings are a fake's, so that what was embedded can be counted.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

from kb.errors import LockHeld, ModelMismatch, UsageError
from kb.pipelines.ingest import IngestJob, ingest, plan
from kb.pipelines.reindex import reindex
from tests.fakes import FakeEmbedder
from tests.pipelines.workspace import Workspace, must_not_run

# --- what a run does ------------------------------------------------------------------


def test_new_files_go_in(workspace: Workspace) -> None:
    workspace.write("通讯录.txt", "张飞的电话号码是u987438274。")
    workspace.write("sub/notes.md", "# Notes\n\nThe pump weighs 187 kg.")
    report = workspace.ingest()
    counts = report.counts
    assert (counts.added, counts.chunks, counts.embedded, report.generation) == (2, 2, 2, 1)
    assert workspace.documents() == ["docs/sub/notes.md", "docs/通讯录.txt"]
    assert workspace.text_of("通讯录.txt") == "张飞的电话号码是u987438274。"
    assert workspace.is_sound()


def test_an_unchanged_folder_costs_no_parsing_no_embedding_and_no_generation(
    workspace: Workspace,
) -> None:
    workspace.write("a.txt", "Alpha is the first letter.")
    workspace.ingest()
    tools = replace(workspace.tools, parse=must_not_run, embedder=must_not_run)
    report = ingest(IngestJob(paths=(workspace.docs,)), tools, workspace.progress.append)
    assert (report.counts.unchanged, report.counts.added, report.generation) == (1, 0, 1)


def test_a_changed_file_takes_the_place_of_the_old_one(workspace: Workspace) -> None:
    workspace.write("a.txt", "The limit is 400 yuan.")
    workspace.ingest()
    workspace.write("a.txt", "The limit is now 450 yuan.")
    report = workspace.ingest()
    assert (report.counts.updated, report.counts.added, report.counts.unchanged) == (1, 0, 0)
    assert workspace.text_of("a.txt") == "The limit is now 450 yuan."
    assert workspace.is_sound()


def test_a_touched_file_is_unchanged_and_is_not_hashed_the_next_time(workspace: Workspace) -> None:
    file = workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    os.utime(file, ns=(1, 1))
    report = workspace.ingest()
    assert (report.counts.unchanged, report.counts.updated, workspace.embedder.texts_seen) == (
        1,
        0,
        1,
    )
    with workspace.tools.collection.reader() as live:
        assert live.catalog.documents()[0].mtime_ns == 1


def test_a_moved_file_embeds_nothing(workspace: Workspace) -> None:
    file = workspace.write("old/contract.md", "# Contract\n\nThe price is 360,000 yuan.")
    workspace.ingest()
    (workspace.docs / "new").mkdir()
    shutil.move(file, workspace.docs / "new" / "contract.md")
    report = workspace.ingest()
    counts = report.counts
    assert (counts.moved, counts.added, counts.embedded, counts.reused) == (1, 0, 0, 1)
    assert workspace.documents() == ["docs/new/contract.md"]
    assert workspace.is_sound()


def test_a_renamed_file_embeds_nothing_also_where_its_name_is_its_only_title(
    workspace: Workspace,
) -> None:
    file = workspace.write("contract.txt", "The price is 360,000 yuan.")
    workspace.ingest()
    file.rename(workspace.docs / "contract of 2024.txt")
    report = workspace.ingest()
    assert (report.counts.moved, report.counts.embedded, report.counts.reused) == (1, 0, 1)
    assert workspace.documents() == ["docs/contract of 2024.txt"]


def test_a_paragraph_that_is_changed_at_the_top_embeds_only_its_own_chunk(
    workspace: Workspace,
) -> None:
    pages = [
        f"# Page {n}\n\n" + f"Sentence of page {n}, and a little more. " * 40 for n in range(30)
    ]
    workspace.write("manual.md", "\n\n".join(pages))
    chunks = workspace.ingest().counts.chunks
    pages[0] = pages[0].replace("a little more", "rather a lot more", 1)
    workspace.write("manual.md", "\n\n".join(pages))
    report = workspace.ingest()
    assert (report.counts.updated, report.counts.chunks) == (1, chunks)
    assert 1 <= report.counts.embedded <= 3 < chunks


def test_a_copied_file_embeds_nothing(workspace: Workspace) -> None:
    file = workspace.write("a/contract.md", "# Contract\n\nThe price is 360,000 yuan.")
    workspace.ingest()
    (workspace.docs / "b").mkdir()
    shutil.copy(file, workspace.docs / "b" / "contract.md")
    report = workspace.ingest()
    assert (report.counts.added, report.counts.embedded, report.counts.reused) == (1, 0, 1)


def test_what_is_gone_stays_until_it_is_pruned(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.").unlink()
    workspace.write("b.txt", "Beta.")
    workspace.ingest()
    (workspace.docs / "b.txt").unlink()
    assert workspace.ingest().counts.removed == 0
    assert workspace.documents() == ["docs/a.txt", "docs/b.txt"]
    assert workspace.ingest(prune=True).counts.removed == 1
    assert workspace.documents() == ["docs/a.txt"]
    assert workspace.is_sound()


def test_a_dry_run_says_what_would_be_done_and_creates_nothing(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    planned = plan(IngestJob(paths=(workspace.docs,)), workspace.tools)
    assert [file.path for file in planned.new] == ["a.txt"]
    assert not workspace.tools.collection.folder.exists()


def test_progress_counts_the_files(workspace: Workspace) -> None:
    for number in range(3):
        workspace.write(f"{number}.txt", f"File {number}.")
    workspace.ingest()
    last = [progress for progress in workspace.progress if progress.stage == "ingest"][-1]
    assert (last.done, last.total, last.unit) == (3, 3, "files")


# --- failures -------------------------------------------------------------------------


def test_a_file_that_fails_is_listed_and_its_neighbours_go_in(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    (workspace.docs / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
    report = workspace.ingest()
    assert workspace.documents() == ["docs/a.txt"]
    [failure] = report.failed
    assert (failure.path, failure.stage) == ("broken.docx", "parse")
    assert failure.message
    assert failure.hint


def test_a_failure_stays_listed_and_is_not_tried_again_until_the_file_changes(
    workspace: Workspace,
) -> None:
    (workspace.docs / "empty.txt").write_bytes(b"")
    first = workspace.ingest()
    tools = replace(workspace.tools, parse=must_not_run)
    second = ingest(IngestJob(paths=(workspace.docs,)), tools, workspace.progress.append)
    assert second.failed == first.failed
    workspace.write("empty.txt", "No longer.")
    third = workspace.ingest()
    assert (third.counts.added, third.failed) == (1, ())


def test_failures_are_listed_by_their_paths_whenever_they_came(workspace: Workspace) -> None:
    workspace.write("b.md", "")
    workspace.ingest()
    workspace.write("a.md", "")
    first, again = workspace.ingest(), workspace.ingest()
    assert [failure.path for failure in first.failed] == ["a.md", "b.md"]
    assert again.failed == first.failed


def test_the_failure_of_a_file_that_is_gone_is_forgotten(workspace: Workspace) -> None:
    (workspace.docs / "empty.txt").write_bytes(b"")
    workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    (workspace.docs / "empty.txt").unlink()
    assert workspace.ingest().failed == ()


def test_a_document_whose_new_version_is_broken_keeps_its_old_text(workspace: Workspace) -> None:
    workspace.write("a.txt", "The limit is 400 yuan.")
    workspace.ingest()
    (workspace.docs / "a.txt").write_bytes(b"")
    report = workspace.ingest()
    assert [failure.path for failure in report.failed] == ["a.txt"]
    assert workspace.text_of("a.txt") == "The limit is 400 yuan."


def test_a_text_the_engine_refuses_is_a_failure_with_its_place_and_the_rest_goes_in(
    workspace: Workspace,
) -> None:
    workspace.embedder.too_long = "poison"
    for number in range(40):
        workspace.write(f"{number:02}.txt", "poison" if number == 17 else f"Good text {number}.")
    report = workspace.ingest()
    [failure] = report.failed
    assert (failure.path, failure.stage, failure.reference) == (
        "17.txt",
        "embed",
        "input-too-long",
    )
    assert "characters 0 to 6" in failure.message
    assert report.counts.embedded == 39
    assert workspace.is_sound()


# --- settings -------------------------------------------------------------------------


def test_another_model_is_refused_with_the_command_that_rebuilds(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    workspace.write("b.txt", "Beta.")
    other = replace(workspace.tools, embedder=lambda: FakeEmbedder(digest="e" * 64, dimension=6))
    with pytest.raises(ModelMismatch) as caught:
        ingest(IngestJob(paths=(workspace.docs,)), other, workspace.progress.append)
    assert "--rebuild" in caught.value.hint
    report = ingest(
        IngestJob(paths=(workspace.docs,), rebuild=True), other, workspace.progress.append
    )
    assert (report.counts.added + report.counts.updated, report.counts.embedded) == (2, 2)


def test_a_rebuild_with_the_same_model_embeds_nothing(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("b.txt", "Beta.")
    workspace.ingest()
    report = workspace.ingest(rebuild=True)
    assert (report.counts.embedded, report.counts.reused, report.generation) == (0, 2, 2)
    assert workspace.is_sound()


def test_a_rebuild_takes_over_the_documents_whose_source_is_away(workspace: Workspace) -> None:
    workspace.write("here/a.txt", "Alpha.")
    workspace.write("share/b.txt", "Beta.")
    workspace.ingest(workspace.docs / "here")
    workspace.ingest(workspace.docs / "share")
    shutil.move(workspace.docs / "share", workspace.docs.parent / "unmounted")
    workspace.ingest(workspace.docs / "here", rebuild=True)
    assert workspace.documents() == ["here/a.txt", "share/b.txt"]
    assert workspace.text_of("share/b.txt") == "Beta."


def test_other_chunk_settings_read_every_document_anew_and_reuse_equal_chunks(
    workspace: Workspace,
) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    other = replace(workspace.tools, chunker="2")
    report = ingest(IngestJob(paths=(workspace.docs,)), other, workspace.progress.append)
    assert (report.counts.updated, report.counts.embedded, report.counts.reused) == (1, 0, 1)


def test_a_second_writer_is_told_who_holds_the_lock(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    with workspace.tools.collection.writer(), pytest.raises(LockHeld) as caught:
        workspace.ingest()
    assert str(os.getpid()) in "".join(caught.value.lines())


# --- patterns -------------------------------------------------------------------------


def test_reindex_keeps_to_the_patterns_of_the_last_ingest(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("debug.log", "Noise.")
    ingest(
        IngestJob(paths=(workspace.docs,), exclude=("*.log",)),
        workspace.tools,
        workspace.progress.append,
    )
    workspace.write("b.txt", "Beta.")
    workspace.write("more.log", "More noise.")
    reindex(workspace.tools, workspace.progress.append, wait=0)
    assert workspace.documents() == ["docs/a.txt", "docs/b.txt"]


def test_an_ingest_without_patterns_forgets_them(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("debug.log", "Noise.")
    ingest(
        IngestJob(paths=(workspace.docs,), include=("*.txt",)),
        workspace.tools,
        workspace.progress.append,
    )
    workspace.ingest()
    reindex(workspace.tools, workspace.progress.append, wait=0)
    assert workspace.documents() == ["docs/a.txt", "docs/debug.log"]


def test_the_patterns_of_one_source_are_not_those_of_another(workspace: Workspace) -> None:
    workspace.write("one/a.log", "Alpha.")
    workspace.write("two/b.log", "Beta.")
    for name, exclude in (("one", ("*.log",)), ("two", ())):
        job = IngestJob(paths=(workspace.docs / name,), exclude=exclude)
        ingest(job, workspace.tools, workspace.progress.append)
    reindex(workspace.tools, workspace.progress.append, wait=0)
    assert workspace.documents() == ["two/b.log"]


# --- the log of runs ------------------------------------------------------------------


def test_every_run_leaves_a_line_also_one_that_failed_but_no_mistyped_path(
    workspace: Workspace,
) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.ingest()
    with pytest.raises(UsageError):
        workspace.ingest(workspace.docs / "nowhere")
    reindex(workspace.tools, workspace.progress.append, wait=0)
    with workspace.tools.collection.writer(), pytest.raises(LockHeld):
        reindex(workspace.tools, workspace.progress.append, wait=0)
    runs = workspace.tools.collection.runs()
    assert [(run.command, run.outcome, run.counts.added) for run in runs] == [
        ("ingest", "done", 1),
        ("reindex", "done", 0),
        ("reindex", "lock-held", 0),
    ]
