"""Files with the keys that servers want."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, ok, skipped, warning
from kb.doctor.home import user
from kb.errors import KbError, UsageError


def key_file(name: str, setting: str, error: type[KbError]) -> Finding:
    """Whether the file can be read, and by its owner alone. `error`: what a command would end
    with."""
    file = Path(name).expanduser()
    if not file.is_file():
        return failed(
            f"{setting} = {file} is not there", f"correct {setting}, or leave it empty", error
        )
    if not os.access(file, os.R_OK, effective_ids=True):
        me = user(os.geteuid())
        return failed(
            f"{me} may not read {file}, of {user(file.stat().st_uid)}",
            f'sudo chown {me}: "{file}" && sudo chmod 600 "{file}"',
            error,
        )
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        return warning(f"{file} may be read by others (mode {mode:o})", f'chmod 600 "{file}"')
    return ok(f"{file}, closed to others")


def model_key(context: DoctorContext) -> Finding:
    """The file with the model servers' key can be read by its owner alone."""
    models = context.settings.models
    if models.engine != "openai":
        return skipped("models.engine is not 'openai': no key is sent")
    if not models.api_key_file:
        return skipped("models.api_key_file is empty: no key is sent")
    return key_file(models.api_key_file, "models.api_key_file", UsageError)
