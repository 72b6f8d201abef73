"""No parsing process outlives a killed `kb`, not even in the middle of a file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.commands import REPOSITORY
from tests.crash.processes import members, wait_until_gone
from tests.meanwhile import ended

HANGS = """
import sys
from kb.documents.pool.workers import ParsePool
from kb.types import SourceFile
from tests.unit.documents.pool import hostile
if __name__ == "__main__":
    files = [SourceFile("r", f"bad{n}.txt", "/dev/null", 0, 0) for n in range(4)]
    list(ParsePool(2, parser=hostile.hang).results(files))
"""


def test_workers_end_with_a_killed_parent_in_the_middle_of_a_file(tmp_path: Path) -> None:
    script = tmp_path / "hangs.py"
    script.write_text(HANGS)
    started = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with ended(started, session=True) as process:
        # Itself, the process that forks the others, two of those.
        while len(members(process.pid)) < 4 and process.poll() is None:
            time.sleep(0.05)
        time.sleep(1)
        process.kill()
        process.wait()
        assert wait_until_gone(process.pid, 20) == []
