"""Which files are documents, and under which names."""

from __future__ import annotations

import os
import socket
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from kb.documents.scan.names import printable
from kb.documents.scan.walk import ScanResult, hash_file, scan
from kb.errors import UnreadableFile, UsageError
from kb.types import SourceRoot


def write(folder: Path, *names: str, text: str = "text") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def scanned(folder: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> ScanResult:
    return scan(SourceRoot("docs", str(folder)), include, exclude)


def paths(folder: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[str]:
    return [file.path for file in scanned(folder, include, exclude).files]


def test_files_come_in_path_order_with_size_and_time(tmp_path: Path) -> None:
    write(tmp_path, "b.txt", "a/z.txt", "a/b/c.txt", "a.txt")
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a/b/c.txt", "a/z.txt", "a.txt", "b.txt"]
    file = result.files[0]
    assert (file.root, file.size, file.sha256) == ("docs", 4, "")
    assert file.mtime_ns == (tmp_path / "a/b/c.txt").stat().st_mtime_ns
    assert file.location == str(tmp_path / "a/b/c.txt")


def test_same_named_files_in_two_folders_are_two_documents(tmp_path: Path) -> None:
    write(tmp_path, "a/x.txt", "b/x.txt")
    assert len({file.doc_id for file in scanned(tmp_path).files}) == 2


def test_hidden_files_version_control_and_lock_files_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, ".hidden", ".git/config", "~$plan.docx", ".~lock.plan.odt#", "plan.txt~")
    write(tmp_path, "plan.txt", "__pycache__/x.pyc", "__MACOSX/x.txt", "Thumbs.db")
    assert paths(tmp_path) == ["plan.txt"]


def test_a_hidden_file_is_a_document_where_its_ending_is_one(tmp_path: Path) -> None:
    write(tmp_path, ".notes.txt", ".plan.DOCX", ".env", ".config.json", ".txt", ".ssh/notes.txt")
    write(tmp_path, "._notes.txt", ".#notes.txt", ".~notes.txt")
    assert paths(tmp_path) == [".notes.txt", ".plan.DOCX"]


def test_kbignore_follows_gitignore_rules(tmp_path: Path) -> None:
    write(tmp_path, "a.log", "keep.log", "drafts/x.txt", "deep/a.log", "deep/b.txt", "deep/c.txt")
    (tmp_path / ".kbignore").write_text("*.log\n!keep.log\n/drafts/\n# a comment\n")
    assert paths(tmp_path) == ["deep/b.txt", "deep/c.txt", "keep.log"]


def test_a_deeper_kbignore_wins_below_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "deep/a.txt", "deep/b.md")
    (tmp_path / ".kbignore").write_text("*.txt\n")
    (tmp_path / "deep/.kbignore").write_text("!a.txt\nb.md\n")
    assert paths(tmp_path) == ["deep/a.txt"]


