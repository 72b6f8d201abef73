"""What a file system may say, and how a scan ends: no single name costs the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.documents.scan import walk
from kb.documents.scan.walk import hash_file, scan
from kb.errors import Interrupted, UnreadableFile
from kb.types import SourceRoot
from tests.unit.documents.scan.test_scan import paths, scanned, write


@pytest.mark.parametrize("year", [1500, 1969, 2262, 2400, 9000])
def test_a_time_that_64_bits_cannot_hold_keeps_no_file_out(tmp_path: Path, year: int) -> None:
    write(tmp_path, "a.txt", "b.txt")
    seconds = round((year - 1970) * 365.2425 * 86_400)
    os.utime(tmp_path / "a.txt", ns=(0, seconds * 10**9))
    if round((tmp_path / "a.txt").stat().st_mtime) != seconds:
        pytest.skip("this file system cannot hold such a time")
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a.txt", "b.txt"]
    assert -(1 << 63) < result.files[0].mtime_ns < 1 << 63


def test_an_error_that_nobody_expected_is_the_failure_of_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(name: str, folder: bool) -> bool:
        if name == "bad.txt":
            raise ZeroDivisionError("a bug")
        return False

    write(tmp_path, "a.txt", "bad.txt", "c.txt")
    monkeypatch.setattr(walk, "skipped", broken)
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a.txt", "c.txt"]
    (failure,) = result.failures
    assert (failure.path, failure.reference) == ("bad.txt", "error")
    assert "ZeroDivisionError" in failure.message
    assert "a bug" in caplog.text


def test_a_scan_that_is_told_to_stop_does(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    with pytest.raises(Interrupted):
        scan(SourceRoot("docs", str(tmp_path)), stop=lambda: True)
    with pytest.raises(Interrupted):
        hash_file(str(tmp_path / "a.txt"), lambda: True)


def test_what_has_become_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(UnreadableFile, match="a FIFO"):
        hash_file(str(tmp_path / "a.txt"))


def test_patterns_of_the_command_line_are_those_of_an_ignore_file(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.txt", "old/c.md", "old/new/d.md", "x/e.md")
    assert paths(tmp_path, include=["*.md"]) == ["a.md", "old/c.md", "old/new/d.md", "x/e.md"]
    assert paths(tmp_path, exclude=["old/"]) == ["a.md", "b.txt", "x/e.md"]
    assert paths(tmp_path, include=["old/**/*.md"]) == ["old/c.md", "old/new/d.md"]
    assert paths(tmp_path, include=["*.md", "!a.md"], exclude=["x"]) == ["old/c.md", "old/new/d.md"]
