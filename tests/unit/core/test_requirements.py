"""Installed packages against what packages ask for, whatever lock file they came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.requirements import unmet


def install(folder: Path, name: str, version: str, *requires: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_version_that_fits_will_do(folder: Path) -> None:
    install(folder, "kbtop", "1.0", "kbpart>=2", "kbother>=1; python_version < '3'")
    install(folder, "kbpart", "2.7")
    assert unmet("kbtop") == []


def test_what_is_missing_or_too_old_is_named_also_further_down(folder: Path) -> None:
    install(folder, "kbtop", "1.0", "kbpart[fast]>=2", "kbgone")
    install(folder, "kbpart", "2.7", "kbdeep==3.*; extra == 'fast'", "kbslow; extra == 'slow'")
    install(folder, "kbdeep", "2.0")
    assert sorted(unmet("kbtop")) == [
        "kbdeep 2.0 where kbpart asks for ==3.*",
        "kbgone is missing",
    ]


def test_packages_that_need_each_other_end(folder: Path) -> None:
    install(folder, "kbtop", "1.0", "kbpart")
    install(folder, "kbpart", "1.0", "kbtop")
    assert unmet("kbtop") == []


def test_this_environment_has_what_kb_asks_for() -> None:
    assert unmet() == []
