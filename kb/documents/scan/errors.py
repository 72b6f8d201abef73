"""Why the scan does not take something that it met: one error each, with what to do about it."""

from __future__ import annotations

import stat

from kb.errors import UnreadableFile, UsageError

IGNORE_FILE = ".kbignore"


def not_a_file(path: str, mode: int) -> UnreadableFile:
    kinds = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    return UnreadableFile(
        f"'{path}' is {kind}, not a file",
        why="only regular files hold documents; it was not opened",
        hint=f"exclude it: add '{path}' to {IGNORE_FILE}",
    )


def clash(path: str) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' names two files",
        why="their names differ only in Unicode normalisation or in undecodable bytes",
        hint="rename one of them",
    )


def leads_out(path: str) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' is a link that leads out of the folder",
        why="such links are not followed",
        hint=f"ingest the link's target itself, or add '{path}' to {IGNORE_FILE}",
    )


def broken_link(path: str, error: OSError) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' is a link that leads nowhere",
        why=error.strerror or type(error).__name__,
        hint=f"correct or delete the link, or add '{path}' to {IGNORE_FILE}",
    )


def not_there(path: str, error: OSError) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' is not there",
        why=f"{error.strerror}, or the folder that held it is empty",
        hint="is the disk or share mounted? if it is gone for good, remove it: kb remove PATH",
    )


def no_rules(path: str, error: OSError | UsageError) -> UnreadableFile:
    reason = error.why if isinstance(error, UsageError) else error.strerror or str(error)
    return UnreadableFile(
        f"'{path}' cannot be followed, so nothing of its folder is read",
        why=reason,
        hint=f"correct or delete '{path}', then run again",
    )
