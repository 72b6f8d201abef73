"""What a check finds, and what the exit code makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kb.errors import KbError


class Status(StrEnum):
    """`warning`: it works, but not as well or as safely as it could; `skipped`: it does not
    apply here, or could not be looked at, for the reason that is given."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found. `fix` is what mends it, with the command where there is
    one; `exit_code` that of the class of errors it belongs to, 0 unless it failed."""

    status: Status
    detail: str
    fix: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A finding under the name of the check that made it, and the group that it is in."""

    group: str
    name: str
    status: Status
    detail: str
    fix: str
    exit_code: int


def ok(detail: str) -> Finding:
    return Finding(Status.OK, detail)


def warning(detail: str, fix: str) -> Finding:
    return Finding(Status.WARNING, detail, fix)


def skipped(detail: str) -> Finding:
    return Finding(Status.SKIPPED, detail)


def failed(detail: str, fix: str, kind: type[KbError]) -> Finding:
    """`kind`: the error that a command would end with for this reason."""
    return Finding(Status.FAILED, detail, fix, kind.exit_code)


def from_error(error: KbError) -> Finding:
    """The error that a command would end with."""
    return Finding(
        Status.FAILED,
        f"{error.what}: {error.why}" if error.why else error.what,
        error.hint,
        error.exit_code,
    )


GRAVITY = (7, 5, 9, 8, 2, 3, 1)
"""Exit codes, the gravest first: a damaged store, one that cannot be used, a connection that would
be refused, no model, wrong configuration or packages, a format that cannot be read, and an
check that itself broke."""


def exit_code(checks: Iterable[CheckResult]) -> int:
    """0 unless something failed; else the code of the gravest."""
    codes = {check.exit_code for check in checks if check.status is Status.FAILED}
    return next((code for code in GRAVITY if code in codes), max(codes, default=0))
