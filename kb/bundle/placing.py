"""Files into their places: whole or not at all, with the owner and the permissions of the place."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kb import atomic
from kb.bundle.manifest import Member
from kb.bundle.staging import is_same
from kb.config import Settings, Value
from kb.errors import UsageError

# Paths and secrets of the machine that made a bundle mean nothing on another one.
_OF_ONE_MACHINE = frozenset(
    {
        *("models.folder", "models.api_key_file", "store.api_key_file", "bundle.trusted_keys"),
        *("serve.host", "serve.names", "serve.token_file"),
    }
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a store's files are to be, and how open."""

    uid: int
    gid: int
    folder_mode: int = 0o755
    file_mode: int = 0o644


def owner_of(place: Path) -> Owner:
    """The owner of a store, or of the nearest folder above where it is not there yet."""
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    status = there.stat()
    if there != place:
        return Owner(os.geteuid(), os.getegid())
    return Owner(status.st_uid, status.st_gid)


def check_free(target: Path, member: Member) -> None:
    """Raises UsageError when another file has the name already: it is somebody's model."""
    if target.exists() and not is_same(target, member):
        raise UsageError(
            f"{target} already exists, and it is a different one",
            why="the bundle's has the same name and different content; an index may depend on it",
            hint="move it away, or install into another folder with --to",
        )


def place_file(source: Path, target: Path, member: Member, owner: Owner) -> bool:
    """Put a file where it belongs; whether it was not there yet.

    What is there and right is kept, and given to its owner: a model that the server may not read
    is the usual end of a copy made as root.
    """
    _make_folders(target.parent, owner)
    if is_same(target, member):
        _give(target, owner, owner.file_mode)
        return False
    with atomic.replaced(target, fsync=True, fsync_folder=True, locked=True) as fresh:
        try:
            fresh.hardlink_to(source)
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, fresh)
        _give(fresh, owner, owner.file_mode)
    return True


def write_beside(target: Path, text: str) -> Path | None:
    """Write a configuration, never over one that is there: then it is `.new`, beside.

    Where it lies now; None when the same text is there already.
    """
    if target.is_file():
        if target.read_text("utf-8") == text:
            return None
        target = target.with_name(f"{target.name}.new")
    replace_text(target, text, 0o600)
    return target


def replace_text(target: Path, text: str, mode: int) -> None:
    """Replace a file in one step, also across a power cut. The installation's lock is held."""
    target.parent.mkdir(parents=True, exist_ok=True)
    atomic.replace_text(target, text, fsync=True, fsync_folder=True, mode=mode, locked=True)


# --- the configuration ----------------------------------------------------------------


def portable(settings: Settings) -> dict[str, Value]:
    """What is set on this machine and means the same on another one, by `section.key`."""
    found: dict[str, Value] = {}
    for key, origin in settings.origins.items():
        if origin != "default" and key not in _OF_ONE_MACHINE:
            section, _, name = key.partition(".")
            found[key] = getattr(getattr(settings, section), name)
    return found


def as_toml(values: Mapping[str, Value], heading: str) -> str:
    """The values as a configuration file."""
    lines = [f"# {heading}"]
    for section in dict.fromkeys(key.partition(".")[0] for key in values):
        lines += ["", f"[{section}]"]
        for key, value in values.items():
            if key.partition(".")[0] == section:
                # A JSON text, number, boolean or list of texts is written as TOML writes it.
                lines.append(f"{key.partition('.')[2]} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def from_toml(text: str) -> dict[str, Value]:
    tables = tomllib.loads(text)
    return {
        f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()
    }


# --- within ---------------------------------------------------------------------------


def _make_folders(folder: Path, owner: Owner) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        _give(one, owner, owner.folder_mode)


def _give(path: Path, owner: Owner, mode: int) -> None:
    status = path.stat()
    if (status.st_uid, status.st_gid) != (owner.uid, owner.gid):
        with suppress(PermissionError):  # only root may give away; then it stays readable at least
            os.chown(path, owner.uid, owner.gid)
    if status.st_mode & 0o777 != mode:
        with suppress(PermissionError):
            path.chmod(mode)
