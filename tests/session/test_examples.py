"""Every example of the public docstrings, and of docs/library.md, runs on a small home with the
demo's models."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import kb.session
from kb.session import Session
from tests.commands import REPOSITORY, Kb
from tests.session.conftest import DEMO

MODULES = (
    "chat",
    "conditions",
    "events",
    "fields",
    "results",
    "session",
    "tabular",
    "plain",
    "view",
)
EXAMPLES = [
    example
    for name in MODULES
    for example in doctest.DocTestFinder(exclude_empty=True).find(
        importlib.import_module(f"kb.session.{name}")
    )
    if example.examples
]


@pytest.fixture
def names(ingested: Kb, session: Session, models_folder: Path) -> dict[str, object]:
    public = {name: getattr(kb.session, name) for name in kb.session.__all__}
    return {**public, "session": session, "home": ingested.home, "demo": DEMO}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_shows_what_it_says(
    example: doctest.DocTest,
    names: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
    models_folder: Path,
) -> None:
    monkeypatch.setenv("KB_MODELS__FOLDER", str(models_folder))
    example.globs = names
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    runner.run(example, out=report.append)
    assert runner.failures == 0, "".join(report)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        # A model answers each; by day the example of Session.ask does.
        pytest.param(0, "u987438274", marks=pytest.mark.nightly),
        pytest.param(1, "187 kg", marks=pytest.mark.nightly),
        pytest.param(2, "5352345", marks=pytest.mark.nightly),
    ],
)
def test_an_example_of_the_page_runs(
    ingested: Kb,
    models_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: int,
    expected: str,
) -> None:
    page = (REPOSITORY / "docs" / "library.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    monkeypatch.setenv("KB_HOME", str(ingested.home))
    monkeypatch.setenv("KB_CONFIG", str(DEMO))
    monkeypatch.setenv("KB_MODELS__FOLDER", str(models_folder))
    exec(blocks[place], {"Session": Session})
    assert expected in capsys.readouterr().out
