"""The bytes of a source: a file's, or those of a member of an archive or a mail.

Read once, so that hash and text are of the same bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat

from kb.documents.archives import opening
from kb.documents.failures import too_large, unreadable
from kb.documents.filetime import modified_ns
from kb.errors import UnreadableFile
from kb.types import SourceFile

MOST_BYTES = 1 << 30


def read(source: SourceFile) -> tuple[SourceFile, bytes]:
    """The source's bytes, and the source with their `sha256` and size.

    Of a file, the time is that of the bytes that were read. A member keeps the time of its
    outermost file, which must still be what it was when the archive was listed.

    Raises:
        UnreadableFile: permission, vanished, not a regular file, or changed since it was listed.
        LimitExceeded: more than 1 GiB.
        DocumentError: the kinds of `kb.documents.archives.opening.read_member`.
    """
    if source.member:
        data = opening.read_member(source)
        modified = source.mtime_ns
    else:
        opening.forget()
        data, modified = _read_file(source)
    digest = hashlib.sha256(data).hexdigest()
    return dataclasses.replace(source, size=len(data), mtime_ns=modified, sha256=digest), data


def _read_file(source: SourceFile) -> tuple[bytes, int]:
    """Open without blocking on what has become a FIFO since the scan."""
    try:
        handle = os.open(source.location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFile(
                    f"'{source.path}' is no longer a regular file",
                    why="it was replaced after the scan",
                    hint="run the ingest again",
                )
            if status.st_size > MOST_BYTES:
                raise too_large(source.path, MOST_BYTES)
            data = file.read(status.st_size + 1)  # a size, lest the buffer be made for more
    except OSError as error:
        raise unreadable(source.path, error) from error
    return data, modified_ns(status)
