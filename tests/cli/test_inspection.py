"""What a user sees of a collection: status, sources, show, history, check, remove, rollback."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.index.generation import Collection
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.run_log import RunRecord
from kb.run_types import RunCounts
from kb.types import Failure, SourceRoot
from tests.commands import Kb
from tests.index_samples import (
    DIMENSION,
    FINGERPRINT,
    as_written,
    document,
    embedded,
    put,
    put_archive,
    take_out,
)

PHONES = ["张飞的电话号码是u987438274", "曹操 123456"]


@pytest.fixture
def kb(tmp_path: Path) -> Kb:
    """Two generations: a text that then moves, an archive of two, and a file that failed."""
    collection = Collection(tmp_path / "home", "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        draft.catalog.put_source(SourceRoot("docs", str(tmp_path / "docs")))
        put(draft, "phones.md", PHONES, (("lang", "zh"),))
        put(draft, "old.md", ["It moves."])
        draft.commit()
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        take_out(draft, "old.md")
        put(draft, "new.md", ["It moves."])
        put_archive(draft, "mails.zip")
        put(draft, "mails.zip!/june.md", ["The offer of June."])
        put(draft, "mails.zip!/july.md", ["The offer of July."])
        draft.catalog.put_failure(
            Failure("docs", "bad.pdf", "parse", "damaged-document", "cut off", "send it again")
        )
        draft.commit()
    collection.append_run(
        RunRecord("2026-11-23T10:00:00+00:00", "ingest", "done", 2, RunCounts(added=4))
    )
    return Kb(tmp_path / "home")


@pytest.fixture
def empty(tmp_path: Path) -> Kb:
    return Kb(tmp_path / "home")


# --- status and sources ---------------------------------------------------------------


def test_status_counts_documents_and_not_archives(kb: Kb) -> None:
    status = kb("status", "--json").json["status"]
    assert (status["documents"], status["chunks"], len(status["failed"])) == (4, 5, 1)
    assert "documents    4 (5 chunks" in kb("status").out


def test_sources_lists_each_document_with_its_chunks(kb: Kb) -> None:
    lines = kb("sources").out.splitlines()
    assert "     2 chunks  docs/phones.md" in lines
    assert lines[-2:] == ["failed         docs/bad.pdf: cut off", "               send it again"]


def test_sources_shows_an_archive_with_its_members_below(kb: Kb) -> None:
    lines = kb("sources").out.splitlines()
    at = lines.index("archive of   2  docs/mails.zip")
    assert lines[at + 1 : at + 3] == [
        "     1 chunks    docs/mails.zip!/july.md",
        "     1 chunks    docs/mails.zip!/june.md",
    ]
    found = {one["path"]: one for one in kb("sources", "--json").json["sources"]}
    assert (found["mails.zip"]["archive"], found["mails.zip"]["members"]) == (True, 2)
    assert found["phones.md"]["archive"] is False


def test_sources_failed_lists_the_failures_alone(kb: Kb) -> None:
    assert kb("sources", "--failed").out.startswith("failed         docs/bad.pdf: cut off")
    found = kb("sources", "--failed", "--json").json
    assert found["sources"] == []
    assert found["failed"][0]["reference"] == "damaged-document"


# --- show -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["phones.md", "docs/phones.md", "ph*", document("phones.md", [])[0].doc_id[:8]]
)
def test_show_prints_a_document_by_path_or_glob_or_id(kb: Kb, name: str) -> None:
    out = kb("show", name).out
    assert "lang: zh" in out
    assert all(text in out for text in PHONES)
    chunks = kb("show", name, "--json").json["show"]["chunks"]
    assert [chunk["text"] for chunk in chunks] == PHONES


def test_show_of_an_archive_lists_its_members(kb: Kb) -> None:
    assert "an archive of 2:" in kb("show", "mails.zip").out
    members = kb("show", "mails.zip", "--json").json["show"]["members"]
    assert [one["path"] for one in members] == ["mails.zip!/july.md", "mails.zip!/june.md"]


def test_show_of_what_names_several_documents_names_them(kb: Kb) -> None:
    done = kb("show", "*.md")
    assert done.code == 2
    assert "docs/new.md" in done.err


# --- history --------------------------------------------------------------------------


def test_history_tells_the_runs_and_which_generation_is_live(kb: Kb) -> None:
    lines = kb("history").out.splitlines()
    assert lines[0].startswith(
        "2026-11-23T10:00:00+00:00  ingest   done         generation 2: 4 ad"
    )
    assert [line.split(" of ")[0] for line in lines[1:]] == [
        "live: generation 2",
        "kept: generation 1",
    ]
    assert kb("history", "--json").json["live"] == 2


def test_history_diff_tells_what_changed(kb: Kb) -> None:
    members = ["docs/mails.zip!/july.md", "docs/mails.zip!/june.md"]
    assert kb("history", "--diff", "1", "2", "--json").json == {
        "diff": {
            "from": 1,
            "to": 2,
            "added": members,
            "removed": [],
            "changed": [],
            "moved": [{"from": "docs/old.md", "to": "docs/new.md"}],
            "chunks": {"added": 3, "removed": 1},
        }
    }
    assert "moved    docs/old.md → docs/new.md" in kb("history", "--diff", "1", "2").out


def test_history_diff_with_a_generation_that_is_not_kept(kb: Kb) -> None:
    done = kb("history", "--diff", "1", "9")
    assert done.code == 2
    assert "generation 9 is not kept" in done.err
    assert "there are: 1, 2" in done.err


# --- remove and rollback --------------------------------------------------------------


def test_remove_proves_that_nothing_is_left_and_says_where_something_is(kb: Kb) -> None:
    done = kb("remove", "phones.md")
    assert done.code == 0
    assert "1 documents removed, remaining 0" in done.out
    assert "(2) and the embedding cache still hold them" in done.out
    live = kb.home / "collections" / "default" / "generations" / "00000003"
    assert b"u987438274" not in (live / "catalog.sqlite").read_bytes()


def test_remove_of_an_archive_takes_its_members_with_it(kb: Kb) -> None:
    assert kb("remove", "docs/mails.zip", "--json").json == {"removed": 2, "remaining": 0}
    paths = {one["path"] for one in kb("sources", "--json").json["sources"]}
    assert paths == {"phones.md", "new.md"}


def test_remove_says_what_the_next_ingest_would_take_in_again(kb: Kb, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "phones.md").write_text("there")
    done = kb("remove", str(tmp_path / "docs" / "phones.md"))
    assert f"next kb ingest: {tmp_path / 'docs' / 'phones.md'}" in done.err


def test_rollback_is_seen_in_the_history(kb: Kb) -> None:
    assert kb("rollback").out == "generation 1 is live\n"
    assert "live: generation 1" in kb("history").out
    done = kb("rollback", "7")
    assert done.code == 2
    assert "there are: 1, 2" in done.err


# --- check ----------------------------------------------------------------------------


def test_check_says_how_to_mend_what_it_finds_and_repair_mends_it(kb: Kb) -> None:
    assert kb("check").code == 0
    stray = kb.home / "collections/default/generations/00000002/vectors"
    index = EdgeIndex(stray, dimension=DIMENSION)
    index.upsert([embedded(document("stray.md", ["stray"])[1][0])])
    index.flush()
    index.close()
    as_written(stray.parent)
    done = kb("check")
    assert done.code == 7
    assert "repair it with: kb check --repair" in done.out
    report = kb("check", "--repair", "--json").json
    assert report["check"]["sound"] is True
    repaired = report["repaired"]
    assert (repaired["vectors_added"], repaired["vectors_removed"]) == (0, 1)
    assert repaired["generation"] == 3
    assert kb("history", "--json").json["history"][0]["command"] == "repair"


def test_repair_of_a_damaged_catalog_says_what_is_lost(kb: Kb) -> None:
    (kb.home / "collections/default/generations/00000002/catalog.sqlite").write_bytes(b"rubbish")
    assert kb("status").code == 7
    done = kb("check", "--repair")
    assert done.code == 0
    assert "went back to generation 1" in done.out
    assert "ingest it again with: kb reindex" in done.out


# --- nothing there --------------------------------------------------------------------


def test_history_of_an_empty_collection_is_no_error(empty: Kb) -> None:
    assert "kb ingest PATH" in empty("history").out
    assert empty("history", "--json").json == {"history": [], "generations": [], "live": 0}


@pytest.mark.parametrize(
    "command", [["show", "x"], ["check"], ["check", "--repair"], ["remove", "x"]]
)
def test_what_needs_documents_says_that_there_are_none(empty: Kb, command: list[str]) -> None:
    done = empty(*command)
    assert (done.code, done.out) == (4, "")
    assert "is empty" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("command", [["rollback"], ["history", "--diff", "1", "2"]])
def test_what_needs_generations_says_that_there_are_none(empty: Kb, command: list[str]) -> None:
    done = empty(*command)
    assert done.code == 2
    assert "there are: none" in done.err
