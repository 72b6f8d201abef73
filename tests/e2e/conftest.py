"""The demo corpus, ingested once by the real command line with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Kb

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "data" / "demo" / "docs"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    kb = Kb(tmp_path_factory.mktemp("demo"), models_folder)
    done = kb("ingest", str(DOCS))
    assert done.code == 0, done.err
    return kb
