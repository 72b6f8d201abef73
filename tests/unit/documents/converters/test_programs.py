"""Programs that convert: named when they are missing, and never left behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.documents.converters.common import programs
from kb.documents.detect import detect
from kb.errors import DamagedDocument, LimitExceeded, MissingProgram
from kb.types import ElementKind
from tests.unit.documents.compound import compound
from tests.unit.documents.samples import parsed, texts

OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "WordDocument\0".encode("utf-16-le")
needs_libreoffice = pytest.mark.skipif(
    not shutil.which("soffice"), reason="LibreOffice is not installed"
)


def fake_office(folder: Path, script: str) -> str:
    """A PATH on which soffice is this shell script."""
    program = folder / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{program.parent}:/usr/bin:/bin"


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def ends(pid: int) -> bool:
    for _ in range(100):
        if not is_running(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("kind", ["doc", "ppt"])
def test_without_libreoffice_the_failure_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("PATH", "")
    stream = {"doc": "WordDocument", "ppt": "PowerPoint Document"}[kind]
    data = OLD_WORD[:1008] + f"{stream}\0".encode("utf-16-le")
    with pytest.raises(MissingProgram) as caught:
        parsed(tmp_path / f"a.{kind}", data)
    assert "soffice" in caught.value.why
    assert caught.value.hint == f"install LibreOffice, or save the file as .{kind}x"


@pytest.mark.parametrize(
    ("stream", "ending", "kind"),
    [("WordDocument", "wps", "doc"), ("PowerPoint Document", "dps", "ppt")],
)
def test_what_wps_office_writes_is_read_as_what_office_97_writes(
    stream: str, ending: str, kind: str
) -> None:
    assert detect(f"a.{ending}", compound({stream: bytes(2000)})).name == kind


@pytest.mark.process
@needs_libreoffice
def test_an_old_word_file_keeps_headings_and_tables(tmp_path: Path, shared: Path) -> None:
    data = (shared / "eval/docs-real/doc/R2R__doc.doc").read_bytes()
    document = parsed(tmp_path / "a.doc", data)
    assert texts(document, ElementKind.HEADING)[0] == "Lorem ipsum"
    assert texts(document, ElementKind.TABLE_ROW)
    assert texts(document, ElementKind.LIST_ITEM)


@pytest.mark.process
@needs_libreoffice
def test_a_damaged_old_word_file_is_a_named_failure(tmp_path: Path) -> None:
    with pytest.raises(DamagedDocument, match="cannot be converted"):
        parsed(tmp_path / "a.doc", OLD_WORD)


@pytest.mark.process
@needs_libreoffice
def test_a_conversion_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    parsed(tmp_path / "a.doc", (shared / "eval/docs-real/doc/unstructured__fake.doc").read_bytes())
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.process
def test_a_program_that_does_not_end_is_killed_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"sleep 600 & echo $! >{tmp_path}/child; echo $$ >{tmp_path}/pid; wait"
    monkeypatch.setenv("PATH", fake_office(tmp_path, script))
    monkeypatch.setattr(programs, "SECONDS", 1)
    with pytest.raises(LimitExceeded, match="takes too long"):
        parsed(tmp_path / "a.doc", OLD_WORD)
    for name in ("pid", "child"):
        assert ends(int((tmp_path / name).read_text()))


KILLED = """
import os, sys
from pathlib import Path
from kb.documents.pool.workers import ParsePool
from tests.unit.documents.compound import compound
from tests.unit.documents.samples import source
if __name__ == "__main__":
    with ParsePool(1, seconds_per_file=2, sandboxed=False) as pool:  # the program is no real one
        (failure,) = pool.results([source(Path(sys.argv[1]))])
    print(failure.reference)
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_program_ends_with_the_worker_that_started_it(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(OLD_WORD)
    (tmp_path / "killed.py").write_text(KILLED)
    path = fake_office(tmp_path, f"echo $$ >{tmp_path}/pid; exec sleep 600")
    run = subprocess.run(
        [sys.executable, str(tmp_path / "killed.py"), str(tmp_path / "a.doc")],
        capture_output=True,
        text=True,
        env={"PATH": path, "PYTHONPATH": ":".join([str(Path(__file__).parents[3]), *sys.path])},
        timeout=60,
        check=False,
    )
    assert run.stdout == "limit-exceeded\n", run.stderr
    assert ends(int((tmp_path / "pid").read_text()))


@pytest.mark.process
def test_a_program_has_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("the kernel gives no network namespaces away here")
    monkeypatch.setenv("PATH", fake_office(tmp_path, f"cat /proc/net/dev >{tmp_path}/devices"))
    with pytest.raises(DamagedDocument, match="cannot be converted"):
        parsed(tmp_path / "a.doc", OLD_WORD)
    devices = (tmp_path / "devices").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
