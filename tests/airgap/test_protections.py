"""The protections of SECURITY.md, each alone: (a) in Python, (b) in the kernel, (c) of a service.

(b) is tried with the guard (a) not there at all, from Python's own C calls and from a program that
was never Python.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb import sandbox
from tests.airgap.phoning_parser import DESTINATION
from tests.commands import REPOSITORY, Kb

missing = [part.name for part in sandbox.available() if not part.in_force]
needs_the_kernel = pytest.mark.skipif(bool(missing), reason=f"this kernel lacks {missing}")


# --- (a) the guard in Python ----------------------------------------------------------


def test_a_plugin_that_phones_home_in_a_worker_is_refused_logged_and_reported(
    disk_path: Path,
) -> None:
    (disk_path / "a.txt").write_text("text")
    home = disk_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "tests.airgap.phoning_parser"]
    done = subprocess.run(
        [*command, str(home), str(disk_path / "a.txt")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.split() == ["egress-refused"], "the file is a failure and says why"
    assert f"egress blocked: socket.getaddrinfo to {DESTINATION}" in done.stderr
    report = Kb(home, config="default.toml")("egress-report", "--json").json
    assert [(one["command"], one["destination"]) for one in report["refusals"]] == [
        ("ingest (worker)", DESTINATION)
    ]


def test_the_guard_holds_where_the_kernels_wall_is_off(disk_path: Path) -> None:
    kb = Kb(disk_path, config="default.toml", variables={"KB_EGRESS__SANDBOX": "off"})
    report = kb("egress-report", "--json").json
    assert not any(part["in_force"] for part in report["walls"])
    assert report["held"]
    assert len(report["self_test"]) == 3


# --- (b) the sandbox -----------------------------------------------------------------


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Two ports on loopback at which somebody listens."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        yield one.getsockname()[1], two.getsockname()[1]


@pytest.fixture
def places(disk_path: Path) -> tuple[Path, Path]:
    """A secret of another folder, and a file of a source."""
    secret, source = disk_path / "other-home" / "secret", disk_path / "docs" / "a.txt"
    for file in (secret, source):
        file.parent.mkdir()
        file.write_text("text")
    return secret, source


INSIDE = """
import subprocess, sys
from pathlib import Path
from kb import sandbox
allowed, secret, source = int(sys.argv[1]), Path(sys.argv[3]), Path(sys.argv[4])
policy = sandbox.Policy(read=(source.parent, {program}), connect=frozenset({{allowed}}))
assert all(part.in_force for part in sandbox.enforce(policy)), sandbox.in_force()
assert "kb.egress" not in sys.modules, "the guard must not be what refuses"
subprocess.run([{program}, *sys.argv[1:]], check=True)
"""


@needs_the_kernel
def test_a_compiled_program_started_inside_leaves_by_no_way(
    disk_path: Path, ports: tuple[int, int], places: tuple[Path, Path]
) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    program = disk_path / "docs" / "leaving"
    code = Path(__file__).with_name("leaving.c")
    subprocess.run([compiler, "-O1", "-o", str(program), str(code)], check=True)
    arguments = [str(one) for one in (*ports, *places)]
    free = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    assert attempts(free.stdout)["other"] == 0, "nothing holds it back without the sandbox"
    assert attempts(free.stdout)["udp"] == 0
    # The loader starts it: a program in a source may be read and not run.
    loader = next(Path("/lib64").glob("ld-linux*.so.*"), None)
    if loader is None:
        pytest.skip("the dynamic loader is not where it usually lies")
    inside = INSIDE.format(program=f"{str(program)!r}")
    refused = subprocess.run(
        [sys.executable, "-c", inside, *arguments], capture_output=True, text=True, check=False
    )
    assert "PermissionError" in refused.stderr, "what lies in a source is not run"
    inside = inside.replace("subprocess.run([", f"subprocess.run([{str(loader)!r}, ")
    confined = subprocess.run(
        [sys.executable, "-c", inside, *arguments], capture_output=True, text=True, check=False
    )
    assert confined.returncode == 0, confined.stderr
    found = attempts(confined.stdout)
    assert found.pop("allowed") == 0
    assert found == dict.fromkeys(found, errno.EACCES)
    assert len(found) >= 14


def attempts(text: str) -> dict[str, int]:
    """`leaving`'s lines: what was tried, and its errno."""
    return {line.split()[0]: int(line.split()[1]) for line in text.splitlines()}


PAST_PYTHON = """
import ctypes, json, os, socket, sys
from pathlib import Path
libc = ctypes.CDLL(None, use_errno=True)
def past_python(port):
    made = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = socket.AF_INET.to_bytes(2, sys.byteorder) + port.to_bytes(2, "big")
    address += socket.inet_aton("127.0.0.1") + bytes(8)
    return ctypes.get_errno() if libc.connect(made, address, len(address)) else 0
def datagram(port):
    made = libc.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
    if made < 0:
        return ctypes.get_errno()
    address = socket.AF_INET.to_bytes(2, sys.byteorder) + port.to_bytes(2, "big")
    address += socket.inet_aton("127.0.0.1") + bytes(8)
    return ctypes.get_errno() if libc.sendto(made, b"x", 1, 0, address, len(address)) < 0 else 0
port, other = map(int, sys.argv[1:3])
print(json.dumps([past_python(port), past_python(other), datagram(other)]))
"""


