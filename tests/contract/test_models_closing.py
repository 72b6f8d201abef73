"""Letting go of a model at once after loading it, which once waited for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import EMBEDDING
from tests.layers import NIGHTLY

_LOAD_AND_FREE = """
import sys
from pathlib import Path
from kb.models.engine.llama import Llama, Loading
for _ in range(int(sys.argv[2])):
    Llama(Path(sys.argv[1]), Loading(embedding=True, num_ctx=512)).close()
"""


def test_a_model_that_was_never_used_is_freed(models_folder: Path) -> None:
    file = models_folder / f"{EMBEDDING}.gguf"
    times = "8" if NIGHTLY else "3"
    done = subprocess.run(
        [sys.executable, "-c", _LOAD_AND_FREE, str(file), times], timeout=120, check=False
    )
    assert done.returncode == 0
