"""Files that hold others, unpacked by a program into a folder of its own, under limits.

Members are found by the names that the program gave them; nothing but regular files is one.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from kb.documents.archives.limits import MOST_MAILS, MOST_UNPACKED, too_many, unpacks_to_too_much
from kb.documents.archives.members import Entry, named
from kb.documents.converters.common.programs import needed, run
from kb.documents.formats import Program
from kb.errors import LimitExceeded


class Extracted:
    """What a program has unpacked (see `kb.documents.archives.members.Container`).

    Args:
        path: of the file, which is only shown.
        command: the program's path, the file's and the folder's to a command line.
        most: bytes that it may unpack to.
        packed: it may unpack to more than it is, and the limits of archives hold.
    """

    def __init__(
        self,
        path: str,
        file: BinaryIO,
        program: Program,
        command: Callable[[str, str, str], list[str]],
        *,
        most: int = MOST_UNPACKED,
        packed: bool = True,
    ) -> None:
        """Raises MissingProgram, LimitExceeded, DamagedDocument."""
        self.packed = packed
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        try:
            with file:
                self._unpack(path, file, needed(program, path), command, most)
            self.entries = named(self._files(path))
        except BaseException:
            self.close()
            raise

    def _unpack(
        self,
        path: str,
        file: BinaryIO,
        program: str,
        command: Callable[[str, str, str], list[str]],
        most: int,
    ) -> None:
        given, out = Path(self._folder.name, "in"), Path(self._folder.name, "out")
        out.mkdir()
        with given.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        line = command(program, str(given), str(out))
        try:
            run(path, line, self._folder.name, most=most + given.stat().st_size)
        except LimitExceeded as error:
            if self.packed and "more than" in error.why:
                raise unpacks_to_too_much(path) from error
            raise
        given.unlink()

    def _files(self, path: str) -> Iterator[tuple[str, Entry]]:
        out = Path(self._folder.name, "out")
        count = 0
        for place, folders, names in os.walk(out):
            folders.sort(key=_by_number)
            for name in sorted(names, key=_by_number):
                file = Path(place, name)
                status = file.lstat()
                if stat.S_ISREG(status.st_mode):
                    count += 1
                    if count > MOST_MAILS:
                        raise too_many(path)
                    size = status.st_size
                    yield file.relative_to(out).as_posix(), Entry(size, size, file)

    def read(self, entry: Entry) -> bytes:
        data: bytes = entry.key.read_bytes()
        return data

    def close(self) -> None:
        self._folder.cleanup()


def _by_number(name: str) -> tuple[int, str]:
    """2.eml before 10.eml."""
    stem = name.partition(".")[0]
    return (int(stem) if stem.isdecimal() and stem.isascii() else 0), name
