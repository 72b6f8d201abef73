"""The home folder: whose it is, who may read it, how much room there is. Nothing is written."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, ok, warning
from kb.errors import StoreError
from kb.index.disk import RESERVE

_MOST_ENTRIES = 20_000
_PROGRAM = ("bin", "program")
"""Where kb/bundle/program.py puts kb itself, which is no secret."""
_SCARCE = 1 << 30
_MIB = 1 << 20


def home_folder(context: DoctorContext) -> Finding:
    """Whose it is, and whether it can be read and written."""
    home = context.home
    if not os.path.lexists(home):
        return _not_there_yet(home)
    if not home.is_dir():
        return failed(
            f"{home} is not a folder", "name another: kb --home DIR, or KB_HOME", StoreError
        )
    owner, me = home.stat().st_uid, os.geteuid()
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        if _is_read_only(home):
            return failed(
                f"{home} is on a filesystem that is mounted read-only",
                "choose another folder: kb --home DIR; or: sudo mount -o remount,rw "
                f'"{_mount_point(home)}"',
                StoreError,
            )
        return failed(
            f"{home} belongs to {user(owner)}, and {user(me)} may not read and write it",
            f"run kb as {user(owner)}: sudo -u {user(owner)} kb doctor; or take the folder over: "
            f'sudo chown -R {user(me)}: "{home}" && chmod 700 "{home}"',
            StoreError,
        )
    if owner != me:
        return warning(
            f"{home} belongs to {user(owner)}, and you are {user(me)}: what you write there, "
            f"{user(owner)} may not read",
            f"run kb as its owner: sudo -u {user(owner)} kb doctor",
        )
    return ok(f"{home}, of {user(owner)}, can be read and written")


def _not_there_yet(home: Path) -> Finding:
    above = nearest(home)
    if not os.access(above, os.W_OK | os.X_OK, effective_ids=True):
        return failed(
            f"{home} is not there, and {user(os.geteuid())} may not make it in {above}",
            f'sudo install -d -m 700 -o {user(os.geteuid())} "{home}"',
            StoreError,
        )
    return ok(f"{home} is not there yet; the first kb ingest makes it")


def permissions(context: DoctorContext) -> list[Finding] | Finding:
    """Folders 0700 and files 0600, all of one owner; models and an installed program aside."""
    home = context.home
    if not home.is_dir():
        return ok("there is no home folder yet")
    no_secret = {context.models_folder, *(home / name for name in _PROGRAM)}
    found = _look_through(home, no_secret)
    findings = []
    if found.of_others:
        whose = user(home.stat().st_uid)
        findings.append(
            failed(
                f"{len(found.of_others)} of {found.looked_at} files and folders do not belong to "
                f"{whose}, such as {found.of_others[0]}: {whose} cannot write them",
                f'sudo chown -R {whose}: "{home}"',
                StoreError,
            )
        )
    if found.open_to_others:
        findings.append(
            warning(
                f"{len(found.open_to_others)} of {found.looked_at} files and folders may be read "
                f"by others, such as {found.open_to_others[0]}",
                f'chmod -R go-rwx "{home}"',
            )
        )
    if found.closed:
        findings.append(
            failed(
                f"{found.closed[0]} may not be read",
                f'sudo chown -R {user(os.geteuid())}: "{home}" && chmod -R u+rwX "{home}"',
                StoreError,
            )
        )
    return findings or ok(f"{found.looked_at} files and folders, closed to others")


@dataclass
class _Walked:
    looked_at: int = 0
    of_others: list[Path] = field(default_factory=list)
    open_to_others: list[Path] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)


def _look_through(home: Path, leave_out: Set[Path]) -> _Walked:
    found = _Walked()
    owner = home.stat().st_uid
    for path, status in _entries(home, leave_out, found.closed):
        found.looked_at += 1
        if status.st_uid != owner:
            found.of_others.append(path)
        if stat.S_IMODE(status.st_mode) & 0o077:
            found.open_to_others.append(path)
        if found.looked_at == _MOST_ENTRIES:
            break
    return found


def _entries(
    folder: Path, leave_out: Set[Path], closed: list[Path]
) -> Iterator[tuple[Path, os.stat_result]]:
    """A folder and all that is below it, links aside. What cannot be listed goes to `closed`."""
    yield folder, folder.stat()
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except PermissionError:
        closed.append(folder)
        return
    except FileNotFoundError:  # a writer sweeps just now
        return
    for entry in entries:
        path = Path(entry.path)
        if path in leave_out or entry.is_symlink():
            continue
        try:
            if entry.is_dir():
                yield from _entries(path, leave_out, closed)
            else:
                yield path, entry.stat()
        except FileNotFoundError:
            continue


def free_space(context: DoctorContext) -> list[Finding]:
    """Room for the index, and for what is unpacked while documents are read."""
    return [
        _room(context.home, "an ingest ends with exit code 5"),
        _room(Path(tempfile.gettempdir()), "archives and old Office formats cannot be read"),
    ]


def _room(folder: Path, consequence: str) -> Finding:
    free = shutil.disk_usage(nearest(folder)).free
    detail = f"{free // _MIB:,} MiB free for {folder}"
    if free < RESERVE:
        return failed(
            f"{detail}, less than {RESERVE // _MIB} MiB: {consequence}",
            f'free some space: sudo du -xh --max-depth=2 "{_mount_point(nearest(folder))}" '
            "| sort -h | tail",
            StoreError,
        )
    if free < _SCARCE:
        return warning(
            detail, f'free some space: du -xh --max-depth=2 "{nearest(folder)}" | sort -h | tail'
        )
    return ok(detail)


def nearest(path: Path) -> Path:
    """The folder itself, or the first above it that is there."""
    return next(one for one in [path, *path.parents] if one.exists())


def user(number: int) -> str:
    """A user's name, or the number where it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _is_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _mount_point(path: Path) -> Path:
    return next(one for one in [path.resolve(), *path.resolve().parents] if os.path.ismount(one))
