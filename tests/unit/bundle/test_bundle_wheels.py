"""Which wheels a target needs, and kb's own wheel. Nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from kb import data_files
from kb.bundle.manifest import Target
from kb.bundle.starter import starter
from kb.bundle.target import (
    check_fit,
    platform_tags,
    requirements_for,
    target_for,
    this_machine,
    this_platform,
    with_glibc,
)
from kb.bundle.wheels import last_error, own_wheel
from kb.errors import UsageError

LINUX = Target("linux", "x86_64", "3.11.7", "2.28")
LOCK = """\
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
soupsieve==4.1.2 ; python_full_version >= '3.11.5' \\
    --hash=sha256:dd
pywin32==1 ; sys_platform == 'win32' \\
    --hash=sha256:ee
click==8.1 \\
    --hash=sha256:ff
"""


@pytest.mark.parametrize(
    ("python", "names"),
    [
        ("3.11.7", ["numpy==2.4.6", "soupsieve==4.1.2", "click==8.1"]),
        ("3.11", ["numpy==2.4.6", "click==8.1"]),
        ("3.12", ["numpy==2.5.5", "soupsieve==4.1.2", "click==8.1"]),
    ],
)
def test_the_targets_markers_decide_and_not_this_machines(python: str, names: list[str]) -> None:
    chosen = requirements_for(LOCK, target_for("manylinux_2_28_x86_64", python))
    assert [line.split()[0] for line in chosen] == names


def test_every_hash_of_a_requirement_goes_along() -> None:
    first = requirements_for(LOCK, LINUX)[0]
    assert first == "numpy==2.4.6 --hash=sha256:aa --hash=sha256:bb"


def test_the_projects_own_lock_file_is_understood() -> None:
    text = (data_files.shipped_folder() / data_files.LOCK).read_text()
    chosen = requirements_for(text, this_machine())
    assert len(chosen) > 100
    assert all("==" in line and "--hash=sha256:" in line for line in chosen)
    assert not any(";" in line for line in chosen)


def test_a_platform_takes_the_wheels_of_older_ones() -> None:
    tags = platform_tags("manylinux_2_17_aarch64")
    assert tags[0] == "manylinux_2_17_aarch64"
    assert {"manylinux_2_5_aarch64", "manylinux2014_aarch64", "linux_aarch64"} < set(tags)
    assert platform_tags("macosx_11_0_arm64") == ["macosx_11_0_arm64"]


@pytest.mark.parametrize("tag", ["", "windows", "x86_64", "manylinux", "../linux_x86_64"])
def test_what_is_no_platform_is_a_usage_error(tag: str) -> None:
    with pytest.raises(UsageError, match="is not a platform"):
        target_for(tag, "3.11")


@pytest.mark.parametrize("python", ["", "3", "2.7", "3.10", "four"])
def test_what_is_no_python_for_kb_is_a_usage_error(python: str) -> None:
    with pytest.raises(UsageError, match="not a version of Python"):
        target_for("manylinux_2_28_x86_64", python)


def test_the_oldest_glibc_is_the_newest_that_a_wheel_needs() -> None:
    wheels = (
        "a-1-py3-none-any.whl",
        "b-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        "c-1-cp311-abi3-manylinux_2_34_x86_64.manylinux_2_28_x86_64.whl",
    )
    assert with_glibc(this_machine(), wheels).glibc == "2.28"


@pytest.mark.parametrize(
    ("target", "here", "glibc"),
    [
        (LINUX, Target("linux", "aarch64", "3.11.7"), "2.36"),
        (LINUX, Target("macosx", "x86_64", "3.11.7"), ""),
        (LINUX, Target("linux", "x86_64", "3.12.0"), "2.36"),
        (LINUX, Target("linux", "x86_64", "3.11.2"), "2.36"),
        (LINUX, Target("linux", "x86_64", "3.11.7"), "2.27"),
        (LINUX, Target("linux", "x86_64", "3.11.7"), ""),
    ],
    ids=["machine", "system", "python", "older python", "older glibc", "no glibc"],
)
def test_a_bundle_for_another_machine_is_turned_down(
    target: Target, here: Target, glibc: str
) -> None:
    with pytest.raises(UsageError) as caught:
        check_fit(target, here, glibc)
    assert caught.value.exit_code == 2
    assert str(target) in caught.value.what


@pytest.mark.parametrize(("python", "glibc"), [("3.11.7", "2.28"), ("3.11.14", "2.41")])
def test_a_bundle_for_this_machine_or_an_older_one_fits(python: str, glibc: str) -> None:
    check_fit(LINUX, Target("linux", "x86_64", python), glibc)


def test_this_machine_fits_itself() -> None:
    check_fit(this_machine())
    check_fit(target_for(this_platform(), this_machine().python))


@pytest.mark.process
def test_kbs_own_wheel_holds_what_setuptools_would_put_in(tmp_path: Path) -> None:
    """The same files, documentation and lock file included; a new folder must be named twice."""
    source = tmp_path / "source"
    root = data_files.shipped_folder()
    for name in ("kb", "configs", "docs"):
        shutil.copytree(root / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (
        *root.glob("*.md"),
        *map(root.joinpath, ("pyproject.toml", data_files.LICENSE, data_files.LOCK)),
    ):
        shutil.copy(path, source)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "-w", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    theirs = next(tmp_path.glob("kb-*.whl"))
    with zipfile.ZipFile(theirs) as archive:
        wanted = {*archive.namelist()}
    theirs.unlink()
    with zipfile.ZipFile(own_wheel(tmp_path, data_files.shipped_files())) as archive:
        assert {*archive.namelist()} == wanted


def test_the_same_code_gives_the_same_wheel(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append(own_wheel(tmp_path / name, []).read_bytes())
    assert made[0] == made[1]


def test_the_pip_that_installs_a_bundle_is_a_locked_one() -> None:
    """The pip of the making machine may be too old for the target's Python: Debian 12's is."""
    lock = (data_files.shipped_folder() / data_files.LOCK).read_text("utf-8")
    assert [line for line in requirements_for(lock, LINUX) if line.startswith("pip==")]


# --- started by a bare Python ---------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        (Target("linux", "x86_64", "2.7.18"), "Python 2.7"),
        (replace(this_machine(), machine="vax"), "vax"),
    ],
)
def test_a_bundle_for_another_machine_says_so_before_it_imports_anything(
    tmp_path: Path, target: Target, complaint: str
) -> None:
    (tmp_path / "x.bundle").write_bytes(starter([], target))
    started = [sys.executable, str(tmp_path / "x.bundle"), "install"]
    done = subprocess.run(started, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    what, why, fix = done.stderr.splitlines()
    assert what == f"error: this bundle is for {complaint}"
    assert why.startswith("why:   here is ")
    assert fix.startswith("fix:   ")


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (["ERROR: No matching distribution", "note"], "ERROR: No matching distribution"),
        (
            ["ERROR: Exception:", "Traceback", "AttributeError: it broke"],
            "AttributeError: it broke",
        ),
        ([], "pip printed nothing"),
    ],
)
def test_of_what_pip_says_the_error_is_told(output: list[str], told: str) -> None:
    assert last_error(output) == told
