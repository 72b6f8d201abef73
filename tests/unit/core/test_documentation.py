"""What is documented and what is there are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb import config, errors
from kb.cli.main import COMMANDS

REPOSITORY = Path(__file__).parents[3]
READMES = {
    name: (REPOSITORY / name).read_text(encoding="utf-8")
    for name in ("README.md", "README.zh-CN.md")
}

# The changelog names files as they were called when it was written.
PAGES = sorted(
    page.relative_to(REPOSITORY)
    for pattern in ("*.md", "docs/**/*.md")
    for page in REPOSITORY.glob(pattern)
    if page.name != "CHANGELOG.md"
)
FOLDERS = "kb|pipelines|tests|docs|configs|tools|data"


def table(text: str, first_cell: str) -> dict[str, str]:
    """The rows of the Markdown table whose header begins with `first_cell`."""
    rows: dict[str, str] = {}
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[0] == first_cell:
            inside = True
        elif inside and set(cells[0]) - set("-: "):
            rows[cells[0].strip("`")] = " | ".join(cells[1:])
    return rows


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_in_the_readme_and_no_other(name: str) -> None:
    first = "command" if name == "README.md" else "命令"
    documented = {
        command
        for row in table(READMES[name], first)
        for command in re.findall(r"kb ([a-z-]+)", row)
    }
    assert documented == set(COMMANDS)


@pytest.mark.parametrize("name", READMES)
def test_every_exit_code_is_in_the_readme(name: str) -> None:
    kinds = [errors.KbError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    first = "exit" if name == "README.md" else "退出码"
    assert {int(code) for code in table(READMES[name], first)} == {0} | {
        kind.exit_code for kind in kinds
    }


def test_every_configuration_key_is_in_the_documentation() -> None:
    text = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert set(table(text, "key")) == set(config.defaults())


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http|#)([^)#]+)", text)
    beside = (REPOSITORY / page).parent
    assert [link for link in links if not (beside / link).exists()] == []
    named = set(re.findall(rf"(?<![\w/.$])(?:{FOLDERS})/[\w./-]*\w", text))
    assert [one for one in sorted(named) if not (REPOSITORY / one).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_the_readme_names_is_there(name: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z]+)", READMES[name], re.MULTILINE)
    assert named
    assert set(named) <= targets


def test_ci_runs_what_the_readme_names() -> None:
    run = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    for target in re.findall(r"^step make ([a-z]+)", run, re.MULTILINE):
        assert f"make {target}" in READMES["README.md"]


def test_every_decision_is_numbered_and_has_a_title() -> None:
    files = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
    for number, file in enumerate(files, 1):
        assert file.name.startswith(f"{number:04d}-")
        assert file.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_every_change_is_under_a_version_and_in_a_group() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    before, heading, rest = text.partition("## Unreleased\n\n")
    assert heading
    assert [line for line in before.splitlines() if line.startswith("- ")] == []
    unreleased = rest.partition("\n## ")[0].strip().splitlines()
    group = re.compile(r"- (?:Added|Changed|Fixed|Security): \S")
    assert [line for line in unreleased if not group.match(line)] == [], "see CHANGELOG's top"
    for version in re.findall(r"^## (.*)$", rest, re.MULTILINE):
        assert re.fullmatch(r"\d+\.\d+\.\d+, \d{4}-\d{2}-\d{2}", version)


def test_the_index_of_the_documentation_has_every_page() -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (REPOSITORY / "docs").glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([^)/#]+\.md)\)", index)) == pages


def test_every_package_is_in_the_architecture() -> None:
    """A package has a row of its own, or is named in the row of the one that it is in."""
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `((?:kb|pipelines)/[\w/]*)` \| (.*)$", text, re.MULTILINE))
    packages = (REPOSITORY / "kb").glob("*/**/__init__.py")
    folders = {one.parent.relative_to(REPOSITORY).as_posix() for one in packages}
    inside = {one for one in folders if one.startswith("kb/documents/converters/")}
    for folder in folders - inside - {"kb/pipelines"}:
        above, _, name = folder.rpartition("/")
        assert f"{folder}/" in rows or f"`{name}/`" in rows[f"{above}/"], folder
    for folder in rows:
        assert (REPOSITORY / folder).is_dir(), folder
