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


_FREE_AND_ASK_AGAIN = """
import sys
from pathlib import Path
from kb.models.connect import open_models
def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
with open_models("embedded", [], Path(sys.argv[1]), sys.argv[2], "", []) as models:
    embedder = models.embedder()
    before = megabytes()
    [vector] = embedder.embed_passages(["the pump " * 100])
    loaded = megabytes()
    models.free()
    freed = megabytes()
    again = embedder.embed_passages(["the pump " * 100])
    print(loaded - before, freed - before, again == [vector])
"""


def test_what_is_freed_is_given_back_and_loaded_again_when_it_is_asked(models_folder: Path) -> None:
    command = [sys.executable, "-c", _FREE_AND_ASK_AGAIN, str(models_folder), EMBEDDING]
    out = subprocess.run(command, timeout=120, check=True, stdout=subprocess.PIPE, text=True).stdout
    loaded, freed, same = out.split()
    assert float(loaded) > 200
    assert float(freed) < float(loaded) / 4
    assert same == "True"


def test_a_model_that_was_never_used_is_freed(models_folder: Path) -> None:
    file = models_folder / f"{EMBEDDING}.gguf"
    times = "8" if NIGHTLY else "3"
    done = subprocess.run(
        [sys.executable, "-c", _LOAD_AND_FREE, str(file), times], timeout=120, check=False
    )
    assert done.returncode == 0
