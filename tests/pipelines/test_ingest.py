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
from tests.pipelines.desk import Desk, must_not_run

# --- what a run does ------------------------------------------------------------------


def test_new_files_go_in(desk: Desk) -> None:
    desk.write("通讯录.txt", "张飞的电话号码是u987438274。")
    desk.write("sub/notes.md", "# Notes\n\nThe pump weighs 187 kg.")
    report = desk.ingest()
    counts = report.counts
    assert (counts.added, counts.chunks, counts.embedded, report.generation) == (2, 2, 2, 1)
    assert desk.documents() == ["docs/sub/notes.md", "docs/通讯录.txt"]
    assert desk.text_of("通讯录.txt") == "张飞的电话号码是u987438274。"
    assert desk.is_sound()


def test_an_unchanged_folder_costs_no_parsing_no_embedding_and_no_generation(desk: Desk) -> None:
    desk.write("a.txt", "Alpha is the first letter.")
    desk.ingest()
    tools = replace(desk.tools, parse=must_not_run, embedder=must_not_run)
    report = ingest(IngestJob(paths=(desk.docs,)), tools, desk.heard.append)
    assert (report.counts.unchanged, report.counts.added, report.generation) == (1, 0, 1)


def test_a_changed_file_takes_the_place_of_the_old_one(desk: Desk) -> None:
    desk.write("a.txt", "The limit is 400 yuan.")
    desk.ingest()
    desk.write("a.txt", "The limit is now 450 yuan.")
    report = desk.ingest()
    assert (report.counts.updated, report.counts.added, report.counts.unchanged) == (1, 0, 0)
    assert desk.text_of("a.txt") == "The limit is now 450 yuan."
    assert desk.is_sound()


def test_a_touched_file_is_unchanged_and_is_not_hashed_the_next_time(desk: Desk) -> None:
    file = desk.write("a.txt", "Alpha.")
    desk.ingest()
    os.utime(file, ns=(1, 1))
    report = desk.ingest()
    assert (report.counts.unchanged, report.counts.updated, desk.embedder.texts_seen) == (1, 0, 1)
    with desk.tools.collection.reader() as live:
        assert live.catalog.documents()[0].mtime_ns == 1


def test_a_moved_file_embeds_nothing(desk: Desk) -> None:
    file = desk.write("old/contract.md", "# Contract\n\nThe price is 360,000 yuan.")
    desk.ingest()
    (desk.docs / "new").mkdir()
    shutil.move(file, desk.docs / "new" / "contract.md")
    report = desk.ingest()
    counts = report.counts
    assert (counts.moved, counts.added, counts.embedded, counts.reused) == (1, 0, 0, 1)
    assert desk.documents() == ["docs/new/contract.md"]
    assert desk.is_sound()


def test_a_renamed_file_embeds_nothing_also_where_its_name_is_its_only_title(desk: Desk) -> None:
    file = desk.write("contract.txt", "The price is 360,000 yuan.")
    desk.ingest()
    file.rename(desk.docs / "contract of 2024.txt")
    report = desk.ingest()
    assert (report.counts.moved, report.counts.embedded, report.counts.reused) == (1, 0, 1)
    assert desk.documents() == ["docs/contract of 2024.txt"]


def test_a_paragraph_that_is_changed_at_the_top_embeds_only_its_own_chunk(desk: Desk) -> None:
    pages = [
        f"# Page {n}\n\n" + f"Sentence of page {n}, and a little more. " * 40 for n in range(30)
    ]
    desk.write("manual.md", "\n\n".join(pages))
    chunks = desk.ingest().counts.chunks
    pages[0] = pages[0].replace("a little more", "rather a lot more", 1)
    desk.write("manual.md", "\n\n".join(pages))
    report = desk.ingest()
    assert (report.counts.updated, report.counts.chunks) == (1, chunks)
    assert 1 <= report.counts.embedded <= 3 < chunks


