"""Where the benchmarks find the models, the demo corpus and the shared question sets."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kb import config
from tests.commands import Kb

REPOSITORY = Path(__file__).parents[2]
DEMO = REPOSITORY / "data" / "demo" / "docs"
SHARED = Path(os.environ.get("KB_SHARED") or REPOSITORY.parent / "shared")
MODELS = Path(os.environ.get("KB_MODELS__FOLDER") or config.data_folder() / "models")


def demo_settings(home: Path, models: Path, collection: str = "office") -> config.Settings:
    """The demo's configuration on a home, whatever the environment sets."""
    return config.load(
        file=REPOSITORY / "configs" / "demo.toml",
        home=home,
        collection=collection,
        flags={"models.folder": str(models)},
        environ={},
    )


@contextmanager
def new_kb() -> Iterator[Kb]:
    """The command line on a home of its own, with the demo's models."""
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        yield Kb(Path(folder) / "home", MODELS)
