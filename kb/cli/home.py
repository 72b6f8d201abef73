"""The home folder before the sandbox closes: what a command may write there is made, and nothing
else can be written afterwards; `config.toml` and the keys least of all.

Landlock gives rights on what is there, for all that lies below it. So whatever is written has a
folder of its own below the home folder, and the home folder itself has no rule.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kb.access.callers import CONVERSATIONS
from kb.cli.needs import Needs
from kb.config import Settings
from kb.errors import StoreError

_NAMES = frozenset(
    (
        "bundles",
        "collections",
        "config.toml",
        "inbox",
        "keys",
        "models",
        "program",
        "serve",
        "users",
    )
)
_MOVED = ("egress.jsonl", "egress.jsonl.1", "models.json")
"""What lay in the home folder itself, and lies in `Settings.state` now."""


def prepare(settings: Settings, needs: Needs, parameters: Mapping[str, Any]) -> None:
    """Make the folders that the command writes to, and move what earlier versions kept elsewhere.
    Where that cannot be done, the command says why when it needs them; another user's home is
    left as it is."""
    from kb.index.layout import private_files
    from kb.index.owner import require_own

    with contextlib.suppress(OSError, StoreError), private_files():
        require_own(settings.home)
        if needs.home != "reads" and not parameters.get("dry_run"):
            (settings.home / "collections").mkdir(parents=True, exist_ok=True)
        if not _is_home(settings.home):
            return
        if needs.chats:
            (settings.home / "chats").mkdir(exist_ok=True)
        for name in ("inbox", "serve", "users") if needs.listens else ():
            (settings.home / name).mkdir(exist_ok=True)
        settings.state.mkdir(exist_ok=True)
        for name in _MOVED:
            earlier, now = settings.home / name, settings.state / name
            if os.path.lexists(earlier) and not os.path.lexists(now):
                earlier.replace(now)


def writable(settings: Settings, needs: Needs, parameters: Mapping[str, Any]) -> list[Path]:
    """The folders that the command writes to."""
    names = ["collections", "chats"] if _keeps_chats(needs, parameters) else ["collections"]
    names += ["inbox"] if needs.listens else []
    names += ["serve"] if needs.listens or wipes(needs, parameters) else []
    return [*(settings.home / name for name in names), settings.state]


def readable(settings: Settings, needs: Needs, parameters: Mapping[str, Any]) -> list[Path]:
    """What else of it the command reads: not the private key."""
    if wipes(needs, parameters):
        return [settings.home]
    users = [settings.home / "users"] if needs.listens or needs.lists_users else []
    judged = needs.feedback and parameters.get("from_feedback")
    kept = [settings.home / CONVERSATIONS] if judged else []
    return [settings.home / "keys/bundle.pub", *users, *kept]


def outputs(settings: Settings, needs: Needs, parameters: Mapping[str, Any]) -> list[Path]:
    """The single files that the command writes. One that is not there is made, empty, so that no
    right on its folder is needed."""
    files = [file.absolute() for file in needs.outputs(parameters)]
    for file in files:
        made_empty(file)
    if wipes(needs, parameters):
        from kb.pipelines.traces import evaluations

        with contextlib.suppress(StoreError):  # the command says so itself
            files += evaluations(settings.home)
    return files


def wipes(needs: Needs, parameters: Mapping[str, Any]) -> bool:
    return needs.wipes and bool(parameters.get("purge"))


def made_empty(file: Path) -> None:
    """Make a file that is not there. Who writes it says why that could not be done."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
    with contextlib.suppress(OSError):
        os.close(os.open(file, flags, 0o666))


def _is_home(folder: Path) -> bool:
    """Whether kb works there already, or nobody does: nothing is made among other files."""
    there = {entry.name for entry in os.scandir(folder)} if folder.is_dir() else {"nothing"}
    return not there or not there.isdisjoint(_NAMES)


def _keeps_chats(needs: Needs, parameters: Mapping[str, Any]) -> bool:
    return needs.chats or wipes(needs, parameters)
