"""Shared by all tests: the network guard is in force, and the real demo models are at hand."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from kb import config, egress
from tests import commands

egress.install()

# By day hypothesis tries the same examples each time, at night more, and other ones. How long one
# takes is asserted nowhere: a busy machine fails no test.
settings.register_profile("day", max_examples=40, derandomize=True, database=None, deadline=None)
settings.register_profile("night", max_examples=400, database=None, print_blob=True, deadline=None)
settings.load_profile("night" if os.environ.get("KB_TEST_NIGHTLY") else "day")

pytest_plugins = ["tests.layers", "tests.resources", "tests.timing"]

REPOSITORY = Path(__file__).parent.parent
EMBEDDING = "multilingual-e5-small"
CHAT = "qwen2.5-coder:1.5b"


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where `make setup` put the demo models. They are required: their absence fails a test."""
    given = os.environ.get("KB_MODELS__FOLDER")
    folder = Path(given) if given else config.data_folder() / "models"
    assert folder.is_dir(), f"no demo models in {folder}: run make setup"
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real question sets, documents and transcripts that do not belong to the repository."""
    folder = Path(os.environ.get("KB_SHARED") or REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"the shared material is not at {folder} (KB_SHARED names it)")
    return folder


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own KB_* variables must not decide what a test sees."""
    for variable in list(os.environ):
        kept = variable.startswith(("KB_TEST", "KB_SHARED", "KB_MODELS__FOLDER"))
        if variable.startswith("KB_") and not kept:
            monkeypatch.delenv(variable)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)


@pytest.fixture(scope="session", autouse=True)
def _commands_end() -> Iterator[None]:
    yield
    commands.end()


@pytest.fixture(scope="session", autouse=True)
def _temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What programs leave in the temporary folder is not found by those of another worker."""
    os.environ["TMPDIR"] = str(tmp_path_factory.mktemp("t", numbered=False))
    tempfile.tempdir = None