@needs_the_kernel
def test_calls_that_python_never_sees_are_stopped_in_the_process_and_in_its_children(
    ports: tuple[int, int],
) -> None:
    arguments = [str(port) for port in ports]
    free = subprocess.run(
        [sys.executable, "-c", PAST_PYTHON, *arguments], capture_output=True, text=True, check=True
    )
    assert free.stdout.split() == ["[0,", "0,", "0]"]
    confined = (
        "import subprocess, sys\nfrom kb import sandbox\n"
        "sandbox.enforce(sandbox.Policy(connect=frozenset({int(sys.argv[1])})))\n"
        f"code = {PAST_PYTHON!r}\nexec(code)\nsys.stdout.flush()\n"
        "assert 'kb.egress' not in sys.modules, 'the guard must not be what refuses'\n"
        "subprocess.run([sys.executable, '-S', '-c', code, *sys.argv[1:]], check=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", confined, *arguments], capture_output=True, text=True, check=True
    )
    expected = f"[0, {errno.EACCES}, {errno.EACCES}]"
    assert done.stdout.splitlines() == [expected, expected]


@needs_the_kernel
def test_documents_go_in_are_found_and_measured_behind_the_wall(
    disk_path: Path, models_folder: Path
) -> None:
    docs, reports = disk_path / "docs", disk_path / "reports"
    docs.mkdir()
    reports.mkdir()
    (docs / "zh.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    (docs / "pump.rtf").write_text(r"{\rtf1\ansi The X200-65 pump weighs 187 kg. It is blue.}")
    kb = Kb(disk_path / "home", models_folder)
    taken = kb("--require-sandbox", "ingest", str(docs), "--json")
    assert taken.code == 0, taken.err
    assert taken.json["added"] == 2, "one of them went through pandoc"
    (docs / "new.txt").write_text("关羽的电话号码是u111111111。", encoding="utf-8")
    again = kb("--require-sandbox", "reindex", "--json")
    assert again.json["added"] == 1, "a source is known from the ingest before"
    found = kb("--require-sandbox", "search", "pump weight", "--json")
    assert "187 kg" in found.json["hits"][0]["text"]
    questions = disk_path / "questions.jsonl"
    questions.write_text(
        '{"id": "1", "question": "张飞的电话", "answers": ["u987438274"], "source": "zh.txt", '
        '"answerable": true}\n',
        encoding="utf-8",
    )
    page = reports / "report.html"
    measured = ("eval", str(questions), "--retrieval-only", "--report", str(page))
    assert kb("--require-sandbox", *measured).code == 0
    assert "<html" in page.read_text(encoding="utf-8"), "a report lies where the command says"
    report = kb("--require-sandbox", "egress-report", "--json").json
    assert report["held"]
    assert len(report["self_test"]) == 5
    assert report["refusals"] == []


@needs_the_kernel
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_converts_behind_the_wall(
    disk_path: Path, models_folder: Path, shared: Path
) -> None:
    kb = Kb(disk_path / "home", models_folder)
    source = shared / "eval" / "docs-real" / "doc" / "unstructured__fake-doc-emphasized-text.doc"
    taken = kb("--require-sandbox", "ingest", str(source), "--json")
    assert taken.code == 0, taken.err
    assert taken.json["added"] == 1


def test_a_command_that_runs_outside_says_so_where_the_wall_is_required(disk_path: Path) -> None:
    done = Kb(disk_path / "home")("--require-sandbox", "models", "fetch-demo")
    assert done.code == 9
    assert "pip" in done.err


def test_what_is_required_and_cannot_be_put_in_force_is_refused(disk_path: Path) -> None:
    # A process that is not kb's own is never confined; so it may not pretend to be.
    code = (
        "import sys; from kb.cli.main import run\n"
        "sys.exit(run(['--home', sys.argv[1], '--require-sandbox', 'status']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(disk_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 9
    assert "not in force" in done.stderr


@needs_the_kernel
def test_a_users_temporary_folder_is_not_taken_from_somebody_else(disk_path: Path) -> None:
    trap = disk_path / f"kb-{os.getuid()}"
    trap.symlink_to(disk_path / "elsewhere")
    (disk_path / "elsewhere").mkdir()
    kb = Kb(disk_path / "home", variables={"TMPDIR": str(disk_path)})
    assert kb("--require-sandbox", "status").code == 0
    assert list((disk_path / "elsewhere").iterdir()) == []


# --- (c) the units --------------------------------------------------------------------

DROP_IN = REPOSITORY / "configs" / "systemd" / "kb-hardening.conf"
SERVICE = """[Unit]
Description=kb
[Service]
Type=oneshot
User=kb
ExecStart=/usr/bin/env true
"""


def test_the_hardened_unit_is_accepted_and_little_exposed(disk_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    unit = disk_path / "kb-reindex.service"
    shipped = DROP_IN.with_name("kb-reindex.service")
    unit.write_text(shipped.read_text() if shipped.exists() else SERVICE)
    (disk_path / "kb-reindex.service.d").mkdir()
    shutil.copy(DROP_IN, disk_path / "kb-reindex.service.d" / "hardening.conf")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "hardening.conf" not in verified.stderr, verified.stderr
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-300:]
