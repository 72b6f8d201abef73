"""Small files that kb keeps its state in. By now they may hold anything, or be something else than
files: a link, a named pipe or a device is an error and never followed or waited for, and what is
read is limited. Standard library alone."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, to be read.

    Raises:
        FileNotFoundError: nothing is there.
        OSError: something else than a file is there, or it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        yield file


def read_text(path: Path, largest: int) -> str:
    """The text of a file in UTF-8.

    Raises:
        OSError: as `opened`.
        ValueError: it has more than `largest` bytes, or is not UTF-8.
    """
    with opened(path) as file:
        raw = file.read(largest + 1)
    if len(raw) > largest:
        raise ValueError(f"it is larger than {largest} bytes")
    return raw.decode("utf-8")


def parsed_json(text: str) -> Any:
    """Raises ValueError: it is no JSON, or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: Path, largest: int) -> Any:
    """Raises as `read_text` and `parsed_json` do."""
    return parsed_json(read_text(path, largest))
