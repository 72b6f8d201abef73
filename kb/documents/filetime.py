"""When a file was changed, as the store can hold it."""

from __future__ import annotations

import os

_MOST = (1 << 63) - 1


def modified_ns(status: os.stat_result) -> int:
    """Nanoseconds since 1970. A time that 64 bits cannot hold, after 2262 or before 1677, is the
    last or first that they can: what a file system may say must not keep a file out."""
    return max(-_MOST, min(_MOST, status.st_mtime_ns))
