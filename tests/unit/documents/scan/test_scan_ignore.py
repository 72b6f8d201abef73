"""`.kbignore` means what a `.gitignore` means: compared with git itself, and with the rule that
nothing is taken where the rules cannot be read."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb.documents.scan.walk import scan
from kb.types import SourceRoot
from tests.unit.documents.scan.test_scan import paths, scanned, write

# --- compared with git ----------------------------------------------------------------

NAMES = ("a", "b", "keep", "a.txt", "b.md", "x y.txt", "[z].txt", "#n.txt", "!k.txt")
PATTERNS = r"""
a       /a      a/      /*      b*      **      **a     */a.txt     [ab].txt    x y.txt
b.md    /a/b    /keep/  a/**    !*/     **/b    ./a     a/b.md      [!a]*       x\ y.txt
*.txt   !a.txt  !keep/  keep/*  !*.md   *       a//b    foo**/x     [z].txt     \#n.txt
?       !keep   !/keep  *.md/   /       //a     !!a     a/**/b      \[z].txt    \!k.txt
[a-     #a      b       a       keep    a.txt   b/      !b/a.txt    keep/**/*.md
"""


def patterns() -> list[str]:
    listed = (one.strip() for line in PATTERNS.splitlines() for one in line.split("  "))
    return [*filter(None, listed), "", "x y.txt  ", "a.txt\r"]


def plant(folder: Path, chance: random.Random, depth: int = 0) -> None:
    """A random tree of small files, with a `.kbignore` in some of its folders."""
    for name in chance.sample(NAMES, 5):
        if "." in name or depth == 3 or chance.random() < 0.3:
            (folder / name).write_text("x")
        else:
            (folder / name).mkdir()
            plant(folder / name, chance, depth + 1)
    if depth == 0 or chance.random() < 0.4:
        lines = chance.choices(patterns(), k=chance.randint(1, 5))
        (folder / ".kbignore").write_text("\n".join(lines) + chance.choice(["", "\n"]))


def listed_by_git(folder: Path) -> list[str]:
    """The files that git would add, were `.kbignore` its `.gitignore`."""
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for command in ("init -q", "ls-files -z --others --exclude-per-directory=.kbignore"):
        done = subprocess.run(
            ["git", *command.split()], cwd=folder, env=quiet, capture_output=True, check=True
        )
    names = done.stdout.decode().split("\0")
    return sorted(name for name in names if name and not name.endswith(".kbignore"))


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("git"), reason="git, to compare with, is not installed")
@pytest.mark.parametrize("seed", range(40))
def test_the_same_files_are_left_out_as_by_git(tmp_path: Path, seed: int) -> None:
    plant(tmp_path, random.Random(seed))
    result = scanned(tmp_path)
    assert not result.failures
    assert sorted(file.path for file in result.files) == listed_by_git(tmp_path)


# --- one by one -----------------------------------------------------------------------


def test_taking_back_a_folder_does_not_take_back_what_is_ignored_in_it(tmp_path: Path) -> None:
    write(tmp_path, "keep/open.txt", "keep/drafts/secret.txt")
    (tmp_path / ".kbignore").write_text("drafts\n!keep\n")
    assert paths(tmp_path) == ["keep/open.txt"]


def test_what_lies_in_an_ignored_folder_cannot_be_taken_back(tmp_path: Path) -> None:
    write(tmp_path, "closed/a.txt", "b.txt")
    (tmp_path / ".kbignore").write_text("closed/\n!closed/a.txt\n")
    (tmp_path / "closed/.kbignore").write_text("!a.txt\n")
    assert paths(tmp_path) == ["b.txt"]


def test_a_pattern_for_folders_leaves_a_file_of_that_name(tmp_path: Path) -> None:
    write(tmp_path, "a/drafts/x.txt", "b/drafts")
    (tmp_path / ".kbignore").write_text("drafts/\n")
    assert paths(tmp_path) == ["b/drafts"]


def test_patterns_may_be_chinese_with_a_byte_order_mark_and_windows_line_ends(
    tmp_path: Path,
) -> None:
    write(tmp_path, "草稿/x.txt", "正文.txt")
    (tmp_path / ".kbignore").write_bytes("\ufeff草稿/\r\n*.log\r\n".encode())
    assert paths(tmp_path) == ["正文.txt"]


def test_a_link_is_no_way_around_an_ignore_file(tmp_path: Path) -> None:
    write(tmp_path, "closed/secret.txt", "salaries.txt", "a.txt")
    (tmp_path / ".kbignore").write_text("closed/\nsalaries.txt\n")
    (tmp_path / "one.txt").symlink_to("closed/secret.txt")
    (tmp_path / "two.txt").symlink_to("salaries.txt")
    assert paths(tmp_path) == ["a.txt"]


@pytest.mark.process
@pytest.mark.parametrize(
    "pattern",
    [
        *("*a*a*a*a*a*a*a*a*b", "*?*?*?*?*?*?*?*?b", "[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*b"),
        *("**/*a*a*a*a/b", "*a" * 2_000 + "b", "**/a/" * 800 + "b", "(a*)*b"),
        "!*a*a*a*a*a*a*a*a*b",
    ],
)
def test_no_pattern_makes_a_scan_hang(tmp_path: Path, pattern: str) -> None:
    """With expressions that go back each of them took hours for this name."""
    write(tmp_path, f"{'a' * 240}/{'a' * 250}.md", "good.md")
    (tmp_path / ".kbignore").write_text(pattern)
    code = (
        "import sys; from kb.documents.scan.walk import scan; from kb.types import SourceRoot\n"
        "for given in ((), (sys.argv[2],)):\n"
        "    found = scan(SourceRoot('r', sys.argv[1]), exclude=given)\n"
        "    assert len(found.files) == 2, found\n"
    )
    repository = str(Path(__file__).parents[4])
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), pattern.lstrip("!")],
        env={"PYTHONPATH": ":".join([repository, *sys.path])},
        check=True,
        timeout=20,
    )


# --- rules that cannot be read --------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        *("a FIFO", "a folder", "a broken link"),
        *("malformed", "a range that is none", "a long line", "too many lines"),
    ],
)
def test_where_the_rules_cannot_be_read_nothing_of_the_folder_is_taken(
    tmp_path: Path, kind: str
) -> None:
    write(tmp_path, "a.txt", "closed/secret.txt", "closed/deep/secret.txt")
    rules = tmp_path / "closed/.kbignore"
    if kind == "a FIFO":
        os.mkfifo(rules)
    elif kind == "a folder":
        rules.mkdir()
    elif kind == "a broken link":
        rules.symlink_to("nowhere")
    else:
        lines = {
            "malformed": "*.log\n!\n",
            "a range that is none": "[z-a]\n",
            "a long line": "*" * 5_000,
            "too many lines": "a\n" * 10_001,
        }
        rules.write_text(lines[kind])
    result = scanned(tmp_path)
    assert [file.path for file in result.files] == ["a.txt"]
    (failure,) = result.failures
    assert (failure.path, failure.reference) == ("closed", "unreadable-file")
    assert "'closed/.kbignore' cannot be followed" in failure.message
    assert "correct or delete" in failure.hint


def test_the_rules_around_a_named_part_are_needed_too(tmp_path: Path) -> None:
    write(tmp_path, "in/a.txt")
    os.mkfifo(tmp_path / ".kbignore")
    result = scan(SourceRoot("docs", str(tmp_path), only=("in",)))
    assert not result.files
    assert [failure.path for failure in result.failures] == ["in"]
