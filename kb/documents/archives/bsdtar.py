"""Archives that the program bsdtar (libarchive) opens: it makes a tar of them, under limits."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from kb.documents.archives.limits import (
    MOST_UNPACKED,
    SUSPICIOUS_RATIO,
    SUSPICIOUS_SIZE,
    unpacks_to_too_much,
)
from kb.documents.archives.tar import Tar
from kb.documents.converters.common.programs import needed, on_path, run
from kb.documents.failures import protected
from kb.documents.formats import Program
from kb.errors import DamagedDocument, LimitExceeded

_HEADS = 16 << 20  # what a tar adds to 10,000 files

BSDTAR = Program(
    name="bsdtar",
    find=functools.partial(on_path, "bsdtar"),
    fix="install it: sudo apt-get install libarchive-tools (Debian, Ubuntu), or pack such archives "
    "as ZIP",
    comes_with_kb=False,
)


def opened(path: str, file: BinaryIO) -> Tar:
    """An archive as a tar in a file without a name. Closes `file`.

    Raises:
        MissingProgram: bsdtar is not there.
        ProtectedDocument: something in it is encrypted.
        LimitExceeded: it unpacks to too much, or takes too long.
        DamagedDocument: bsdtar does not read it.
    """
    with file, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        program = needed(BSDTAR, path)
        given, made = Path(folder, "in"), Path(folder, "out.tar")
        with given.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        packed = given.stat().st_size
        most = min(MOST_UNPACKED, max(SUSPICIOUS_SIZE, SUSPICIOUS_RATIO * packed)) + _HEADS
        command = [program, "--format=pax", "-cf", str(made), f"@{given}"]
        try:
            run(path, command, folder, most=most + packed)
        except LimitExceeded as error:
            if made.exists() and made.stat().st_size >= most:
                raise unpacks_to_too_much(path) from error
            raise
        except DamagedDocument as error:
            if _is_encrypted(error) or _is_encrypted(_told(path, program, given, folder, most)):
                raise protected(path) from error
            raise
        return Tar(path, made.open("rb"))


def _told(path: str, program: str, given: Path, folder: str, most: int) -> DamagedDocument | None:
    """What bsdtar says when it unpacks: as it makes a tar it does not say why it fails."""
    try:
        run(path, [program, "-xOf", str(given)], folder, most=most)
    except DamagedDocument as error:
        return error
    return None


def _is_encrypted(error: DamagedDocument | None) -> bool:
    return error is not None and "crypt" in error.why.lower()
