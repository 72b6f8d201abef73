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
from typing import Any, BinaryIO, TypeVar, get_args, get_type_hints

from kb.atomic import keep_owner

T = TypeVar("T")

_known_types: dict[type, dict[str, tuple[Any, ...]]] = {}


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, to be read.

    Raises:
        FileNotFoundError: nothing is there.
        OSError: something else than a file is there, or it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        _require_file(descriptor, path)
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


def read_tail(path: Path, largest: int) -> str:
    """The last `largest` bytes of a log, from the beginning of a line on; what is not UTF-8 is
    replaced. Raises as `opened` does."""
    with opened(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - largest))
        raw = file.read(largest)
    if size > largest:
        raw = raw.partition(b"\n")[2]
    return raw.decode("utf-8", "replace")


def append_line(path: Path, line: bytes, *, fsync: bool) -> None:
    """Add a line to a log. A line before it that a crash cut off is ended first. The file is
    created for its owner alone.

    Raises:
        OSError: it cannot be written, or something else than a file is there.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        _require_file(descriptor, path)
        if size := file.seek(0, os.SEEK_END):
            file.seek(size - 1)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        file.flush()
        if fsync:
            os.fsync(descriptor)
    if not size:
        keep_owner(path)


def is_file(path: Path) -> bool:
    """Whether a regular file is there; a link to one does not count. Raises OSError: that cannot
    be told."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def parsed_json(text: object) -> Any:
    """Raises ValueError: it is no JSON, or nested too deeply."""
    if not isinstance(text, str):
        raise ValueError("it is no text")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def texts(text: object) -> tuple[str, ...]:
    """A list of texts in JSON. Raises ValueError: it is none."""
    return _texts(parsed_json(text))


def lists_of_texts(text: object) -> tuple[tuple[str, ...], ...]:
    """A list of lists of texts in JSON. Raises ValueError: it is none."""
    found = parsed_json(text)
    if not isinstance(found, list):
        raise ValueError("it is no list")
    return tuple(map(_texts, found))


def _texts(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("it is no list of texts")
    return tuple(found)


def read_json(path: Path, largest: int) -> Any:
    """Raises as `read_text` and `parsed_json` do."""
    return parsed_json(read_text(path, largest))


def typed(kind: type[T], values: object) -> T:
    """A dataclass from what JSON gave for it: every field is known and of its type.

    Fields are text, whole numbers of 64 bits, finite numbers and yes or no, each perhaps None.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(values, dict):
        raise ValueError("it is not an object")
    known = _types(kind)
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"the field {str(name)[:60]!r} is not known")
        if not any(_is(one, value) for one in known[name]):
            raise ValueError(f"{name} is {str(value)[:60]!r}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError("a field is missing") from error


def _types(kind: type) -> dict[str, tuple[Any, ...]]:
    """The types that each field may have."""
    if kind not in _known_types:
        hints = get_type_hints(kind).items()
        _known_types[kind] = {name: get_args(hint) or (hint,) for name, hint in hints}
    return _known_types[kind]


def _is(kind: Any, value: object) -> bool:
    if isinstance(value, bool) or kind is bool:
        return kind is bool and isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float) and abs(value) < 1e300
    if kind is int:
        return isinstance(value, int) and abs(value) < 1 << 63
    return isinstance(value, kind)


def _require_file(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