def test_include_and_exclude_take_patterns(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.txt", "deep/c.md", "old/d.md")
    assert paths(tmp_path, include=["*.md"], exclude=["old/"]) == ["a.md", "deep/c.md"]


def test_what_a_pattern_keeps_out_is_told_from_what_is_gone(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.txt", "old/d.md", ".kbignore")
    result = scanned(tmp_path, include=["*.md"], exclude=["old/"])
    assert result.left_out == {"b.txt", "old"}
    assert result.keeps_out("b.txt")
    assert result.keeps_out("old/deep/d.md")
    assert not result.keeps_out("older/d.md")
    assert not result.keeps_out("gone.txt")


def test_only_the_named_files_are_scanned_even_hidden_ones(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", ".b.txt", "deep/c.txt", "deep/d.txt")
    (tmp_path / ".kbignore").write_text("a.txt\n")
    root = SourceRoot("docs", str(tmp_path), only=("a.txt", ".b.txt", "deep"))
    assert [file.path for file in scan(root).files] == [
        ".b.txt",
        "a.txt",
        "deep/c.txt",
        "deep/d.txt",
    ]


def test_a_named_file_that_is_gone_is_not_found_and_no_failure(tmp_path: Path) -> None:
    """So the plan may remove its document, as that of any file that is gone."""
    write(tmp_path, "other.txt")
    result = scan(SourceRoot("docs", str(tmp_path), only=("gone.txt", "gone/deep.txt")))
    assert result == ScanResult((), ())


def test_a_named_file_in_a_folder_that_is_empty_is_a_failure(tmp_path: Path) -> None:
    """An empty folder looks like a share that is not mounted."""
    result = scan(SourceRoot("docs", str(tmp_path), only=("gone.txt",)))
    (failure,) = result.failures
    assert (failure.path, failure.stage) == ("gone.txt", "scan")
    assert "mounted" in failure.hint


def test_a_root_may_be_a_single_file(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.txt")
    assert [file.path for file in scan(SourceRoot("docs", str(tmp_path / "a.txt"))).files] == [
        "a.txt"
    ]


def test_a_root_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        scanned(tmp_path / "nowhere")


def test_a_link_to_a_scanned_file_is_not_a_second_document(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / "again.txt").symlink_to("a.txt")
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a.txt"]
    assert not result.failures


def test_a_link_to_a_file_with_no_other_name_is_followed_once(tmp_path: Path) -> None:
    write(tmp_path, ".store/1.txt")
    (tmp_path / "a.txt").symlink_to(".store/1.txt")
    (tmp_path / "b.txt").symlink_to(".store/1.txt")
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a.txt"]
    assert not result.failures


def test_hard_links_are_two_documents(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    os.link(tmp_path / "a.txt", tmp_path / "b.txt")
    assert paths(tmp_path) == ["a.txt", "b.txt"]


def test_a_root_that_is_a_link_is_scanned(tmp_path: Path) -> None:
    write(tmp_path, "real/a.txt", "real/b.txt")
    (tmp_path / "real/again.txt").symlink_to("b.txt")
    (tmp_path / "docs").symlink_to("real")
    assert paths(tmp_path / "docs") == ["a.txt", "b.txt"]


def test_links_that_lead_out_or_nowhere_are_named_failures(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "a.txt")
    write(tmp_path, "secret.txt", "other/b.txt")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "outside").symlink_to(tmp_path / "other")
    (root / "nowhere").symlink_to("missing.txt")
    result = scanned(root)
    assert [file.path for file in result.files] == ["a.txt"]
    assert [failure.path for failure in result.failures] == ["nowhere", "out.txt", "outside"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path, "deep/a.txt")
    (tmp_path / "deep/up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["deep/a.txt"]
    assert [failure.path for failure in result.failures] == ["self"]


def test_fifos_and_sockets_are_failures_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    write(tmp_path, "a.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a.txt"]
    messages = {failure.path: failure.message for failure in result.failures}
    assert messages.keys() == {"pipe.txt", "socket"}
    assert "is a FIFO" in messages["pipe.txt"]
    assert "is a socket" in messages["socket"]


def test_a_name_that_is_not_utf8_is_shown_escaped_and_opened_as_it_is(tmp_path: Path) -> None:
    name = os.fsdecode("电话".encode("gbk") + b".txt")
    write(tmp_path, name, text="内容")
    (file,) = scanned(tmp_path).files
    assert file.path == "\\xb5绰.txt"
    assert Path(file.location).read_text(encoding="utf-8") == "内容"
    file.path.encode()


def test_a_name_has_one_identity_in_both_unicode_forms(tmp_path: Path) -> None:
    write(tmp_path / "mac", unicodedata.normalize("NFD", "café.txt"))
    write(tmp_path / "linux", unicodedata.normalize("NFC", "café.txt"))
    assert paths(tmp_path / "mac") == paths(tmp_path / "linux") == ["café.txt"]


@pytest.mark.parametrize("names", [["café.txt"], ["café/x.txt"]])
def test_names_that_differ_in_normalisation_alone_both_stay(
    tmp_path: Path, names: list[str]
) -> None:
    """The NFC one has the path; the other keeps its name as it is, whichever comes first."""
    (name,) = names
    forms = [unicodedata.normalize(form, name) for form in ("NFD", "NFC")]
    for form in forms:
        write(tmp_path, form, text=form)
    result = scanned(tmp_path)
    assert not result.failures
    found = {file.path: Path(file.location).read_text(encoding="utf-8") for file in result.files}
    assert found == {form: form for form in forms}
    assert len({file.doc_id for file in result.files}) == 2


def test_of_two_forms_none_of_which_is_nfc_the_first_has_the_path(tmp_path: Path) -> None:
    """ṩ may be written with its two marks in either order."""
    forms = ["s\u0307\u0323.txt", "s\u0323\u0307.txt"]
    write(tmp_path, *forms)
    assert sorted(paths(tmp_path)) == sorted(["\u1e69.txt", forms[1]])


def test_a_name_that_looks_like_the_escape_of_another_is_a_clash_and_said(tmp_path: Path) -> None:
    write(tmp_path, os.fsdecode(b"\xff.txt"), "\\xff.txt")
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["\\xff.txt"]
    (failure,) = result.failures
    assert "names two files" in failure.message


def test_case_makes_two_documents(tmp_path: Path) -> None:
    write(tmp_path, "A.txt", "a.txt")
    assert paths(tmp_path) == ["A.txt", "a.txt"]


def test_folders_may_nest_deeper_than_python_recurses(tmp_path: Path) -> None:
    folders = [f"{tmp_path}{'/d' * depth}" for depth in range(1, 1201)]
    for folder in folders:
        os.mkdir(folder)
    try:
        write(tmp_path, "d/a.txt")
        assert paths(tmp_path) == ["d/a.txt"]
    finally:
        (tmp_path / "d/a.txt").unlink()
        for folder in reversed(folders):  # pytest's own cleaning up recurses
            os.rmdir(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_named_failure(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "closed/b.txt")
    (tmp_path / "closed").chmod(0)
    try:
        result = scanned(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [file.path for file in result.files] == ["a.txt"]
    assert [failure.path for failure in result.failures] == ["closed"]


def test_hashing_a_file_that_vanished_says_so(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", text="abc")
    assert hash_file(str(tmp_path / "a.txt")).startswith("ba7816bf")
    with pytest.raises(UnreadableFile, match="has vanished"):
        hash_file(str(tmp_path / "gone.txt"))


def test_names_like_options_and_patterns_are_names(tmp_path: Path) -> None:
    write(tmp_path, "--help.txt", "-", "*.txt", "a b.txt", "$(id).txt")
    assert paths(tmp_path) == ["$(id).txt", "*.txt", "-", "--help.txt", "a b.txt"]


def test_a_name_cannot_steer_the_terminal_it_is_shown_on(tmp_path: Path) -> None:
    write(tmp_path, "two\nlines.txt", "\x1b[2Jred.txt", "a\u2028b.txt")
    found = paths(tmp_path)
    assert found == ["\\x1b[2Jred.txt", "a\\x2028b.txt", "two\\x0alines.txt"]


def test_printable_names_can_always_be_encoded() -> None:
    assert printable("说明.txt") == "说明.txt"
    assert printable(os.fsdecode(b"\xff.txt")) == "\\xff.txt"
