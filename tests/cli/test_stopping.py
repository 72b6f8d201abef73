"""Ctrl-C and SIGTERM on a real `kb ingest` with the real embedding model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.commands import Kb
from tests.meanwhile import ended


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C"),
        # By day tests/crash/test_sigterm.py ends commands by it.
        pytest.param(signal.SIGTERM, id="systemd", marks=pytest.mark.nightly),
    ],
)
def test_the_first_signal_commits_what_is_whole_and_exits_with_130(
    tmp_path: Path, models_folder: Path, number: signal.Signals
) -> None:
    """Both reach the whole process group, parsing processes included."""
    kb = Kb(tmp_path / "home", models_folder)
    docs = tmp_path / "docs"
    docs.mkdir()
    for page in range(400):
        words = " ".join(f"word{page}x{place}" for place in range(40))
        (docs / f"{page:03}.txt").write_text(f"Page {page}. {words}.")
    started = subprocess.Popen(
        kb.command("ingest", str(docs), "--json"),
        env=kb.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with ended(started, session=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if line.startswith("ingest:") and not line.startswith("ingest: 0/"):
                break
        os.killpg(run.pid, number)
        out, err = run.communicate(timeout=120)
    assert run.returncode == 130, err
    assert "stopping" in err
    assert "error: the run was stopped [interrupted]" in err
    report = json.loads(out)
    assert (report["ended_by"], report["failed"]) == ("interrupted", [])
    assert 0 < report["added"] < 400
    assert kb("status", "--json").json["status"]["documents"] == report["added"]
    assert kb("check").code == 0
