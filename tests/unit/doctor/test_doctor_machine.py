"""What the doctor says of the machine: Python, packages, clock, kernel, programs."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kb import sandbox
from kb.doctor import documents, kernel, machine
from kb.doctor.findings import Status
from kb.documents.converters.common import pandoc
from tests.unit.doctor.samples import check, context_of, filled

LOCK = f"""
click==8.3.1 \\
    --hash=sha256:{"a" * 64}
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{"b" * 64}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{"c" * 64}
rich==14.0.0 \\
    --hash=sha256:{"d" * 64}
"""


# --- Python and packages --------------------------------------------------------------


def test_this_python_will_do_and_an_old_one_will_not() -> None:
    assert machine.python().status is Status.OK
    old = machine.python((3, 10, 14))
    assert (old.status, old.exit_code) == (Status.FAILED, 2)
    assert "3.10.14" in old.detail


def test_the_packages_of_this_environment_are_as_locked() -> None:
    found = machine.packages()
    assert found.status is Status.OK, found.detail
    assert "requirements.lock" in found.detail


@pytest.mark.parametrize(
    ("there", "complaint"),
    [
        ({"click": "8.1.0", "numpy": "2.5.5", "rich": "14.0.0"}, "click 8.1.0 instead of 8.3.1"),
        ({"click": "8.3.1", "numpy": "2.5.5"}, "rich is missing"),
        ({"click": "8.3.1", "numpy": "1.0", "rich": "14.0.0"}, "numpy 1.0 instead of 2.4.6 or"),
    ],
)
def test_another_version_will_do_where_it_fits_and_else_the_way_back_is_named(
    tmp_path: Path, there: dict[str, str], complaint: str
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    fits = machine.packages(lock, there, unmet=list)
    assert fits.status is Status.OK  # a wheel that pip or uv installed, with what it asks for
    assert complaint in fits.detail
    found = machine.packages(lock, there, unmet=lambda: ["rich is missing"])
    assert (found.status, found.exit_code) == (Status.FAILED, 2)
    assert "rich is missing" in found.detail
    assert f'--require-hashes --no-deps -r "{lock}"' in found.fix


def test_a_package_for_another_python_need_not_be_there(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    assert machine.packages(lock, {"click": "8.3.1", "rich": "14.0.0"}).status is Status.OK


def test_a_package_that_an_old_pip_installed_has_its_version_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`setup.py install` leaves an .egg-info folder behind, as Debian 12's pip does."""
    monkeypatch.syspath_prepend(str(tmp_path))
    info = tmp_path / "oldfashioned-1.0.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: oldfashioned\nVersion: 1.0\n")
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"oldfashioned==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    assert machine.packages(lock).status is Status.OK


@pytest.mark.skipif(sys.platform != "linux", reason="llama.cpp's wheel for Linux needs it")
def test_openmp_is_there_and_where_it_is_not_its_package_is_named() -> None:
    assert machine.openmp().status is Status.OK
    gone = machine.openmp("libgomp-that-is-not-there.so.1")
    assert (gone.status, gone.exit_code) == (Status.FAILED, 8)
    assert "apt-get install libgomp1" in gone.fix


# --- the clock ------------------------------------------------------------------------


def test_the_clock_is_right_as_far_as_kb_can_tell(tmp_path: Path) -> None:
    filled(tmp_path / "home")
    assert check(context_of(tmp_path / "home"), "clock").status is Status.OK


def test_a_clock_before_the_installation_or_the_last_commit_is_a_warning(tmp_path: Path) -> None:
    assert "installed" in check(context_of(tmp_path / "home", now=86_400.0), "clock").detail
    filled(tmp_path / "home")
    context = context_of(tmp_path / "home", now=86_400.0)
    assert "live generation" in check(context, "clock").detail
    assert check(context, "clock").status is Status.WARNING
    assert "sudo date -s" in check(context, "clock").fix


# --- the kernel -----------------------------------------------------------------------


