"""New, changed, moved, unchanged, removed: decided by size, then time, then sha256."""

from __future__ import annotations

import pytest

from kb.documents.scan.plan import plan
from kb.errors import UnreadableFile
from kb.types import DocumentRecord, Failure, SourceFile, document_id


def found(path: str, size: int = 10, mtime_ns: int = 1) -> SourceFile:
    return SourceFile("docs", path, f"/docs/{path}", size, mtime_ns)


def record(path: str, sha256: str = "h", size: int = 10, mtime_ns: int = 1) -> DocumentRecord:
    doc_id = document_id("docs", path)
    return DocumentRecord(doc_id, "docs", path, size, mtime_ns, sha256, path, 1, 10)


def known(*records: DocumentRecord) -> dict[str, DocumentRecord]:
    return {entry.doc_id: entry for entry in records}


class HashTable:
    """A fake: knows the hashes of some files and counts the questions."""

    def __init__(self, **hashes: str) -> None:
        self.hashes = {f"/docs/{name}": value for name, value in hashes.items()}
        self.asked: list[str] = []

    def __call__(self, location: str) -> str:
        self.asked.append(location)
        if location not in self.hashes:
            raise UnreadableFile("gone", why="", hint="")
        return self.hashes[location]


def test_a_file_with_the_same_size_and_time_is_unchanged_and_not_hashed() -> None:
    hashes = HashTable()
    result = plan([found("a")], known(record("a", "h")), hash_of=hashes)
    assert [file.sha256 for file in result.unchanged] == ["h"]
    assert hashes.asked == []


def test_a_touched_file_with_the_same_hash_is_unchanged() -> None:
    result = plan([found("a", mtime_ns=2)], known(record("a", "h")), hash_of=HashTable(a="h"))
    (file,) = result.unchanged
    assert (file.mtime_ns, file.sha256) == (2, "h")


def test_a_file_of_another_size_is_changed_without_hashing() -> None:
    hashes = HashTable()
    result = plan([found("a", size=11)], known(record("a")), hash_of=hashes)
    assert [file.path for file in result.changed] == ["a"]
    assert hashes.asked == []


def test_a_touched_file_with_another_hash_is_changed() -> None:
    result = plan([found("a", mtime_ns=2)], known(record("a", "h")), hash_of=HashTable(a="x"))
    assert [file.path for file in result.changed] == ["a"]


def test_a_new_file_is_hashed_only_if_a_vanished_one_had_its_size() -> None:
    hashes = HashTable(b="h")
    result = plan([found("b"), found("c", size=99)], known(record("a", "x")), hash_of=hashes)
    assert [file.path for file in result.new] == ["b", "c"]
    assert hashes.asked == ["/docs/b"]
    assert [entry.path for entry in result.removed] == ["a"]


def test_a_vanished_file_whose_bytes_are_found_elsewhere_has_moved() -> None:
    result = plan([found("b", mtime_ns=5)], known(record("a", "h")), hash_of=HashTable(b="h"))
    ((before, after),) = result.moved
    assert (before.path, after.path, after.sha256) == ("a", "b", "h")
    assert not result.new
    assert not result.removed


def test_of_two_copies_of_a_vanished_file_one_has_moved_and_one_is_new() -> None:
    hashes = HashTable(b="h", c="h")
    result = plan([found("b"), found("c")], known(record("a", "h")), hash_of=hashes)
    assert [(before.path, after.path) for before, after in result.moved] == [("a", "b")]
    assert [file.path for file in result.new] == ["c"]


def test_a_copy_of_a_file_that_is_still_there_is_new() -> None:
    result = plan([found("a"), found("b")], known(record("a", "h")), hash_of=HashTable(b="h"))
    assert [file.path for file in result.new] == ["b"]


def test_a_file_that_cannot_be_hashed_is_left_to_the_parser() -> None:
    result = plan([found("a", mtime_ns=2)], known(record("a")), hash_of=HashTable())
    assert [file.path for file in result.changed] == ["a"]


@pytest.mark.parametrize("blocked", ["closed", "closed/a", "."])
def test_what_nobody_could_look_at_is_not_removed(blocked: str) -> None:
    failure = Failure("docs", blocked, "scan", "unreadable-file", "", "")
    assert not plan([], known(record("closed/a")), [failure]).removed


def test_a_failure_beside_a_vanished_file_does_not_keep_it() -> None:
    failure = Failure("docs", "clos", "scan", "unreadable-file", "", "")
    assert plan([], known(record("closed/a")), [failure]).removed


def test_a_rebuild_parses_everything_again() -> None:
    result = plan([found("a"), found("b")], known(record("a")), rebuild=True)
    assert [file.path for file in result.changed] == ["a"]
    assert [file.path for file in result.new] == ["b"]
