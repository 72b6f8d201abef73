"""The file `checksums` of a generation: by it a bit that was flipped later is found.

    kb checksums 1 00000007 qdrant-edge-py 0.9.1
    6b2f01c3 524288 catalog.sqlite
    ...
    9d0e44aa

The first line names the generation and the engine, the last one is the CRC-32 of the lines above.
A line between is a file: its checksum, its size in bytes, its path, in the order of the paths. A
file's checksum is the CRC-32 of its pages of 256 KiB that are not all zeros, each after its number
(8 bytes, little-endian): what was never written may be a hole, or not, in a copy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from kb.index import disk
from kb.index.faults import store_faults
from kb.index.layout import FIXED_FILES
from kb.statefile import opened, read_text

NAME = "checksums"

_HEAD = "kb checksums 1"
_LINE = re.compile(r"([0-9a-f]{8}) (\d{1,19}) (.+)")
_PAGE = 256 << 10
_ZEROS = bytes(_PAGE)
_LARGEST = 64 << 20
_ENGINE = "qdrant-edge-py"

# The engine deletes the first when it loads a shard, and sets numbers of deleted points in the
# others to zero; no search reads any of them.
_CHANGED_BY_READERS = frozenset(
    {"tracker_journal.dat", "id_tracker.versions", "mutable_id_tracker.versions"}
)


@dataclass(frozen=True, slots=True)
class Sum:
    checksum: int
    size: int


@dataclass(frozen=True, slots=True)
class Checksums:
    """What was written of one generation. `engine`: the vector engine and its version."""

    number: int
    engine: str
    files: Mapping[str, Sum]

    def text(self) -> str:
        lines = [f"{_HEAD} {self.number:08d} {self.engine}"]
        lines += [f"{one.checksum:08x} {one.size} {path}" for path, one in self.files.items()]
        body = "".join(f"{line}\n" for line in lines)
        return f"{body}{crc32(body.encode()):08x}\n"


def engine() -> str:
    """Another version of it may write the files of a shard anew when it loads them."""
    from importlib import metadata  # 30 modules, mail and ZIP among them, that reading needs not

    try:
        return f"{_ENGINE} {metadata.version(_ENGINE)}"
    except metadata.PackageNotFoundError:
        return ""


def compute(folder: Path, number: int, base: Path | None) -> Checksums:
    """Of every file of a draft. A file that it shares with the generation `base` keeps the
    checksum that it had there: it is not read, and damage done to it since stays damage."""
    with store_faults(folder):
        before = _known(base) if base else {}
        files = {}
        for path in _paths(folder):
            name = str(path.relative_to(folder))
            kept = before.get(name) if path.name in FIXED_FILES else None
            if kept and base and _is_shared(path, base / name):
                files[name] = kept
            else:
                files[name] = file_sum(path)
    return Checksums(number, engine(), files)


def read(folder: Path) -> Checksums | None:
    """What was written of a generation; None where an earlier version of kb wrote it, or wrote
    the generation after the one that these are of.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be read.
    """
    try:
        text = read_text(folder / NAME, _LARGEST)
    except FileNotFoundError:
        return None
    found = _parsed(text)
    return found if f"{found.number:08d}" == folder.name else None


def problems(folder: Path) -> list[str]:
    """What is not as it was written, one line a file; nothing where nothing is known."""
    try:
        known = read(folder)
    except (ValueError, OSError) as error:
        return [f"{NAME}: {error}"]
    if known is None:
        return []
    same_engine = known.engine == engine()
    found = []
    for name, written in known.files.items():
        # What another version of the engine has written anew was no damage.
        if same_engine or Path(name).name in FIXED_FILES or not name.startswith("vectors/"):
            found += [f"{name}: {why}" for why in _differences(folder / name, written)]
    return found


def missing(folder: Path) -> str:
    """The first file of a generation that is gone; empty where there is none, or where the list
    itself is damaged (`problems` says so), or another version of the engine wrote it."""
    try:
        known = read(folder)
    except (ValueError, OSError):
        return ""
    if known is None or known.engine != engine():
        return ""
    return next((name for name in known.files if not (folder / name).exists()), "")


def is_complete(folder: Path, known: Checksums) -> bool:
    """Whether every file is there and has its size."""
    try:
        return all((folder / name).lstat().st_size == one.size for name, one in known.files.items())
    except OSError:
        return False


def file_sum(path: Path) -> Sum:
    """Raises OSError: it cannot be read, or is no file."""
    total, last = 0, -1
    with opened(path) as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        for start, end in disk.data_of(descriptor):
            for number in range(max(last + 1, start // _PAGE), -(-end // _PAGE)):
                page = os.pread(descriptor, _PAGE, number * _PAGE)
                if page != _ZEROS[: len(page)]:
                    total = crc32(page, crc32(number.to_bytes(8, "little"), total))
                last = number
    return Sum(total, size)


def _differences(path: Path, written: Sum) -> Iterator[str]:
    try:
        found = file_sum(path)
    except FileNotFoundError:
        yield "the file is missing"
    except OSError as error:
        yield f"it cannot be read: {error.strerror}"
    else:
        if found.size != written.size:
            yield f"{found.size} bytes, and {written.size} were written"
        elif found != written:
            yield "it does not hold what was written"


def _paths(folder: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(top, name) for name in sorted(files) if _counts(name))


def _counts(name: str) -> bool:
    return name != NAME and name not in _CHANGED_BY_READERS


def _known(base: Path) -> Mapping[str, Sum]:
    try:
        known = read(base)
    except (ValueError, OSError):
        return {}
    return known.files if known else {}


def _is_shared(path: Path, before: Path) -> bool:
    """A second name of the same file; or a copy that shares its blocks, and has its time."""
    try:
        new, old = path.stat(), before.stat()
    except FileNotFoundError:
        return False
    same = (new.st_size, new.st_mtime_ns) == (old.st_size, old.st_mtime_ns)
    return same or os.path.samestat(new, old)


def _parsed(text: str) -> Checksums:
    *lines, last = text.splitlines() or [""]
    body = "".join(f"{line}\n" for line in lines)
    head = re.fullmatch(rf"{_HEAD} (\d{{8,19}}) (.*)", lines[0] if lines else "")
    if last != f"{crc32(body.encode()):08x}" or not head:
        raise ValueError("it does not hold what was written")
    files = {}
    for line in lines[1:]:
        if not (found := _LINE.fullmatch(line)):
            raise ValueError(f"a line is none: {line[:60]!r}")
        files[found[3]] = Sum(int(found[1], 16), int(found[2]))
    return Checksums(int(head[1]), head[2], files)
