"""What holds for every check: documented, never raising, with a fix that exists."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import click
import pytest

import kb.doctor
from kb.cli.main import cli
from kb.doctor import (
    CHECKS,
    GRAVITY,
    Check,
    CheckResult,
    DoctorContext,
    Status,
    exit_code,
    run_checks,
)
from kb.errors import KbError, UsageError
from tests.unit.core.test_documentation import REPOSITORY, table
from tests.unit.doctor.samples import as_nobody, context_of, filled

SOURCES = [*Path(kb.doctor.__file__).parent.glob("*.py")]


def broken(code: int, status: Status = Status.FAILED) -> CheckResult:
    return CheckResult("group", "name", status, "detail", "fix", code)


# --- the page -------------------------------------------------------------------------


def test_docs_doctor_md_lists_every_check_in_the_order_of_the_code() -> None:
    text = (REPOSITORY / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert [*table(text, "check")] == [one.name for one in CHECKS]


def test_the_page_lists_every_status_and_the_order_of_gravity() -> None:
    text = (REPOSITORY / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert {*table(text, "status")} == {status.value for status in Status}
    sentence = text.split("first 7", 1)[1].split("Where the", 1)[0]
    assert (7, *map(int, re.findall(r"(?<!\w)\d(?!\w)", sentence))) == GRAVITY


# --- the exit code --------------------------------------------------------------------


def test_warnings_and_what_was_skipped_leave_the_exit_code_at_0() -> None:
    assert exit_code([broken(0, status) for status in Status if status is not Status.FAILED]) == 0


def test_the_gravest_failure_decides() -> None:
    for place, code in enumerate(GRAVITY):
        assert exit_code(map(broken, reversed(GRAVITY[place:]))) == code


# --- the fixes ------------------------------------------------------------------------


def fixes() -> list[str]:
    """Every text in the doctor's code that is handed over as a fix."""
    found: list[ast.AST] = []
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name("warning" | "failed"), args=[_, fix, *_]):
                    found.append(fix)
                case ast.keyword(arg="hint", value=fix):
                    found.append(fix)
                case ast.Assign(targets=[ast.Name("fix")], value=fix):
                    found.append(fix)
    parts = (part for node in found for part in ast.walk(node))
    return [it.value for it in parts if isinstance(it, ast.Constant) and isinstance(it.value, str)]


def test_every_kb_command_that_a_fix_names_is_there() -> None:
    context = click.Context(cli)
    options = {name for option in cli.params for name in option.opts}
    named = [
        match
        for text in fixes()
        for match in re.findall(r"\bkb ((?:-{1,2}[a-z]+ ?)(?:[A-Z]+ ?)?)?([a-z-]*)", text)
    ]
    commands = [word for _, word in named if word not in ("", "as", "on")]
    assert {word for word in commands if cli.get_command(context, word) is None} == set()
    assert {option.split()[0] for option, _ in named if option} <= options
    assert {"ingest", "doctor", "reindex"} <= {*commands}


def test_whatever_is_not_well_has_a_fix_and_whatever_is_well_has_none(tmp_path: Path) -> None:
    filled(tmp_path / "home")
    (tmp_path / "home" / "collections" / "default" / "CURRENT").write_text("rubbish")
    context = context_of(tmp_path / "home", models__engine="ollama", models__host=["127.0.0.1:1"])
    found = [*run_checks(context)]
    assert {one.name for one in found} == {one.name for one in CHECKS}
    for one in found:
        assert bool(one.fix) is (one.status in (Status.WARNING, Status.FAILED)), one
        assert bool(one.exit_code) is (one.status is Status.FAILED), one
        assert one.detail
        assert "\n" not in one.detail + one.fix
    assert exit_code(found) == 7


# --- whoever asks ---------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_is_told_whose_home_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    filled(home)
    home.chmod(0o700)
    # This first run also imports whatever is imported on the way.
    assert exit_code(run_checks(context_of(home))) == 8
    context = context_of(home)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = {one.name: one for one in run_checks(context)}
    assert exit_code(found.values()) == 5
    assert "belongs to root, and nobody may not read and write it" in found["home-folder"].detail
    assert "sudo -u root kb doctor" in found["home-folder"].fix
    assert not [one for one in found.values() if "could not be examined" in one.detail]


# --- nothing gets out -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("what", why="why", hint="fix"), 2),
        (PermissionError(13, "Permission denied", "/some/place"), 5),
        (OSError(5, "Input/output error"), 5),
        (ZeroDivisionError("a bug"), 1),
    ],
)
def test_a_check_that_raises_has_failed(tmp_path: Path, error: Exception, code: int) -> None:
    def breaks(_: DoctorContext) -> list[object]:
        raise error

    [found] = run_checks(context_of(tmp_path), (Check("group", "name", breaks),))  # type: ignore[arg-type]
    assert (found.status, found.exit_code) == (Status.FAILED, code)
    assert found.fix


def test_without_a_configuration_the_machine_is_examined_all_the_same() -> None:
    error: KbError = UsageError("unknown key", why="misspelt", hint="correct it")
    found = {one.name: one for one in run_checks(error)}
    assert (found["configuration"].exit_code, found["configuration"].fix) == (2, "correct it")
    assert found["python"].status is Status.OK
    assert found["home-folder"].status is Status.SKIPPED
