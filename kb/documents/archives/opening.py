"""Archives: what is in them, and a member's bytes. Nothing is unpacked under a member's name.

The containers opened last are kept, so that the members of one archive do not open it again each.
"""

from __future__ import annotations

import os
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import BinaryIO

from kb.documents.archives.limits import (
    MOST_NESTED,
    MOST_UNPACKED,
    check_ratio,
    is_suspicious,
    too_deep,
    unpacks_to_too_much,
)
from kb.documents.archives.members import Container
from kb.documents.detect import detect
from kb.documents.failures import damaged, protected, unreadable
from kb.documents.filetime import modified_ns
from kb.documents.formats import Format
from kb.errors import EmptyDocument, KbError, UnreadableFile, UnsupportedFormat
from kb.types import MEMBER, ParsedDocument, SourceFile

_KEPT = 4


@dataclass(frozen=True, slots=True)
class Opened(ParsedDocument):
    """A document that holds others: an archive, which has no text itself, or a mail.

    `packed`: the members count against the limits of archives (see `Budget`)."""

    members: tuple[SourceFile, ...] = ()
    packed: bool = False


# --- what the parser and the reader call ----------------------------------------------


def opened(source: SourceFile, kind: Format, data: bytes) -> Opened:
    """An archive's list of members. `data` are its bytes.

    Raises:
        EmptyDocument: it holds no file.
        ProtectedDocument: every member is encrypted.
        LimitExceeded: it unpacks to too much, or lies in too many others.
        DamagedDocument: it cannot be read.
    """
    if len(source.member) >= MOST_NESTED:
        raise too_deep(source)
    container = _open(kind, source.path, _file_of(source, data))
    _shelf.put(_key(source), container)
    if not container.entries:
        raise EmptyDocument(
            f"there is no file in '{source.path}'",
            why="it holds none, or only hidden ones",
            hint="delete the archive or exclude it, e.g. in .kbignore",
        )
    entries = container.entries.values()
    if all(entry.encrypted for entry in entries):
        raise protected(source.path)
    if container.packed:
        # A member that is refused by itself takes no neighbour with it.
        rest = [one for one in entries if not is_suspicious(one.size, one.packed)]
        check_ratio(source.path, sum(one.size for one in rest or entries), len(data))
    title = source.path.rpartition("/")[2]
    return with_members(ParsedDocument(source, "", (), title), container)


def with_members(document: ParsedDocument, container: Container) -> Opened:
    """A document and what is in its container, which is kept for its members to come."""
    source = document.source
    _shelf.put(_key(source), container)
    members = tuple(
        replace(
            source,
            path=f"{source.path}{MEMBER}{name}",
            size=entry.size,
            sha256="",
            member=(*source.member, name),
        )
        for name, entry in container.entries.items()
    )
    return Opened(
        source, document.text, document.elements, document.title, document.labels,
        document.losses, document.tables, members, container.packed,
    )  # fmt: skip


def read_member(source: SourceFile) -> bytes:
    """Raises:
    UnreadableFile: the outermost file is not what it was when it was listed.
    LimitExceeded: the member is too large, unpacks to too much or lies too deep.
    ProtectedDocument: it is encrypted.
    UnsupportedFormat: it is packed in a way that cannot be unpacked here.
    DamagedDocument: it cannot be read.
    """
    if len(source.member) > MOST_NESTED:
        raise too_deep(source)
    try:
        _check_unchanged(source)
        container = _container(source, source.member[:-1])
        entry = container.entries.get(source.member[-1])
        if entry is None or entry.size != source.size:
            raise changed(source)
        if entry.encrypted:
            raise protected(source.path)
        if entry.size > MOST_UNPACKED:
            raise unpacks_to_too_much(source.path)
        check_ratio(source.path, entry.size, entry.packed)
        return container.read(entry)
    except (KbError, MemoryError):
        raise
    except OSError as error:
        raise unreadable(source.path, error) from error
    except NotImplementedError as error:
        raise UnsupportedFormat(
            f"'{source.path}' cannot be unpacked",
            why=f"it is packed by a method that is not known here: {error}",
            hint="pack the archive again as an ordinary ZIP, or unpack it into the folder",
        ) from error
    except Exception as error:  # a hostile archive makes its library raise anything at all
        raise damaged(source.path, error) from error


def forget() -> None:
    """Close what was kept of other files."""
    _shelf.clear()


def changed(source: SourceFile) -> UnreadableFile:
    return UnreadableFile(
        f"'{source.path}' has changed while it was read",
        why="its file is not the one that was listed",
        hint="run the ingest again",
    )


# --- the containers opened last -------------------------------------------------------

_Key = tuple[str, int, tuple[str, ...]]


def _key(source: SourceFile) -> _Key:
    return source.location, source.mtime_ns, source.member


class _Shelf:
    def __init__(self) -> None:
        self.kept: OrderedDict[_Key, Container] = OrderedDict()

    def get(self, key: _Key) -> Container | None:
        if key in self.kept:
            self.kept.move_to_end(key)
        return self.kept.get(key)

    def put(self, key: _Key, container: Container) -> None:
        if self.kept.get(key) is not container:
            self.drop(key)
        self.kept[key] = container
        while len(self.kept) > _KEPT:
            self.drop(next(iter(self.kept)))

    def drop(self, key: _Key) -> None:
        if key in self.kept:
            self.kept.pop(key).close()

    def clear(self) -> None:
        for key in list(self.kept):
            self.drop(key)


_shelf = _Shelf()


def _container(source: SourceFile, chain: tuple[str, ...]) -> Container:
    """The container at the end of a chain of members, opened from the outermost inwards."""
    key = source.location, source.mtime_ns, chain
    found = _shelf.get(key)
    if found is not None:
        return found
    if chain:
        outer = _container(source, chain[:-1])
        entry = outer.entries.get(chain[-1])
        if entry is None:
            raise changed(source)
        check_ratio(source.path, entry.size, entry.packed)
        data = outer.read(entry)
    else:
        with open(source.location, "rb") as file:
            # No more than there is: the buffer that a read asks for is taken from memory at once.
            data = file.read(min(os.fstat(file.fileno()).st_size, MOST_UNPACKED) + 1)
    path = source.path.split(MEMBER)[0] + "".join(f"{MEMBER}{name}" for name in chain)
    kind = detect(path, data)
    if kind.open is None:
        raise changed(source)
    here = replace(source, path=path, member=chain)
    container = _open(kind, path, _file_of(here, data))
    _shelf.put(key, container)
    return container


def _open(kind: Format, path: str, file: BinaryIO) -> Container:
    assert kind.open is not None, f"{kind.name} holds no other files"
    try:
        return kind.open(path, file)
    except BaseException:
        file.close()
        raise


def _file_of(source: SourceFile, data: bytes) -> BinaryIO:
    """A file to read a container from: its own, or one without a name that holds the bytes."""
    if not source.member:
        file = open(source.location, "rb")  # noqa: SIM115 (the container closes it)
        if modified_ns(os.fstat(file.fileno())) == source.mtime_ns:
            return file
        file.close()
        raise changed(source)
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    copy.write(data)
    copy.seek(0)
    return copy


def _check_unchanged(source: SourceFile) -> None:
    if modified_ns(os.stat(source.location)) != source.mtime_ns:
        forget()
        raise changed(source)