@pytest.mark.parametrize("name", sandbox.NAMES)
def test_each_part_of_the_wall_is_reported_as_the_kernel_offers_it(
    tmp_path: Path, name: str
) -> None:
    part = next(one for one in sandbox.available() if one.name == name)
    found = check(context_of(tmp_path / "home"), name)
    assert found.detail == part.detail
    assert found.status is (Status.OK if part.in_force else Status.WARNING)


def test_a_part_that_the_kernel_lacks_is_a_warning_that_says_what_to_boot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = tuple(sandbox.Part(name, False, "it has none") for name in sandbox.NAMES)
    monkeypatch.setattr(sandbox, "available", lambda: without)
    for name in sandbox.NAMES:
        found = kernel.part(name)()
        assert (found.status, found.detail) == (Status.WARNING, "it has none")
        assert found.fix


def test_a_wall_that_is_required_and_cannot_be_had_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    assert check(context_of(home, {"egress.sandbox": "off"}), "sandbox").status is Status.WARNING
    without = tuple(sandbox.Part(name, False, "it has none") for name in sandbox.NAMES)
    monkeypatch.setattr(sandbox, "available", lambda: without)
    assert check(context_of(home), "sandbox").status is Status.OK
    found = check(context_of(home, {"egress.sandbox": "require"}), "sandbox")
    assert (found.status, found.exit_code) == (Status.FAILED, 9)


@pytest.mark.process
def test_namespaces_are_tried_and_a_refusal_is_a_warning_with_the_switches() -> None:
    assert kernel.namespaces().status in (Status.OK, Status.WARNING)
    refused = kernel.namespaces("import os, sys; sys.exit(os.strerror(1))")
    assert refused.status is Status.WARNING
    assert "Operation not permitted" in refused.detail
    assert "user.max_user_namespaces" in refused.fix


# --- documents ------------------------------------------------------------------------


def test_the_models_of_the_text_recognition_are_there() -> None:
    assert "3 models of rapidocr" in documents.ocr().detail


def installed(folder: Path, content: bytes, size: int) -> None:
    """A package as pip leaves it behind, with one model that RECORD says is so large."""
    (folder / "ocrlike" / "models").mkdir(parents=True)
    (folder / "ocrlike" / "models" / "reads.onnx").write_bytes(content)
    info = folder / "ocrlike-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ocrlike\nVersion: 1.0\n")
    digest = hashlib.sha256(content).hexdigest()
    (info / "RECORD").write_text(f"ocrlike/models/reads.onnx,sha256={digest},{size}\n")


def test_a_model_that_is_cut_off_or_gone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    installed(tmp_path, b"weights", size=7)
    assert documents.ocr("ocrlike").status is Status.OK
    (tmp_path / "ocrlike" / "models" / "reads.onnx").write_bytes(b"weig")
    cut = documents.ocr("ocrlike")
    assert (cut.status, cut.exit_code) == (Status.FAILED, 3)
    assert "reads.onnx" in cut.detail
    (tmp_path / "ocrlike" / "models" / "reads.onnx").unlink()
    assert documents.ocr("ocrlike").status is Status.FAILED
    assert "not installed" in documents.ocr("no-such-package").detail


def test_libreoffice_is_found_on_path_and_missed_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    without = documents.libreoffice()
    assert without.status is Status.WARNING
    assert "apt-get install libreoffice" in without.fix
    (tmp_path / "soffice").write_text("#!/bin/sh\n")
    (tmp_path / "soffice").chmod(0o755)
    assert documents.libreoffice().status is Status.OK


@pytest.mark.process
def test_pandoc_is_there_and_one_that_is_not_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert documents.pandoc().status is Status.OK
    gone_program = replace(pandoc.PANDOC, find=lambda: str(tmp_path / "pandoc"))
    monkeypatch.setattr(pandoc, "PANDOC", gone_program)
    gone = documents.pandoc()
    assert (gone.status, gone.exit_code) == (Status.FAILED, 3)
