"""The folder for what is unpacked: gone when its pool is closed, or when its owner was killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kb.documents.pool.scratch import Scratch, sweep_office_sockets
from kb.documents.pool.workers import ParsePool
from tests.unit.documents.samples import source

OWNER = """
import os, signal, tempfile
tempfile.tempdir = os.environ["FOLDER"]
from kb.documents.pool.scratch import Scratch
print(Scratch().path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    ParsePool().prepare()  # the fork server's own folder is not in the one of this test
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


@pytest.mark.process
def test_a_closed_pool_leaves_no_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with ParsePool(1) as pool:
        assert len(list(pool.results([source(tmp_path / "a.txt")]))) == 1
        assert len(list(folder.glob("kb-*"))) == 1
    assert list(folder.glob("kb-*")) == []


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_what_a_killed_process_left_is_deleted_by_the_next(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OWNER],
        capture_output=True,
        text=True,
        env={"FOLDER": str(folder), "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
    )
    left = Path(run.stdout.strip())
    assert left.parent == folder, run.stderr
    assert left.exists()
    living = Scratch()
    for path in (left, Path(living.path)):
        os.utime(path, (1, 1))
    Scratch().delete()
    assert (left.exists(), Path(living.path).exists()) == (False, True)
    living.delete()


def test_an_office_socket_is_swept_when_nobody_listens_at_it(tmp_path: Path) -> None:
    name = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_"
    dead, alive, other = tmp_path / f"{name}1", tmp_path / f"{name}2", tmp_path / f"{name}3"
    other.write_text("no socket")
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as two:
        one.bind(str(alive))
        one.listen()
        two.bind(str(dead))
        two.listen()
        two.close()
        sweep_office_sockets(tmp_path)
        assert sorted(tmp_path.iterdir()) == [alive, other]
