"""One small ingested home for all tests of a session, and a session on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from kb.session import Session
from tests.commands import REPOSITORY, Kb
from tests.homes import copied

DEMO = REPOSITORY / "configs" / "demo.toml"
TEXTS = {
    "phones.txt": "张飞的电话号码是u987438274。关羽的电话号码是5352345。",
    "pump.md": "# Pump\n\nThe X200 pump weighs 187 kg with its motor.\n",
    "leave.md": "# 休假\n\n年假有十天。病假需要医院的证明。\n",
}


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    """To be read only; `kb` is a copy."""
    folder = tmp_path_factory.mktemp("docs")
    for path, text in TEXTS.items():
        (folder / path).write_text(text, encoding="utf-8")
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    done = kb("ingest", str(folder))
    assert done.code == 0, done.err
    return kb


@pytest.fixture
def kb(ingested: Kb, tmp_path: Path) -> Kb:
    home = tmp_path / "home"
    copied(ingested.home, home)
    return replace(ingested, home=home)


@pytest.fixture(scope="session")
def opening(models_folder: Path) -> Callable[..., Session]:
    """Session.open with the demo's configuration and models."""
    return partial(Session.open, config=DEMO, options={"models.folder": str(models_folder)})


@pytest.fixture(scope="session")
def session(ingested: Kb, opening: Callable[..., Session]) -> Iterator[Session]:
    """To be asked only: its models are loaded once."""
    with opening(ingested.home) as session:
        yield session
