"""Whose vectors are whose on a server: an id for each collection folder, kept beside FORMAT.

    kb id 1
    5f3a…                        the id, 32 hex digits
    ready                        or: taking over, taking over 9d07…
    1840723 9d2c… /srv/kb/…      where this file was written: inode of the folder, machine, path

A folder that was copied carries the id of the one that it was copied from, and would share that
one's vectors: each would delete what the other needs. So a folder whose inode is another, on
another machine or under another path, is a copy and takes an id of its own. One that was only
moved keeps its inode; one on a file system without stable inodes keeps machine and path.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from kb import atomic
from kb.index.faults import damaged, state_faults, store_faults
from kb.index.layout import Layout
from kb.statefile import read_text

_HEAD = "kb id 1"
_READY, _TAKING_OVER = "ready", "taking over"
_MACHINE = Path("/etc/machine-id")
_LARGEST = 64 << 10


@dataclass(frozen=True, slots=True)
class Identity:
    """`ready` is False while points of another name are still taken over: those of the id
    `source`, or without one those that lie under the collection's old name. `is_copy`: the file
    came with a copy of the folder that the id belongs to."""

    id: str
    ready: bool = True
    source: str = ""
    is_copy: bool = False


def read_identity(place: Layout) -> Identity | None:
    """The folder's id; None where it has none yet. Raises StoreDamaged, StoreError."""
    path = place.identity
    try:
        with state_faults(path):
            lines = read_text(path, _LARGEST).splitlines()
    except FileNotFoundError:
        return None
    if len(lines) != 4 or lines[0] != _HEAD or not re.fullmatch("[0-9a-f]{32}", lines[1]):
        raise damaged(path, "it is no id of a collection", hint="restore it from a backup")
    inode, _, where = lines[3].partition(" ")
    own_inode, _, own_where = _place(place).partition(" ")
    return Identity(
        id=lines[1],
        ready=lines[2] == _READY,
        source=lines[2].removeprefix(_TAKING_OVER).strip() if lines[2] != _READY else "",
        is_copy=inode != own_inode and where != own_where,
    )


def new_identity(source: str = "") -> Identity:
    return Identity(uuid.uuid4().hex, ready=False, source=source)


def write_identity(place: Layout, identity: Identity) -> None:
    """Keep it, across a power cut. The writer's lock is held. Raises StoreError."""
    state = _READY if identity.ready else f"{_TAKING_OVER} {identity.source}".strip()
    text = f"{_HEAD}\n{identity.id}\n{state}\n{_place(place)}\n"
    with store_faults(place.identity):
        atomic.replace_text(
            place.identity, text, fsync=True, fsync_folder=True, mode=0o600, locked=True
        )


def _place(place: Layout) -> str:
    try:
        machine = _MACHINE.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = "-"
    folder = place.folder.resolve()
    # A path may hold a line break; it is only compared.
    return f"{folder.stat().st_ino} {machine} {str(folder).encode('unicode_escape').decode()}"
