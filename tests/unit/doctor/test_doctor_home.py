"""What the doctor says of the home folder, with real owners, permissions and disks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.doctor.findings import Status
from tests.unit.doctor.samples import NOBODY, as_nobody, check, checks, context_of, filled

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    yield folder
    for top, _, _ in os.walk(folder):
        os.chmod(top, 0o700)


# --- the folder -----------------------------------------------------------------------


def test_a_home_of_ones_own_is_well(home: Path) -> None:
    found = check(context_of(home), "home-folder")
    assert found.status is Status.OK
    assert str(home) in found.detail


def test_a_home_that_is_not_there_yet_is_no_failure(tmp_path: Path) -> None:
    found = check(context_of(tmp_path / "none" / "yet"), "home-folder")
    assert found.status is Status.OK
    assert "kb ingest makes it" in found.detail


def test_a_home_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    context = context_of(closed / "home")
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = check(context, "home-folder")
    assert (found.status, found.exit_code) == (Status.FAILED, 5)
    assert "sudo install -d" in found.fix


def test_a_file_in_the_place_of_the_home_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    found = check(context_of(tmp_path / "home"), "home-folder")
    assert (found.status, found.exit_code) == (Status.FAILED, 5)


def test_a_home_that_may_not_be_written_names_owner_and_chown(home: Path, tmp_path: Path) -> None:
    home.chmod(0o555)
    context = context_of(home)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = check(context, "home-folder")
    assert (found.status, found.exit_code) == (Status.FAILED, 5)
    assert "may not read and write it" in found.detail
    assert "sudo chown -R" in found.fix


@only_root
def test_root_in_somebody_elses_home_is_warned(home: Path) -> None:
    os.chown(home, NOBODY, -1)
    found = check(context_of(home), "home-folder")
    assert found.status is Status.WARNING
    assert "sudo -u nobody kb doctor" in found.fix


# --- permissions ----------------------------------------------------------------------


def test_what_kb_writes_is_closed_to_others(home: Path) -> None:
    filled(home)
    found = check(context_of(home), "permissions")
    assert found.status is Status.OK, found.detail


def test_one_open_file_is_named_with_the_chmod(home: Path) -> None:
    catalog = filled(home) / "catalog.sqlite"
    catalog.chmod(0o640)
    found = check(context_of(home), "permissions")
    assert found.status is Status.WARNING
    assert str(catalog) in found.detail
    assert found.fix == f'chmod -R go-rwx "{home}"'


def test_the_models_folder_may_be_open_to_all(home: Path) -> None:
    context = context_of(home)
    context.models_folder = home / "models"
    context.models_folder.mkdir()
    (context.models_folder / "a.gguf").touch(0o644)
    assert check(context, "permissions").status is Status.OK


def test_the_program_that_a_bundle_put_into_the_home_folder_may_be_open_too(home: Path) -> None:
    program = home / "program" / "current"
    program.mkdir(parents=True, mode=0o755)
    (program / "kb.py").touch(0o644)
    assert check(context_of(home), "permissions").status is Status.OK


@only_root
def test_a_file_of_another_user_is_named_with_the_chown(home: Path) -> None:
    catalog = filled(home) / "catalog.sqlite"
    os.chown(catalog, NOBODY, -1)
    found = check(context_of(home), "permissions")
    assert (found.status, found.exit_code) == (Status.FAILED, 5)
    assert str(catalog) in found.detail
    assert found.fix.startswith("sudo chown -R root:")


def test_a_folder_that_cannot_be_listed_is_a_failure(home: Path, tmp_path: Path) -> None:
    filled(home)
    for top, _, _ in os.walk(home):
        os.chmod(top, 0o755)
    (home / "collections" / "default").chmod(0o000)
    context = context_of(home)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = [one for one in checks(context, "permissions") if one.status is Status.FAILED]
    assert [one.exit_code for one in found] == [5]
    assert "may not be read" in found[0].detail


# --- space ----------------------------------------------------------------------------


def test_there_is_room_for_the_index_and_for_what_is_unpacked(home: Path) -> None:
    found = checks(context_of(home), "free-space")
    assert len(found) == 2
    assert str(home) in found[0].detail


def test_less_than_64_mib_is_a_failure_and_less_than_a_gib_a_warning(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # tests/cli/test_doctor.py has a disk that is really full.
    def free(mebibytes: int) -> None:
        usage = (1 << 40, 0, mebibytes << 20)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(*usage))

    free(63)
    found = checks(context_of(home), "free-space")
    assert {(one.status, one.exit_code) for one in found} == {(Status.FAILED, 5)}
    free(65)
    assert {one.status for one in checks(context_of(home), "free-space")} == {Status.WARNING}


class Usage:
    def __init__(self, total: int, used: int, free: int) -> None:
        self.free = free
