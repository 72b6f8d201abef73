"""What the sandbox promises, each part in a process of its own, without any other protection."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kb import sandbox
from kb.sandbox import landlock
from kb.sandbox.policy import Policy

HAS_FILES = landlock.version() >= landlock.FILES
needs_landlock = pytest.mark.skipif(not HAS_FILES, reason="the kernel has no Landlock (ABI 2)")


def in_a_new_process(code: str, *arguments: Path | str, cwd: Path | None = None) -> list[str]:
    """Runs code without the guard, and after it prints that none was there; its lines."""
    code = (
        "import errno, os, socket, sys\n"
        "from pathlib import Path\n"
        "from kb import sandbox\n"
        "from kb.sandbox import Policy, landlock\n"
        "def tried(attempt, *arguments):\n"
        "    try: attempt(*arguments)\n"
        "    except OSError as error: return errno.errorcode[error.errno]\n"
        "    return 'done'\n"
        f"{code}\nassert 'kb.egress' not in sys.modules, 'the sandbox has to hold alone'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_part_is_told_and_asking_changes_nothing() -> None:
    assert tuple(part.name for part in sandbox.available()) == sandbox.NAMES
    assert tuple(part.name for part in sandbox.in_force()) == sandbox.NAMES
    assert not any(part.in_force for part in sandbox.in_force())
    assert all(part.detail for part in sandbox.available())


@pytest.mark.process
def test_what_is_in_force_is_what_the_kernel_offers() -> None:
    seen = in_a_new_process(
        "before = sandbox.available()\nassert sandbox.enforce(Policy()) == sandbox.in_force()\n"
        "print(sandbox.in_force() == before)\n"
    )
    assert seen == ["True"]


@pytest.mark.process
@needs_landlock
def test_files_are_read_written_or_out_of_reach_as_the_policy_says(disk_path: Path) -> None:
    for name in ("source", "home", "elsewhere", "report"):
        (disk_path / name).mkdir()
        (disk_path / name / "file").write_text("text")
    seen = in_a_new_process(
        "base = Path(sys.argv[1])\n"
        "sandbox.enforce(Policy(read=(base / 'source', base / 'gone'), write=(base / 'home',),\n"
        "                     output=(base / 'report/file',)))\n"
        "for name in ('source', 'home', 'elsewhere', 'report'):\n"
        "    file = base / name / 'file'\n"
        "    print(name, tried(file.read_text), tried(file.write_text, 'x'),\n"
        "          tried((base / name / 'new').write_text, 'x'), tried(os.listdir, base / name),\n"
        "          tried(os.truncate, file, 0), tried(os.unlink, file))\n",
        disk_path,
    )
    no = "EACCES"
    assert seen == [
        f"source done {no} {no} done {no} {no}",
        "home done done done done done done",
        f"elsewhere {no} {no} {no} {no} {no} {no}",
        f"report {no} done {no} {no} done {no}",
    ]


@pytest.mark.process
@needs_landlock
def test_a_file_goes_from_one_folder_of_the_home_to_another(disk_path: Path) -> None:
    (disk_path / "draft").mkdir()
    (disk_path / "live").mkdir()
    (disk_path / "draft" / "one").write_text("text")
    seen = in_a_new_process(
        "base = Path(sys.argv[1])\nsandbox.enforce(Policy(write=(base,)))\n"
        "print(tried(os.link, base / 'draft/one', base / 'live/two'),\n"
        "      tried(os.rename, base / 'draft/one', base / 'live/one'))\n",
        disk_path,
    )
    assert seen == ["done done"]


@pytest.mark.process
@needs_landlock
def test_the_working_folder_is_not_readable_because_python_looks_for_modules_there(
    disk_path: Path,
) -> None:
    (disk_path / "secret").write_text("text")
    code = "sys.path.insert(0, os.getcwd())\nsandbox.enforce(Policy())\n"
    code += "print(tried(Path('secret').read_text))\nimport json.tool\n"
    assert in_a_new_process(code, cwd=disk_path) == ["EACCES"]


@pytest.mark.process
@needs_landlock
def test_an_older_kernel_is_asked_for_what_it_knows(disk_path: Path) -> None:
    # Landlock's version 2 has files and no ports; the system call is the same.
    (disk_path / "secret").write_text("text")
    seen = in_a_new_process(
        "from kb.sandbox import kernel\nkernel.forbid_new_privileges()\n"
        "landlock.restrict(Policy().files(), (), (), abi=landlock.FILES)\n"
        "print(tried(Path(sys.argv[1], 'secret').read_text),\n"
        "      tried(socket.create_connection, ('127.0.0.1', 9)))\n",
        disk_path,
    )
    assert seen == ["EACCES ECONNREFUSED"]


@pytest.mark.process
@pytest.mark.skipif(
    landlock.version() < landlock.PORTS, reason="Landlock does not know ports (ABI 4)"
)
def test_who_serves_can_accept_at_its_port_and_neither_listen_at_another_nor_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outside = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 30)"
    seen = in_a_new_process(
        "port = int(sys.argv[1])\n"
        "out = os.pipe()\n"
        "if os.fork() == 0:\n"  # before the sandbox: whoever asks is outside
        "    os.read(out[0], 1)\n"
        f"    os.execv(sys.executable, [sys.executable, '-c', {outside!r}, sys.argv[1]])\n"
        "sandbox.enforce(Policy(bind=frozenset({port})))\n"
        "server = socket.create_server(('127.0.0.1', port))\n"
        "os.write(out[1], b'.')\n"
        "server.settimeout(30)\n"
        "print(server.accept()[1][0], tried(socket.create_connection, ('127.0.0.1', port)),\n"
        "      tried(socket.create_server, ('127.0.0.1', 0)))\nos.wait()\n",
        str(port),
    )
    assert seen == ["127.0.0.1 EACCES EACCES"]


@pytest.mark.process
@needs_landlock
def test_a_wall_that_would_hold_for_one_thread_alone_is_not_called_a_wall() -> None:
    seen = in_a_new_process(
        "import threading\n"
        "go, answers = threading.Event(), []\n"
        "def work():\n"
        "    go.wait()\n"
        "    answers.append(tried(socket.socket, socket.AF_INET, socket.SOCK_DGRAM))\n"
        "thread = threading.Thread(target=work)\nthread.start()\n"
        "parts = {part.name: part for part in sandbox.enforce(Policy())}\n"
        "go.set()\nthread.join()\n"
        "print(parts['landlock-files'].in_force, parts['landlock-tcp'].in_force)\n"
        "print('threads run already' in parts['landlock-files'].detail)\n"
        "print(parts['seccomp-datagrams'].in_force, *answers)\n"
    )
    assert seen == ["False False", "True", "True EACCES"]


def test_rights_on_a_path_that_is_named_twice_add_up() -> None:
    rights = Policy(read=(Path("/x"),), write=(Path("/x"),), output=(Path("/y"),)).files()
    assert rights[Path("/x")] == landlock.READ | landlock.WRITE
    assert not rights[Path("/y")] & landlock.READ
