"""What the machine allows, and at the end of `make test-airgap` what was shown on it."""

from __future__ import annotations

import ast
import platform
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from tests.airgap.machine import no_namespace, no_tracer
from tests.layers import NIGHTLY

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def namespace() -> None:
    if no_namespace():
        pytest.skip(no_namespace())


@pytest.fixture(scope="session")
def tracer(namespace: None) -> None:
    if no_tracer():
        pytest.skip(no_tracer())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a file: what it shows, how much of it was shown here, and why not the rest."""
    if not NIGHTLY:
        return
    files: dict[str, Counter[str]] = {}
    reasons: dict[str, set[str]] = {}
    for outcome, word in (("passed", "shown"), ("failed", "FAILED"), ("skipped", "skipped")):
        for report in terminalreporter.stats.get(outcome, []):
            file = report.nodeid.partition("::")[0]
            files.setdefault(file, Counter())[word] += 1
            if outcome == "skipped" and isinstance(report.longrepr, tuple):
                reasons.setdefault(file, set()).add(report.longrepr[2].removeprefix("Skipped: "))
    write = terminalreporter.write_line
    terminalreporter.section("the air gap on this machine")
    write(f"{platform.system()} {platform.release()} {platform.machine()}")
    write(f"namespaces: {no_namespace() or 'allowed'}; tracer: {no_tracer() or 'strace'}")
    for file, counts in sorted(files.items()):
        counted = ", ".join(f"{counts[word]} {word}" for word in counts)
        write("")
        write(f"{Path(file).name}: {counted}")
        write(textwrap.indent(textwrap.fill(_first_sentence(Path(file)), 90), "    "))
        for reason in sorted(reasons.get(file, ())):
            write(f"    skipped: {reason}")


def _first_sentence(file: Path) -> str:
    whole = FOLDER.parents[1] / file
    text = ast.get_docstring(ast.parse(whole.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())
