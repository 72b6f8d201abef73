"""The table "Who may write what" of SECURITY.md, tried by a worker that a document took over."""

from __future__ import annotations

import os
import platform
import pty
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kb import sandbox
from tests.airgap.hostile_worker import MARK
from tests.commands import REPOSITORY

missing = [part.name for part in sandbox.available() if not part.in_force]
pytestmark = [
    pytest.mark.skipif(bool(missing), reason=f"this kernel lacks {missing}"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the attacks have its numbers"),
]


def place_for(folder: Path) -> tuple[Path, ...]:
    """What a worker must not change, beside the folder that is ingested."""
    files = ("docs/bad.txt", "home/config.toml", "home/keys/bundle.pub", "named.toml", "secret")
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("" if name.endswith(".toml") else "text")
        (folder / name).chmod(0o600)
    (folder / "docs/good.txt").write_text("Another text.")
    return tuple(folder / name for name in files)


def ingest(folder: Path, *options: str, **variables: str) -> tuple[int, dict[str, str]]:
    """A run with a terminal around it: its exit code, and what the worker could do."""
    terminal, inner = pty.openpty()
    command = [sys.executable, "-m", "tests.airgap.hostile_worker", "--home", str(folder / "home")]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(folder), **variables}
    with subprocess.Popen(
        [*command, *options, "ingest", str(folder / "docs")],
        stdin=inner,
        stdout=subprocess.DEVNULL,
        stderr=inner,
        cwd=REPOSITORY,
        env=environment,
    ) as process:
        os.close(inner)
        seen = b""
        try:
            while block := os.read(terminal, 1 << 16):
                seen += block
        except OSError:
            pass  # the other side is closed
        code = process.wait(60)
    os.close(terminal)
    found = dict(re.findall(f"{MARK}([^=\r\n]+)=([^;\r\n]*);", seen.decode()))
    assert found, seen
    return code, found


def test_a_worker_that_was_taken_over_changes_nothing_and_reads_the_sources_alone(
    disk_path: Path,
) -> None:
    files = place_for(disk_path)
    before = [(file.read_bytes(), file.stat()) for file in files]
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(disk_path / "daemon"))
        daemon.listen()
        code, tried = ingest(disk_path, "--config", str(disk_path / "named.toml"))
    assert code == 0, tried
    assert tried.pop("terminals") == "[]"
    assert [name for name, came in tried.items() if came == "done"] == [
        "read source",
        "write scratch",
    ]
    assert len(tried) > 35
    for file, (content, status) in zip(files, before, strict=True):
        assert file.read_bytes() == content
        now = file.stat()
        assert (now.st_mode, now.st_mtime_ns) == (status.st_mode, status.st_mtime_ns)
    assert not (disk_path / "home/kb.toml").exists()


def test_where_the_sandbox_is_turned_off_the_same_attempts_succeed(disk_path: Path) -> None:
    """So the test above tests the sandbox."""
    place_for(disk_path)
    _, tried = ingest(disk_path, KB_EGRESS__SANDBOX="off")
    for name in ("write config", "chmod secret", "read key", "write source"):
        assert tried[name] == "done"
    assert tried["terminals"] == "[]", "these descriptors are taken away without the kernel"
