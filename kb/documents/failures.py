"""What goes wrong with a file, in one wording each; and the Failure that the report lists."""

from __future__ import annotations

from kb.errors import (
    DamagedDocument,
    DocumentError,
    EmptyDocument,
    KbError,
    LimitExceeded,
    ProtectedDocument,
    UnreadableFile,
    UnsupportedFormat,
)
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


def unexpected(path: str, stage: str, error: BaseException) -> KbError:
    """A bug of kb on one file; its traceback belongs into the log."""
    return KbError(
        f"'{path}' met a bug in kb",
        why=f"{type(error).__name__} in stage {stage}",
        hint="report it with the file, if you can share it",
    )


def too_large(path: str, most: int) -> LimitExceeded:
    return LimitExceeded(
        f"'{path}' is too large",
        why=f"more than {most >> 20} MiB",
        hint="split the file, or exclude it, e.g. in .kbignore",
    )


def no_text(path: str, size: int) -> EmptyDocument:
    return EmptyDocument(
        f"there is no text in '{path}'",
        why="nothing in it could be read as text" if size else "the file is empty",
        hint="delete the file or exclude it, e.g. in .kbignore",
    )


def damaged(path: str, error: BaseException) -> DamagedDocument:
    detail = " ".join(str(error).split())[:160]
    return DamagedDocument(
        f"'{path}' is damaged",
        why=f"{type(error).__name__}: {detail}" if detail else type(error).__name__,
        hint="open it in the program it was made with and save it again, or get another copy",
    )


def protected(path: str) -> ProtectedDocument:
    return ProtectedDocument(
        f"'{path}' needs a password",
        why="it is encrypted",
        hint="save a copy without the password, or exclude the file",
    )


def unsupported(path: str, ending: str) -> UnsupportedFormat:
    return UnsupportedFormat(
        f"no parser reads '{path}'",
        why=f"the format .{ending} is not known" if ending else "its format is not recognised",
        hint="convert it to PDF, DOCX or text, or exclude it, e.g. in .kbignore",
    )
