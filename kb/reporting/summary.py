"""A run's summary, and the process that reports it. See docs/unattended.md for the fields."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from kb.errors import KbError
from kb.run_types import RunCounts
from kb.types import Failure

log = logging.getLogger(__name__)

COMMAND_SECONDS = 60.0
"""How long `report.on_failure` may take."""

FAILURES_LISTED = 100

_GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Reporting:
    """Where to report to; nothing is done about what is empty."""

    summary_file: str
    metrics_file: str
    on_failure: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.summary_file or self.metrics_file or self.on_failure)


@dataclass(frozen=True, slots=True)
class ReportedError:
    """An error in a summary."""

    reference: str
    what: str
    why: str
    fix: str

    @classmethod
    def of(cls, error: KbError) -> ReportedError:
        return cls(error.reference, error.what, error.why, error.hint)


@dataclass(frozen=True, slots=True)
class Index:
    """What the live generation holds after the run."""

    documents: int
    chunks: int
    failures: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A run from beginning to end. `started`, `finished`: UTC, ISO 8601. `outcome` is `done`,
    `failures`, `skipped`, or the reference of the error that ended it. `failed` lists the first
    hundred failures. `index` is None where it could not be read. `gate` is what `--gate` found;
    `rolled_back`: what the run made was thrown away.
    """

    command: str
    collection: str
    started: str
    finished: str = ""
    seconds: float = 0.0
    exit_code: int = 0
    outcome: str = ""
    error: ReportedError | None = None
    generation: int = 0
    counts: RunCounts = field(default_factory=RunCounts)
    failed: tuple[Failure, ...] = ()
    index: Index | None = None
    gate: object = None
    rolled_back: bool = False

    def fields(self) -> dict[str, object]:
        """As the summary file has them: the counts among the others, `failed` as `failures`."""
        found: dict[str, object] = {}
        for name, value in asdict(self).items():
            if name == "counts":
                failures = value.pop("failed")
                found |= {**value, "failures": failures}
            else:
                found[name] = value
        return found


class Reporter:
    """The process of kb/reporting/reporter.py, which hears at last how the run ended."""

    def __init__(self, reporting: Reporting, known: Summary) -> None:
        """Start it, where there is something to report to. What fails here is a warning."""
        self._process: subprocess.Popen[str] | None = None
        if not reporting:
            return
        # Without -I a file in the working folder could take the place of a module.
        command = [sys.executable, "-I", "-m", "kb.reporting.reporter"]
        task = {**asdict(reporting), "seconds": COMMAND_SECONDS, "summary": known.fields()}
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                # Ctrl-C is for the run, whose end is then reported.
                start_new_session=True,
            )
            self._send(task)
        except OSError as error:
            log.warning("the run will not be reported: %s", error)

    def report(self, summary: Summary) -> None:
        """Have the end of the run reported; returns when that is done."""
        if self._process is None:
            return
        try:
            self._send(summary.fields())
            out, _ = self._process.communicate(timeout=COMMAND_SECONDS + _GRACE_SECONDS)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            log.warning("the run was perhaps not reported: %s", error)
            return
        for problem in out.splitlines():
            log.warning("%s", problem)

    def _send(self, what: dict[str, object]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what, ensure_ascii=False) + "\n")
        self._process.stdin.flush()
