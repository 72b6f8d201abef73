"""The table "Who may write what" of SECURITY.md, tried by a worker that a document took over, and
by the process of the command that a text did."""

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
    """A run with a hostile worker: its exit code, and what that could do."""
    arguments = (*options, "ingest", str(folder / "docs"))
    return run("hostile_worker", folder, *arguments, **variables)


def run(module: str, folder: Path, *arguments: str, **variables: str) -> tuple[int, dict[str, str]]:
    """A command with a terminal around it: its exit code, and what was tried and came of it."""
    terminal, inner = pty.openpty()
    command = [sys.executable, "-m", f"tests.airgap.{module}", "--home", str(folder / "home")]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(folder), **variables}
    with subprocess.Popen(
        [*command, *arguments],
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


OWN_FILES = (
    "home/keys/bundle.key",
    "home/program/kb",
    "home/models/m.gguf",
    "home/chats/old.jsonl",
)
"""What a command must not write either, beside `place_for`."""


def home_for_a_command(folder: Path) -> tuple[Path, ...]:
    for name in OWN_FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")
    return (*place_for(folder), *(folder / name for name in OWN_FILES))


def hostile_command(folder: Path, *arguments: str, **variables: str) -> tuple[int, dict[str, str]]:
    home = str(folder / "home")
    return run("hostile_command", folder, *arguments, KB_HOSTILE_HOME=home, **variables)


def test_a_command_that_was_taken_over_writes_its_store_and_no_configuration(
    disk_path: Path,
) -> None:
    files = home_for_a_command(disk_path)
    before = [file.read_bytes() for file in files]
    for arguments in (("ingest", str(disk_path / "docs")), ("search", "text")):
        code, tried = hostile_command(disk_path, *arguments)
        assert code == 0, tried
        assert [name for name, came in tried.items() if came == "done"] == [
            "write in collections",
            "write in state",
            "write scratch",
        ]
        assert len(tried) > 20
        assert [file.read_bytes() for file in files] == before
    made = {file.name for file in (disk_path / "home").iterdir()}
    known = {"chats", "collections", "config.toml", "keys", "models", "program", "state"}
    assert made == known


def test_without_the_sandbox_a_command_that_was_taken_over_writes_the_configuration(
    disk_path: Path,
) -> None:
    """So the test above tests the sandbox."""
    home_for_a_command(disk_path)
    source = str(disk_path / "docs")
    _, tried = hostile_command(disk_path, "ingest", source, KB_EGRESS__SANDBOX="off")
    for name in ("write config", "read private key", "new file in home", "write key"):
        assert tried[name] == "done", name


def test_a_report_is_written_where_its_folder_cannot_be(disk_path: Path) -> None:
    """The file is made before the sandbox closes: beside it may lie anything, as here the
    configuration."""
    home_for_a_command(disk_path)
    hostile_command(disk_path, "ingest", str(disk_path / "docs"))
    questions = disk_path / "questions.jsonl"
    questions.write_text('{"id": "1", "question": "text?", "answers": ["text"], "source": "x"}\n')
    saved = disk_path / "home/run.json"
    arguments = ("eval", str(questions), "--retrieval-only", "--save", str(saved))
    code, tried = hostile_command(disk_path, *arguments)
    assert code == 0
    assert tried["write config"] == tried["new file in home"] == "EACCES"
    assert "kb eval run" in saved.read_text()


def test_purge_empties_an_evaluation_and_can_write_no_configuration(disk_path: Path) -> None:
    files = home_for_a_command(disk_path)
    (disk_path / "docs/letter.txt").write_text("The secret of the letter is forty-two.")
    hostile_command(disk_path, "ingest", str(disk_path / "docs"))
    told = disk_path / "home/report.html"
    told.write_text("<title>kb eval: x</title>The secret of the letter is forty-two.")
    chat = disk_path / "home/chats/old.jsonl"
    chat.write_text("The secret of the letter is forty-two.\n")
    command = [sys.executable, "-m", "tests.crash.stub_kb", "--home", str(disk_path / "home")]
    done = subprocess.run(
        [*command, "remove", "--purge", str(disk_path / "docs/letter.txt")],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(disk_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not told.read_bytes()
    assert not chat.exists()
    assert files[1].is_file(), "the configuration"


def test_what_earlier_versions_kept_in_the_home_folder_itself_is_moved(disk_path: Path) -> None:
    home_for_a_command(disk_path)
    line = (
        '{"time": "2026-11-25T02:15:04+00:00", "pid": 8, "command": "reindex", '
        '"event": "socket.connect", "destination": "telemetry.example:443"}\n'
    )
    (disk_path / "home/egress.jsonl").write_text(line)
    (disk_path / "home/models.json").write_text("{}")
    command = [sys.executable, "-m", "kb.cli", "--home", str(disk_path / "home")]
    shown = subprocess.run(
        [*command, "egress-report"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert "telemetry.example:443" in shown.stdout
    assert {file.name for file in (disk_path / "home/state").iterdir()} == {
        "egress.jsonl",
        "models.json",
    }
    assert not (disk_path / "home/egress.jsonl").exists()
