"""The main job where there is no network at all: a namespace without even a loopback interface."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands import Kb

UNSHARE = ["unshare", "--map-root-user", "--net"]


@pytest.fixture
def outside() -> list[str]:
    """The command that takes the network away."""
    if not shutil.which("unshare"):
        pytest.skip("unshare (util-linux) is not installed")
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow network namespaces")
    return UNSHARE


def test_documents_go_in_and_are_found_without_a_network(
    tmp_path: Path, models_folder: Path, outside: list[str]
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "zh.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    (docs / "en.html").write_text("<h1>Pump</h1><p>The X200-65 pump weighs 187 kg. It is blue.</p>")
    kb = Kb(tmp_path / "home", models_folder)
    for arguments in (["ingest", str(docs)], ["search", "张飞的电话"], ["search", "pump weight"]):
        done = subprocess.run(
            [*outside, *kb.command(*arguments)],
            env=kb.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "187 kg" in done.stdout
