"""An installation is killed (SIGKILL) after each of its steps. Nothing half done is in a place
where it counts, and the same command ends where an undisturbed one does. Models and wheels are
fakes of some bytes; the index, pip and the virtual environment are real.
"""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kb.bundle import program, steps
from kb.bundle.keys import own_key
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.pipelines.bundle_install import install
from tests import forked
from tests.index_samples import contents as texts_in
from tests.pipelines.bundles import CHAT, EMBEDDING, TEXTS, Maker, Receiver, ingest_into
from tests.unit.bundle.samples import (
    ENTRIES,
    bundle_of,
    fake_program,
    manifest_of,
    silent,
    with_target,
)

OLD = {"old.md": ["what was here before"]}
# The step after which a run is killed, and the how-manyth time.
STEPS = {
    "begun": 1,
    "member-unpacked": 3,
    "unpacked": 1,
    "checked": 1,
    "model-placed": 3,
    "configured": 1,
    "indexed": 1,
}
PROGRAM_STEPS = ("wheels-installed", "program-made", "program-switched")


def _killed(receiver: Receiver, file: Path, at: str, times: int) -> None:
    left = times

    def step(name: str) -> None:
        nonlocal left
        left -= name == at
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    steps.step = step  # a process of its own: nothing to put back
    program.settle = lambda: None
    install(receiver.job(file), silent)


def kill(receiver: Receiver, file: Path, at: str, times: int = 1) -> None:
    """Install in a process that dies when it has done that step so many times."""
    child = forked.context().Process(target=_killed, args=(receiver, file, at, times))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL, f"{at} did not come {times} times"


def assert_nothing_is_half_done(receiver: Receiver) -> None:
    """Under its own name a file is whole; readers see the old index, or the new one."""
    weights = receiver.root / "models/fake-embedding.gguf"
    assert not weights.exists() or weights.read_bytes() == EMBEDDING
    for manifest in receiver.ollama.glob("manifests/*/*/*/*"):
        assert manifest.is_file()
        assert CHAT in [blob.read_bytes() for blob in receiver.ollama.glob("blobs/sha256-*")]
    with Collection(receiver.root, "default").reader() as live:
        assert texts_in(live.catalog) in (OLD, TEXTS)
        assert compare(live).sound


def test_killed_after_each_step(tmp_path: Path) -> None:
    """One home is killed again and again, each time a step later, and then left alone."""
    maker = Maker(tmp_path / "maker")
    maker.set_up()
    maker.everything(tmp_path / "kb.bundle")
    receiver = Receiver(tmp_path / "receiver", maker.fingerprint)
    ingest_into(receiver.root, OLD)
    for at, times in STEPS.items():
        kill(receiver, tmp_path / "kb.bundle", at, times)
        assert_nothing_is_half_done(receiver)
    report = receiver.install(tmp_path / "kb.bundle")
    assert report.models == ()
    assert report.generations == {"default": 0}
    undisturbed = Receiver(tmp_path / "undisturbed", maker.fingerprint)
    undisturbed.install(tmp_path / "kb.bundle")
    assert {name for name in receiver.files() if "generations" not in name} == {
        name for name in undisturbed.files() if "generations" not in name
    }
    assert not [*receiver.root.glob(".bundle-*")]


def test_what_was_unpacked_is_not_unpacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker(tmp_path / "maker")
    maker.set_up()
    count = len(maker.create(tmp_path / "kb.bundle").manifest.members)
    receiver = Receiver(tmp_path / "receiver", maker.fingerprint)
    kill(receiver, tmp_path / "kb.bundle", "member-unpacked", 3)
    seen: list[str] = []
    monkeypatch.setattr(steps, "step", seen.append)
    receiver.install(tmp_path / "kb.bundle")
    assert seen.count("member-unpacked") == count - 3


def test_an_unpacked_file_that_went_bad_is_unpacked_again(tmp_path: Path) -> None:
    maker = Maker(tmp_path / "maker")
    maker.set_up()
    maker.create(tmp_path / "kb.bundle")
    receiver = Receiver(tmp_path / "receiver", maker.fingerprint)
    kill(receiver, tmp_path / "kb.bundle", "unpacked")
    [unpacked] = receiver.root.glob(".bundle-*/members/models/folder/fake-embedding.gguf")
    unpacked.write_bytes(bytes(len(EMBEDDING)))
    receiver.install(tmp_path / "kb.bundle")
    assert (receiver.root / "models/fake-embedding.gguf").read_bytes() == EMBEDDING


def test_the_program_in_use_stays_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at each step of the program; what `bin/kb` starts is the old one, or the new."""
    # What a kill leaves does not depend on it, and others may be writing much.
    monkeypatch.setattr(program, "settle", lambda: None)
    maker = own_key(tmp_path / "maker")
    receiver = Receiver(tmp_path / "receiver", maker.public.fingerprint)
    entries = [*ENTRIES, *fake_program(tmp_path / "wheels")]
    for name, created in (("old", "2026-01-01"), ("new", "2026-02-02")):
        told = replace(with_target(manifest_of(entries)), created=created)
        (tmp_path / name).write_bytes(bundle_of(maker, entries, told))
    receiver.install(tmp_path / "old")
    current = receiver.root / "program/current"
    old = os.readlink(current)
    for at in PROGRAM_STEPS:
        kill(receiver, tmp_path / "new", at)
        assert (os.readlink(current) == old) is (at != "program-switched")
        told_by = subprocess.check_output([receiver.root / "bin/kb", "status"], text=True, env={})
        assert told_by == f"fake kb {receiver.root} status\n"
    receiver.install(tmp_path / "new")
    assert len([*(receiver.root / "program").glob("0.1.0-*/complete")]) == 2


def test_every_step_is_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(tmp_path / "maker")
    maker.set_up()
    maker.everything(tmp_path / "kb.bundle")
    seen: list[str] = []
    monkeypatch.setattr(steps, "step", seen.append)
    Receiver(tmp_path / "receiver", maker.fingerprint).install(tmp_path / "kb.bundle")
    assert {*seen} == {*STEPS}
