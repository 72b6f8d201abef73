"""The demo corpus, ingested once by the real command line with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Kb
from tests.homes import built_once

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "data" / "demo" / "docs"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    def ingest(home: Path) -> None:
        done = Kb(home, models_folder)("ingest", str(DOCS), cold=True)
        assert done.code == 0, done.err

    home = built_once(tmp_path_factory, "demo", ingest)
    return Kb(home, models_folder, keeps_models=True)
