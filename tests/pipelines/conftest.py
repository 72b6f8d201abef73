from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.documents.pool.workers import ParsePool
from tests import forked
from tests.pipelines.bundles import Maker, Receiver
from tests.pipelines.repairs import TEXTS
from tests.pipelines.workspace import Workspace, made_in


@pytest.fixture(scope="session")
def pool() -> Iterator[ParsePool]:
    forked.context()
    with ParsePool(1, seconds_per_file=60) as pool:
        yield pool


@pytest.fixture
def workspace(tmp_path: Path, pool: ParsePool) -> Workspace:
    return made_in(tmp_path, pool)


# --- bundles: who makes one, who receives it, and the file ----------------------------


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    made = Maker(tmp_path / "maker")
    made.set_up()
    return made


@pytest.fixture
def receiver(tmp_path: Path, maker: Maker) -> Receiver:
    return Receiver(tmp_path / "receiver", maker.fingerprint)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kb.bundle"


@pytest.fixture
def indexed(workspace: Workspace) -> Workspace:
    """Three documents of one chunk each, in two generations."""
    for path in ("a.md", "b.txt"):
        workspace.write(path, TEXTS[path])
    workspace.ingest()
    workspace.write("c.txt", TEXTS["c.txt"])
    workspace.ingest()
    workspace.embedder.calls.clear()
    return workspace
