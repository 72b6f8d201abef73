"""What the layers of a run took, printed at its end: tests, seconds on the clock, and the seconds
that processors worked for it, started processes included."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from tests import commands
from tests.layers import LAYERS, layer_of

_at: dict[str, float] = {}
"""The processor's seconds when a test's latest report was made."""


@dataclass
class Spent:
    tests: int = 0
    clock: float = 0.0
    processor: float = 0.0


class Summary:
    """Adds up the reports, which under xdist come from the workers."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.layers: dict[str, Spent] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        spent = self.layers.setdefault(layer_of(report.nodeid) or "unit", Spent())
        spent.tests += report.when == "call" and not report.skipped
        spent.clock += report.duration
        spent.processor += getattr(report, "processor_seconds", 0.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if sum(one.tests for one in self.layers.values()) < 2:
            return
        write = terminalreporter.write_line
        terminalreporter.section("what the layers took")
        write(f"{'layer':12} {'tests':>6} {'clock':>9} {'processor':>10}")
        for layer in (one for one in LAYERS if one in self.layers):
            spent = self.layers[layer]
            write(f"{layer:12} {spent.tests:6} {spent.clock:7.0f} s {spent.processor:8.0f} s")
        total = sum(one.processor for one in self.layers.values())
        minutes = (time.monotonic() - self.started) / 60
        write(f"{'in all':12} {minutes:12.1f} min {total:8.0f} s")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Summary(), "kb-layers-took")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _at[item.nodeid] = _processor_seconds()
    try:
        return (yield)
    finally:
        del _at[item.nodeid]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    now = _processor_seconds()
    # xdist sends a report with what else stands on it.
    vars(report)["processor_seconds"] = now - _at[item.nodeid]
    _at[item.nodeid] = now
    return report


def _processor_seconds() -> float:
    """This process and those that it has started and waited for, user and system."""
    times = os.times()
    started = times.children_user + times.children_system
    return times.user + times.system + started + commands.processor_seconds()
