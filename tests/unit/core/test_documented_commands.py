"""The command lines on the pages are ones that kb takes; both languages show the same ones."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kb.cli.main import cli
from tools.docs.commands import leaves
from tools.docs.pages import REPOSITORY

# The changelog shows options as they were.
PAGES = [
    page
    for pattern in ("*.md", "docs/**/*.md")
    for page in sorted(REPOSITORY.glob(pattern))
    if page.name != "CHANGELOG.md"
]
COMMANDS = {leaf.name: leaf.command for leaf in leaves()}
VARIABLES = re.compile(r"(?:[A-Z_]+=\S* +)*")
TIMER = re.compile(r"(?:[\d*/,-]+ +){5}(?=kb )")
"""The five fields of a crontab's line."""


def blocks(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```[a-z]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def command_lines(page: Path) -> Iterator[list[str]]:
    """The words of each `kb …` of a page's code blocks, without `kb` itself."""
    for block in blocks(page):
        for line in block.splitlines():
            bare = TIMER.sub("", line.strip().removeprefix("$ "))
            bare = VARIABLES.sub("", bare, count=1)
            if bare.startswith("kb "):
                yield _words(bare)[1:]


def _words(line: str) -> list[str]:
    # What a shell takes for itself ends the command.
    shell = shlex.shlex(line, posix=True, punctuation_chars="|;<>&")
    shell.whitespace_split = True
    words = []
    for word in shell:
        if set(word) <= set("|;<>&"):
            break
        words.append(word)
    return words[:-1] if words[-1] == "2" else words


def names(command: click.Command) -> set[str]:
    options = (one for one in command.params if isinstance(one, click.Option))
    return {name for one in options for name in (*one.opts, *one.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_command_line_is_one_that_kb_takes(page: Path) -> None:
    for words in command_lines(page):
        line = f"kb {shlex.join(words)}"
        spoken = [
            " ".join(words[at : at + length]) for at in range(len(words)) for length in (2, 1)
        ]
        command = next((COMMANDS[one] for one in spoken if one in COMMANDS), None)
        known = names(cli) | (names(command) if command else set())
        assert command or set(words) <= known, f"no command of kb: {line}"
        given = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
        assert given <= known, f"unknown options {given - known}: {line}"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("README.md", "README.zh-CN.md"), ("docs/tutorial.md", "docs/tutorial.zh-CN.md")],
)
def test_both_languages_show_the_same_blocks(english: str, chinese: str) -> None:
    def bare(page: str) -> list[str]:
        return [re.sub(r" +# .*", "", block) for block in blocks(REPOSITORY / page)]

    assert bare(english) == bare(chinese)
    assert bare(english)


def test_a_command_line_that_kb_does_not_take_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```\n$ KB_HOME=/x kb ask 'a b' --top-k 3 2> /dev/null | wc\n```\n", "utf-8")
    assert [*command_lines(page)] == [["ask", "a b", "--top-k", "3"]]
    page.write_text("```sh\nkb ask x --top 3\n```\n", "utf-8")
    with pytest.raises(AssertionError, match="--top"):
        test_every_command_line_is_one_that_kb_takes(page)
