"""The folders that models lie in: who may read them. `permission denied`, explained."""

from __future__ import annotations

import glob
import logging
import os
import pwd
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, ok, skipped, warning
from kb.doctor.home import user
from kb.errors import ModelError

log = logging.getLogger(__name__)

_UNITS = (
    "/usr/lib/systemd/system/ollama.service",
    "/etc/systemd/system/ollama.service",
    "/etc/systemd/system/ollama.service.d/*.conf",
)
"""What systemd starts Ollama by, the last one counts. Only there is it said where the service's
store lies, when it is not in its home folder."""
_MOST_ENTRIES = 5_000


@dataclass(frozen=True, slots=True)
class _Service:
    """The user that Ollama's service runs as, and its store. `named`: systemd says where it is."""

    user: str = "ollama"
    store: Path = Path("/usr/share/ollama/.ollama/models")
    named: bool = False


def model_folders(context: DoctorContext) -> list[Finding] | Finding:
    """Whoever runs the models may read them: kb itself, and Ollama's user its own store."""
    # One that does not answer may not start because of what is looked at here.
    here = any(server.is_here for server in context.servers)
    service = _service()
    stores = (*context.stores, service.store) if service.named else context.stores
    folders = stores if context.embedded or here else ()
    if context.embedded:
        folders = (context.models_folder, *folders)
    findings = [
        finding
        for folder in dict.fromkeys(folders)
        if (finding := _folder(folder, context, service)) is not None
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
    closed_to_reader: list[Path] = field(default_factory=list)


def _folder(folder: Path, context: DoctorContext, service: _Service) -> Finding | None:
    """None where there is no such folder."""
    try:
        status = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        return _closed_to_us(context, folder, folder)
    owner = user(status.st_uid)
    reader = service.user if folder == service.store and _ids(service.user) else owner
    found = _Walked()
    _walk(folder, _ids(reader) or (status.st_uid, frozenset()), found)
    if found.closed_to_reader:
        return _not_the_services(folder, found.closed_to_reader, reader)
    if found.closed_to_us:
        return _closed_to_us(context, folder, found.closed_to_us[0])
    note = "" if reader == owner else f", who may not pull into it as long as it is {owner}'s"
    return ok(f"{folder}, of {owner}: {found.files} files, all can be read by {reader}{note}")


def _not_the_services(folder: Path, closed: list[Path], reader: str) -> Finding:
    """What copying a store as root leaves behind."""
    return failed(
        f"{folder}: {len(closed)} files in it may not be read by {reader}, such as {closed[0]}, so "
        f"Ollama as {reader} answers 'permission denied', or does not start",
        f'give it to {reader}: sudo chown -R {reader}:{reader} "{folder}"',
        ModelError,
    )


def _closed_to_us(context: DoctorContext, folder: Path, first: Path) -> Finding:
    me = user(os.geteuid())
    if not context.embedded:
        return ok(f"{folder}: {me} may not read it, which only the embedded engine would need")
    detail = f"permission denied: {me} may not read {first}"
    fix = (
        f'let everybody read it: sudo chmod -R a+rX "{folder}" (and its parent folders), or take '
        f'it over: sudo chown -R {me}: "{folder}"'
    )
    if folder == context.models_folder:
        return failed(detail, fix, ModelError)
    return warning(f"{detail}; models in there are not found", fix)


_Ids = tuple[int, frozenset[int]]
"""A user's number, and those of its groups."""


def _walk(folder: Path, reader: _Ids, found: _Walked) -> None:
    """Note what we, and what the reader, may not read."""
    _look_at(folder, reader, found, need=os.R_OK | os.X_OK)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (PermissionError, FileNotFoundError):
        return
    for entry in entries:
        if found.files >= _MOST_ENTRIES:
            return
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            _walk(path, reader, found)
        elif path.exists():
            found.files += 1
            _look_at(path, reader, found, need=os.R_OK)


def _look_at(path: Path, reader: _Ids, found: _Walked, *, need: int) -> None:
    status = path.stat()
    if not os.access(path, need, effective_ids=True):
        found.closed_to_us.append(path)
    uid, groups = reader
    if uid == status.st_uid:
        bits = status.st_mode >> 6
    elif status.st_gid in groups:
        bits = status.st_mode >> 3
    else:
        bits = status.st_mode
    # Root reads everything.
    if uid != 0 and bits & need != need:
        found.closed_to_reader.append(path)


def _ids(name: str) -> _Ids | None:
    """None where there is no such user."""
    try:
        known = pwd.getpwnam(name)
    except KeyError:
        return None
    return known.pw_uid, frozenset(os.getgrouplist(name, known.pw_gid))


def _service() -> _Service:
    """As systemd's units have it; what they do not say is as Ollama's own installer does it."""
    found = _Service()
    for pattern in _UNITS:
        for file in sorted(glob.glob(pattern)):
            try:
                lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError as error:
                log.debug("%s cannot be read: %s", file, error)
                continue
            for key, value in (line.strip().split("=", 1) for line in lines if "=" in line):
                if key == "User":
                    found = replace(found, user=value.strip())
                if key == "Environment" and (store := _variables(value).get("OLLAMA_MODELS")):
                    found = replace(found, store=Path(store), named=True)
    return found


def _variables(text: str) -> dict[str, str]:
    """What one line `Environment=` sets."""
    try:
        parts = shlex.split(text)
    except ValueError:
        return {}
    return dict(part.split("=", 1) for part in parts if "=" in part)
