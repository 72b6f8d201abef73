"""A machine that nobody looks after: its disk is mounted read-only, its clock has fallen back. The
disk that is full is in tests/crash/test_disk_full.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.airgap.machine import STUB, AirgappedKb, watch
from tests.commands import Done

READ_ONLY = (
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@" || exit 99'
)


@pytest.fixture(scope="module")
def kb(namespace: None, tmp_path_factory: pytest.TempPathFactory) -> AirgappedKb:
    place = tmp_path_factory.mktemp("ground")
    docs = place / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    made = AirgappedKb(place / "home", module=STUB)
    assert made("ingest", str(docs)).code == 0
    return made


def read_only(kb: AirgappedKb, *arguments: str, typed: str = "") -> Done:
    command = ["sh", "-c", READ_ONLY, "sh", str(kb.home), *kb.command(*arguments)]
    return watch(command, kb.environment(), typed=typed, mounts=True).done


@pytest.mark.parametrize(
    "arguments",
    [
        *(["search", "张飞的电话"], ["ask", "张飞的电话号码"], ["chat"], ["check"]),
        *(["ingest", "{docs}"], ["reindex"], ["rollback"], ["check", "--repair"]),
    ],
    ids=" ".join,
)
def test_on_a_read_only_disk_what_must_write_says_so(kb: AirgappedKb, arguments: list[str]) -> None:
    """Searching too: the engine notes things down in the index that it loads."""
    docs = str(kb.home.parent / "docs")
    done = read_only(kb, *(one.format(docs=docs) for one in arguments), typed="张飞的电话号码\n")
    assert done.code == 5, done.err
    what, why, fix = done.err.splitlines()[-3:]
    assert what.endswith("[store]")
    assert "Read-only file system" in why
    assert fix == "fix:   the disk is mounted read-only: choose another folder with --home"
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("command", "shows"),
    [("status", "1 chunks"), ("sources", "a.txt"), ("history", "generation 1")],
)
def test_on_a_read_only_disk_what_only_reads_works(
    kb: AirgappedKb, command: str, shows: str
) -> None:
    done = read_only(kb, command)
    assert done.code == 0, done.err
    assert shows in done.out


def test_a_clock_from_before_the_build_breaks_nothing(namespace: None, tmp_path: Path) -> None:
    """Generations are in the order of their numbers, whatever the clock says."""
    docs = tmp_path / "docs"
    docs.mkdir()
    now = AirgappedKb(tmp_path / "home", module=STUB)
    past = replace(now, module="tests.airgap.past_kb")
    for number, kb in enumerate((now, past, now), start=1):
        (docs / f"{number}.txt").write_text(f"The text of document {number}.", encoding="utf-8")
        done = kb("ingest", str(docs), "--json")
        assert done.code == 0, done.err
        assert (done.json["added"], done.json["generation"]) == (1, number)
        assert kb("search", f"document {number}").code == 0
        assert kb("check").code == 0
    years = {line[:4] for line in now("history").out.splitlines() if " ingest " in line}
    assert len(years) == 2, "the clock has really fallen back"
    assert past("status", "--json").json["status"]["generation"] == 3
    assert past("rollback").code == 0
    assert now("status", "--json").json["status"]["generation"] == 2
