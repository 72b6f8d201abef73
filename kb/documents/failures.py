"""An exception about one file, made into the Failure that the report lists."""

from __future__ import annotations

from kb.errors import DocumentError, KbError, UnreadableFile
from kb.types import Failure, SourceFile


def failure_of(source: SourceFile, stage: str, error: KbError) -> Failure:
    """What `kb status` shows for a file that did not go in."""
    return failure_at(
        source.root, source.path, stage, error, size=source.size, mtime_ns=source.mtime_ns
    )


def failure_at(
    root: str, path: str, stage: str, error: KbError, *, size: int = -1, mtime_ns: int = -1
) -> Failure:
    message = f"{error.what}: {error.why}" if error.why else error.what
    return Failure(root, path, stage, error.reference, message, error.hint, size, mtime_ns)


def unreadable(path: str, error: OSError) -> DocumentError:
    """The operating system's refusal as one of our kinds. `path` is only shown."""
    if isinstance(error, FileNotFoundError):
        return UnreadableFile(
            f"'{path}' has vanished",
            why="it was there when its folder was listed and is not any more",
            hint="run the ingest again; with --prune a deleted file leaves the index",
        )
    return UnreadableFile(
        f"'{path}' cannot be read",
        why=error.strerror or type(error).__name__,
        hint=f"give this user read permission, e.g. chmod a+rX '{path}', or exclude the file",
    )
