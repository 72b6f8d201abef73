"""The folders that models lie in: who may read them. `permission denied`, explained."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path

from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, ok, skipped, warning
from kb.doctor.home import user
from kb.errors import ModelError

_SERVICE = "ollama"
_SERVICE_STORE = Path("/usr/share/ollama/.ollama/models")
_MOST_ENTRIES = 5_000


def model_folders(context: DoctorContext) -> list[Finding] | Finding:
    """Whoever runs the models may read them: kb itself, and Ollama's user its own store."""
    here = any(server.is_here for server in context.answering)
    folders = context.stores if context.embedded or here else ()
    if context.embedded:
        folders = (context.models_folder, *folders)
    findings = [
        finding
        for folder in dict.fromkeys(folders)
        if (finding := _folder(folder, context)) is not None
    ]
    if findings:
        return findings
    if context.embedded:
        return ok(f"there is no models folder yet: {context.models_folder}")
    return skipped("the models lie with the server")


@dataclass
class _Walked:
    files: int = 0
    closed_to_us: list[Path] = field(default_factory=list)
    closed_to_owner: list[Path] = field(default_factory=list)


def _folder(folder: Path, context: DoctorContext) -> Finding | None:
    """None where there is no such folder."""
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        return _closed_to_us(context, folder, folder)
    found = _Walked()
    _walk(folder, status.st_uid, found)
    owner = user(status.st_uid)
    if folder == _SERVICE_STORE and owner != _SERVICE and _is_user(_SERVICE):
        return _not_the_services(folder, f"it belongs to {owner}", _SERVICE)
    if found.closed_to_owner:
        first = found.closed_to_owner[0]
        return _not_the_services(
            folder,
            f"{len(found.closed_to_owner)} files in it do not belong to {owner}, such as {first}",
            owner,
        )
    if found.closed_to_us:
        return _closed_to_us(context, folder, found.closed_to_us[0])
    return ok(f"{folder}, of {owner}: {found.files} files, all can be read")


def _not_the_services(folder: Path, why: str, owner: str) -> Finding:
    """What copying a store as root leaves behind."""
    return failed(
        f"{folder}: {why}, so Ollama as {owner} answers 'permission denied'",
        f'give it to {owner}: sudo chown -R {owner}:{owner} "{folder}"',
        ModelError,
    )


def _closed_to_us(context: DoctorContext, folder: Path, first: Path) -> Finding:
    me = user(os.geteuid())
    if not context.embedded:
        return ok(f"{folder}: {me} may not read it, which only the embedded engine would need")
    said = f"permission denied: {me} may not read {first}"
    fix = (
        f'let everybody read it: sudo chmod -R a+rX "{folder}" (and its parent folders), or take '
        f'it over: sudo chown -R {me}: "{folder}"'
    )
    if folder == context.models_folder:
        return failed(said, fix, ModelError)
    return warning(f"{said}; models in there are not found", fix)


def _walk(folder: Path, owner: int, found: _Walked) -> None:
    """Note what we, and what the owner of the whole, may not read."""
    _look_at(folder, owner, found, need=os.R_OK | os.X_OK)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (PermissionError, FileNotFoundError):
        return
    for entry in entries:
        if found.files >= _MOST_ENTRIES:
            return
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            _walk(path, owner, found)
        elif path.exists():
            found.files += 1
            _look_at(path, owner, found, need=os.R_OK)


def _look_at(path: Path, owner: int, found: _Walked, *, need: int) -> None:
    status = path.stat()
    if not os.access(path, need, effective_ids=True):
        found.closed_to_us.append(path)
    # Root reads everything; of another owner the bits for everybody decide (groups aside).
    for_all = (status.st_mode & 0o7) & need == need
    if owner not in (0, status.st_uid) and not for_all:
        found.closed_to_owner.append(path)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
