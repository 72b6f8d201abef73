"""Which folders are ingested, and under which labels.

A document's identity is its root's label and its path below that root, so that the same folder
has the same identities on every machine, wherever it is mounted. The label is the folder's own
name; a second folder of the same name gets `-2`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kb.errors import UsageError
from kb.types import SourceRoot


def resolve(paths: Sequence[Path], known: Sequence[SourceRoot]) -> tuple[SourceRoot, ...]:
    """What to scan for the given paths: roots, or parts of roots (`only`).

    A path below a known root is a part of that root and keeps its documents' identities. A
    single file is a part of its folder. Links are not followed: a mounted folder keeps the name
    under which it was given.

    Raises:
        UsageError: a path does not exist, or cannot be remembered: its name is not UTF-8.
    """
    taken = {root.label: root.location for root in known}
    parts: dict[str, set[str]] = {}
    for path in paths:
        location = os.path.abspath(path)
        if not os.path.lexists(location):
            raise UsageError(
                f"{path} does not exist",
                why=f"nothing is at {location}",
                hint="check the path; is the file share mounted?",
            )
        if _is_not_text(location):
            raise _unspeakable(location)
        root, part = _place(location, known)
        parts.setdefault(root, set()).add(part)
        if root not in taken.values():
            taken[_free_label(Path(root).name or "root", taken)] = root
    labels = {location: label for label, location in taken.items()}
    return tuple(
        SourceRoot(labels[root], root, () if "" in only else tuple(sorted(only)))
        for root, only in parts.items()
    )


def merged(known: Sequence[SourceRoot], scanned: Sequence[SourceRoot]) -> tuple[SourceRoot, ...]:
    """The roots to remember: all of a root once it was ever scanned as a whole, else its parts."""
    found = {root.location: root for root in known}
    for root in scanned:
        before = found.get(root.location)
        only = tuple(sorted({*before.only, *root.only})) if before else root.only
        whole = not root.only or (before is not None and not before.only)
        found[root.location] = SourceRoot(root.label, root.location, () if whole else only)
    return tuple(found.values())


def outermost(roots: Sequence[SourceRoot]) -> tuple[SourceRoot, ...]:
    """Without the roots that lie inside another one that is scanned as a whole."""
    return tuple(
        root
        for root in roots
        if not any(
            other is not root and not other.only and is_inside(root.location, other.location)
            for other in roots
        )
    )


def is_inside(location: str, folder: str) -> bool:
    """Whether a path is the folder or lies below it, by name alone."""
    return location == folder or location.startswith(folder.rstrip(os.sep) + os.sep)


def _place(location: str, known: Sequence[SourceRoot]) -> tuple[str, str]:
    """The root's location and the part below it, "" for all of it."""
    around = [
        root.location
        for root in known
        if is_inside(location, root.location) and (not root.only or location != root.location)
    ]
    if around:
        root = min(around, key=len)
    elif os.path.isdir(location):
        return location, ""
    else:
        root = os.path.dirname(location)
    part = os.path.relpath(location, root)
    return root, "" if part == "." else part.replace(os.sep, "/")


def _is_not_text(location: str) -> bool:
    """Python keeps bytes that are not UTF-8 as surrogates."""
    return any("\ud800" <= character <= "\udfff" for character in location)


def _unspeakable(location: str) -> UsageError:
    while _is_not_text(location):
        location = os.path.dirname(location)
    return UsageError(
        "the name of what is to be ingested is not UTF-8",
        why=f"a path below {location} has bytes that are not, and has to be remembered",
        hint=f"rename it, or ingest the folder around it: kb ingest {location}",
    )


def _free_label(name: str, taken: dict[str, str]) -> str:
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}-{number}"
    return label
