"""`kb doctor` as a user runs it: what it prints, its exit code, and that it changes nothing."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from kb.doctor import CHECKS
from tests.commands import Done, Kb
from tests.meanwhile import ended
from tests.unit.doctor.samples import CHAT, EMBEDDING, add_model, filled

SIGNS = {"✓": "ok", "!": "warning", "✗": "failed", "-": "skipped"}


def kb_on(home: Path, **variables: str) -> Kb:
    """The embedded engine with two small models beside the home folder."""
    models = home.parent / "models"
    if not models.exists():
        add_model(models, EMBEDDING, embeds=True, digest="ab" * 32)
        add_model(models, CHAT)
    usual = {
        "KB_MODELS__ENGINE": "embedded",
        "KB_MODELS__EMBEDDING": EMBEDDING,
        "KB_MODELS__CHAT": CHAT,
        "KB_MODELS__FOLDER": str(models),
        "OLLAMA_MODELS": str(home.parent / "store"),
    }
    return Kb(home, config="default.toml", variables={**usual, **variables})


def by_name(done: Done) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in done.json["checks"]}


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything about every file and folder that somebody could notice, but for reading times."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (
            *(content, status.st_mtime_ns, status.st_ctime_ns, status.st_mode, status.st_nlink),
        )
    return found


# --- what it prints -------------------------------------------------------------------


def test_an_empty_home_is_no_failure_and_stays_empty(tmp_path: Path) -> None:
    done = kb_on(tmp_path / "home")("doctor", "--json")
    assert done.code == 0
    assert not (tmp_path / "home").exists()
    assert [*by_name(done)] == [one.name for one in CHECKS]
    for check in done.json["checks"]:
        assert set(check) == {"name", "status", "detail", "fix"}
        assert check["status"] in SIGNS.values()


def test_people_get_one_line_a_check_and_the_fix_below_it(tmp_path: Path) -> None:
    kb = kb_on(tmp_path / "home", KB_MODELS__CHAT="not-there:1b")
    done = kb("doctor")
    assert done.code == 8
    assert "\x1b" not in done.out
    lines = done.out.splitlines()
    shown = [match for line in lines if (match := re.match(r"  (\S) (\S+) +(\S.*)", line))]
    machine = kb("doctor", "--json").json["checks"]
    assert [(SIGNS[it[1]], it[2]) for it in shown] == [
        (check["status"], check["name"]) for check in machine
    ]
    at = next(place for place, line in enumerate(lines) if "chat-model" in line)
    assert lines[at].startswith("  ✗ chat-model")
    assert lines[at + 1].startswith("      fix: put its GGUF file into the models folder: kb mod")
    assert re.fullmatch(r"\d+ ok, \d+ warning, 1 failed, \d+ skipped", lines[-1])


def test_a_whole_collection_is_well(tmp_path: Path) -> None:
    filled(tmp_path / "home")
    done = kb_on(tmp_path / "home")("doctor", "--json")
    assert done.code == 0, done.out
    found = by_name(done)
    assert {found[name]["status"] for name in ("catalog", "vectors", "embedding-model")} == {"ok"}


# --- exit codes -----------------------------------------------------------------------


def test_a_damaged_home_is_7_whatever_else_failed(tmp_path: Path) -> None:
    (filled(tmp_path / "home") / "catalog.sqlite").write_bytes(b"rubbish")
    done = kb_on(tmp_path / "home", KB_MODELS__CHAT="not-there:1b")("doctor", "--json")
    assert done.code == 7
    found = by_name(done)
    assert found["generation"]["status"] == found["chat-model"]["status"] == "failed"
    assert "kb check --repair" in found["generation"]["fix"]


@pytest.mark.parametrize(
    ("variables", "code", "name"),
    [
        ({"KB_MODELS__HOTS": "x"}, 2, "configuration"),
        ({"KB_EGRESS__ALLOW": "nowhere"}, 2, "configuration"),
        ({"KB_MODELS__CHAT": "not-there:1b"}, 8, "chat-model"),
        ({"KB_MODELS__ENGINE": "ollama", "KB_MODELS__HOST": "192.0.2.7"}, 9, "destinations"),
    ],
    ids=lambda given: str(given) if isinstance(given, int) else "",
)
def test_the_exit_code_is_that_of_what_failed(
    tmp_path: Path, variables: Mapping[str, str], code: int, name: str
) -> None:
    done = kb_on(tmp_path / "home", **variables)("doctor", "--json")
    assert done.code == code
    assert by_name(done)[name]["status"] == "failed"
    assert "Traceback" not in done.err


# --- it changes nothing ---------------------------------------------------------------


def test_nothing_on_disk_is_changed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    filled(home)
    kb = kb_on(home)
    (tmp_path / "models" / f"{EMBEDDING}.gguf.sha256").unlink()
    before = state(tmp_path)
    assert kb("doctor", "--json").code == 8  # its weights are not the index's, as it computed
    assert kb("doctor").code == 8
    assert state(tmp_path) == before


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    filled(tmp_path / "home")
    (tmp_path / "tmp").mkdir()
    done = kb_on(tmp_path / "home", TMPDIR=str(tmp_path / "tmp"))("doctor", "--json")
    assert done.code == 0
    assert [*(tmp_path / "tmp").iterdir()] == []


@pytest.mark.serial
def test_it_is_quick(tmp_path: Path) -> None:
    # 1.3 s of computing on the machine it was written on. This guards against loading a model or
    # LlamaIndex, not against a busy machine.
    filled(tmp_path / "home")
    kb = kb_on(tmp_path / "home")
    began = os.times()
    assert kb("doctor", "--json", cold=True).code == 0
    ended = os.times()
    spent = ended.children_user - began.children_user
    assert spent < 10, f"{spent:.1f} s"


# --- real disks, real users -----------------------------------------------------------


def mounted(home: Path, options: str) -> list[str]:
    """Words that run a command with something mounted on `home`, or skip the test."""
    script = f'mount {options} && exec "$@"'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if not shutil.which("unshare"):
        pytest.skip("unshare is not installed")
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this machine does not allow mount namespaces: {tried.stderr.strip()}")
    return words


def run(kb: Kb, words: list[str]) -> Done:
    done = subprocess.run(
        [*words, *kb.command("doctor", "--json")],
        env=kb.environment(),
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_read_only_home_is_examined_and_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    filled(home)
    bind = f"--bind '{home}' '{home}' && mount -o remount,bind,ro '{home}'"
    done = run(kb_on(home), mounted(home, bind))
    found = by_name(done)
    assert done.code == 5
    assert "mounted read-only" in found["home-folder"]["detail"]
    assert "remount,rw" in found["home-folder"]["fix"]
    assert found["vectors"]["detail"].startswith("3, one a chunk")
    assert found["catalog"]["status"] == "ok"


def test_a_full_disk_is_examined_and_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = run(kb_on(home), mounted(home, f"-t tmpfs -o size=1m,mode=0700 none '{home}'"))
    assert done.code == 5
    space = [check for check in done.json["checks"] if check["name"] == "free-space"]
    assert [check["status"] for check in space] == ["failed", "ok"]
    assert "less than 64 MiB" in space[0]["detail"]


def test_a_writer_at_work_is_named_and_no_failure(tmp_path: Path) -> None:
    home = tmp_path / "home"
    filled(home)
    code = (
        "import sys; from pathlib import Path; from kb.index.generation import Collection\n"
        f"with Collection(Path({str(home)!r}), 'default').writer():\n"
        "    print('writing', flush=True); sys.stdin.read()\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with ended(started) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        done = kb_on(home)("doctor", "--json")
    assert done.code == 0
    assert f"process {writer.pid}" in by_name(done)["lock"]["detail"]
