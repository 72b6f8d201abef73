"""`kb doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click

from kb import config as configuration
from kb import egress
from kb.cli.app import App, Printable, emit, json_option, pass_app, printable, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.doctor import CheckResult, DoctorContext, Status, exit_code, run_checks
from kb.errors import KbError

_SIGNS = {
    Status.OK: ("✓", "green"),
    Status.WARNING: ("!", "yellow"),
    Status.FAILED: ("✗", "red"),
    Status.SKIPPED: ("-", None),
}


@click.command(
    "doctor",
    cls=Command,
    needs=Needs(
        enforced="never",
        outside_sandbox="it looks at the machine as it is, and tries what the sandbox would forbid",
    ),
)
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """Check every precondition, and show the command that fixes what is wrong.

    Changes nothing and loads no model. The exit code is that of the most serious failure, 0 if
    there are only warnings. docs/doctor.md explains every check.

    \b
    Example:
      kb doctor
    """
    checks = run_checks(_context(app))
    if as_json:
        found = list(checks)
        emit({"checks": [_fields(check) for check in found]})
        return exit_code(found)
    return exit_code(_shown(checks))


def _context(app: App) -> DoctorContext | KbError:
    """The settings as they are read, and not `app.settings`, which stops at the first mistake and
    prepares for work: a doctor looks at what is there."""
    from kb.session.wiring import models_folder

    try:
        settings = configuration.load(
            file=app.config, home=app.home, collection=app.collection, flags=app.flags
        )
        egress.install(settings.egress.allow, public=settings.egress.allow_public)
    except KbError as error:
        return error
    return DoctorContext(settings, models_folder(settings))


def _fields(check: CheckResult) -> dict[str, str]:
    return {
        "name": check.name,
        "status": check.status.value,
        "detail": check.detail,
        "fix": check.fix,
    }


def _shown(checks: Iterable[CheckResult]) -> list[CheckResult]:
    """Show each check as it comes, under the name of its group."""
    found: list[CheckResult] = []
    for check in checks:
        if not found or found[-1].group != check.group:
            say(f"{'' if not found else chr(10)}{check.group}")
        sign, colour = _SIGNS[check.status]
        line = printable(f"{check.name:<18} {check.detail}")
        say(Printable(f"  {click.style(sign, fg=colour)} {line}"))
        if check.fix:
            say(f"      fix: {check.fix}")
        found.append(check)
    counts = Counter(check.status for check in found)
    say()
    say(", ".join(f"{counts[status]} {status.value}" for status in Status))
    return found
