"""The systemd units that are shipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands import REPOSITORY


@pytest.mark.process
def test_the_systemd_units_are_sound(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not there")
    units = REPOSITORY / "configs" / "systemd"
    for name in ("kb-reindex.service", "kb-reindex.timer", "kb-serve.service"):
        text = (units / name).read_text(encoding="utf-8")
        # The program is not installed where the tests run.
        (tmp_path / name).write_text(text.replace("/opt/kb/bin/kb", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