def test_a_copied_file_embeds_nothing(desk: Desk) -> None:
    file = desk.write("a/contract.md", "# Contract\n\nThe price is 360,000 yuan.")
    desk.ingest()
    (desk.docs / "b").mkdir()
    shutil.copy(file, desk.docs / "b" / "contract.md")
    report = desk.ingest()
    assert (report.counts.added, report.counts.embedded, report.counts.reused) == (1, 0, 1)


def test_what_is_gone_stays_until_it_is_pruned(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("b.txt", "Beta.").unlink()
    desk.write("b.txt", "Beta.")
    desk.ingest()
    (desk.docs / "b.txt").unlink()
    assert desk.ingest().counts.removed == 0
    assert desk.documents() == ["docs/a.txt", "docs/b.txt"]
    assert desk.ingest(prune=True).counts.removed == 1
    assert desk.documents() == ["docs/a.txt"]
    assert desk.is_sound()


def test_a_dry_run_says_what_would_be_done_and_creates_nothing(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    planned = plan(IngestJob(paths=(desk.docs,)), desk.tools)
    assert [file.path for file in planned.new] == ["a.txt"]
    assert not desk.tools.collection.folder.exists()


def test_progress_counts_the_files(desk: Desk) -> None:
    for number in range(3):
        desk.write(f"{number}.txt", f"File {number}.")
    desk.ingest()
    last = [heard for heard in desk.heard if heard.stage == "ingest"][-1]
    assert (last.done, last.total, last.unit) == (3, 3, "files")


# --- failures -------------------------------------------------------------------------


def test_a_file_that_fails_is_listed_and_its_neighbours_go_in(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    (desk.docs / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
    report = desk.ingest()
    assert desk.documents() == ["docs/a.txt"]
    [failure] = report.failed
    assert (failure.path, failure.stage) == ("broken.docx", "parse")
    assert failure.message
    assert failure.hint


def test_a_failure_stays_listed_and_is_not_tried_again_until_the_file_changes(desk: Desk) -> None:
    (desk.docs / "empty.txt").write_bytes(b"")
    first = desk.ingest()
    tools = replace(desk.tools, parse=must_not_run)
    second = ingest(IngestJob(paths=(desk.docs,)), tools, desk.heard.append)
    assert second.failed == first.failed
    desk.write("empty.txt", "No longer.")
    third = desk.ingest()
    assert (third.counts.added, third.failed) == (1, ())


def test_the_failure_of_a_file_that_is_gone_is_forgotten(desk: Desk) -> None:
    (desk.docs / "empty.txt").write_bytes(b"")
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    (desk.docs / "empty.txt").unlink()
    assert desk.ingest().failed == ()


def test_a_document_whose_new_version_is_broken_keeps_its_old_text(desk: Desk) -> None:
    desk.write("a.txt", "The limit is 400 yuan.")
    desk.ingest()
    (desk.docs / "a.txt").write_bytes(b"")
    report = desk.ingest()
    assert [failure.path for failure in report.failed] == ["a.txt"]
    assert desk.text_of("a.txt") == "The limit is 400 yuan."


def test_a_text_the_engine_refuses_is_a_failure_with_its_place_and_the_rest_goes_in(
    desk: Desk,
) -> None:
    desk.embedder.too_long = "poison"
    for number in range(40):
        desk.write(f"{number:02}.txt", "poison" if number == 17 else f"Good text {number}.")
    report = desk.ingest()
    [failure] = report.failed
    assert (failure.path, failure.stage, failure.reference) == (
        "17.txt",
        "embed",
        "input-too-long",
    )
    assert "characters 0 to 6" in failure.message
    assert report.counts.embedded == 39
    assert desk.is_sound()


# --- settings -------------------------------------------------------------------------


def test_another_model_is_refused_with_the_command_that_rebuilds(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    desk.write("b.txt", "Beta.")
    other = replace(desk.tools, embedder=lambda: FakeEmbedder(digest="e" * 64, dimension=6))
    with pytest.raises(ModelMismatch) as caught:
        ingest(IngestJob(paths=(desk.docs,)), other, desk.heard.append)
    assert "--rebuild" in caught.value.hint
    report = ingest(IngestJob(paths=(desk.docs,), rebuild=True), other, desk.heard.append)
    assert (report.counts.added + report.counts.updated, report.counts.embedded) == (2, 2)


def test_a_rebuild_with_the_same_model_embeds_nothing(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("b.txt", "Beta.")
    desk.ingest()
    report = desk.ingest(rebuild=True)
    assert (report.counts.embedded, report.counts.reused, report.generation) == (0, 2, 2)
    assert desk.is_sound()


def test_a_rebuild_takes_over_the_documents_whose_source_is_away(desk: Desk) -> None:
    desk.write("here/a.txt", "Alpha.")
    desk.write("share/b.txt", "Beta.")
    desk.ingest(desk.docs / "here")
    desk.ingest(desk.docs / "share")
    shutil.move(desk.docs / "share", desk.docs.parent / "unmounted")
    desk.ingest(desk.docs / "here", rebuild=True)
    assert desk.documents() == ["here/a.txt", "share/b.txt"]
    assert desk.text_of("share/b.txt") == "Beta."


def test_other_chunk_settings_read_every_document_anew_and_reuse_equal_chunks(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    other = replace(desk.tools, chunker="2")
    report = ingest(IngestJob(paths=(desk.docs,)), other, desk.heard.append)
    assert (report.counts.updated, report.counts.embedded, report.counts.reused) == (1, 0, 1)


def test_a_second_writer_is_told_who_holds_the_lock(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    with desk.tools.collection.writer(), pytest.raises(LockHeld) as caught:
        desk.ingest()
    assert str(os.getpid()) in "".join(caught.value.lines())


# --- patterns -------------------------------------------------------------------------


def test_reindex_keeps_to_the_patterns_of_the_last_ingest(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("debug.log", "Noise.")
    ingest(IngestJob(paths=(desk.docs,), exclude=("*.log",)), desk.tools, desk.heard.append)
    desk.write("b.txt", "Beta.")
    desk.write("more.log", "More noise.")
    reindex(desk.tools, desk.heard.append, wait=0)
    assert desk.documents() == ["docs/a.txt", "docs/b.txt"]


def test_an_ingest_without_patterns_forgets_them(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.write("debug.log", "Noise.")
    ingest(IngestJob(paths=(desk.docs,), include=("*.txt",)), desk.tools, desk.heard.append)
    desk.ingest()
    reindex(desk.tools, desk.heard.append, wait=0)
    assert desk.documents() == ["docs/a.txt", "docs/debug.log"]


def test_the_patterns_of_one_source_are_not_those_of_another(desk: Desk) -> None:
    desk.write("one/a.log", "Alpha.")
    desk.write("two/b.log", "Beta.")
    for name, exclude in (("one", ("*.log",)), ("two", ())):
        job = IngestJob(paths=(desk.docs / name,), exclude=exclude)
        ingest(job, desk.tools, desk.heard.append)
    reindex(desk.tools, desk.heard.append, wait=0)
    assert desk.documents() == ["two/b.log"]


# --- the log of runs ------------------------------------------------------------------


def test_every_run_leaves_a_line_also_one_that_failed(desk: Desk) -> None:
    desk.write("a.txt", "Alpha.")
    desk.ingest()
    with pytest.raises(UsageError):
        desk.ingest(desk.docs / "nowhere")
    reindex(desk.tools, desk.heard.append, wait=0)
    runs = desk.tools.collection.runs()
    assert [(run.command, run.outcome, run.counts.added) for run in runs] == [
        ("ingest", "done", 1),
        ("ingest", "usage", 0),
        ("reindex", "done", 0),
    ]
