"""Names of files: which are no documents, and how one is shown."""

from __future__ import annotations

import os
import re
import unicodedata

from kb.documents.formats import extension, hidden_endings

_SKIPPED_PREFIXES = ("~$", "._", ".~", ".#")
_SKIPPED_SUFFIXES = ("~",)
_SKIPPED_FOLDERS = frozenset({"__pycache__", "__MACOSX", "node_modules", "CVS"})
_SKIPPED_NAMES = frozenset({"Thumbs.db", "desktop.ini"})
_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")


def printable(name: str) -> str:
    """A name as it can be shown and stored: NFC, and `\\xNN` for bytes that are not UTF-8 and
    for control characters."""
    if _is_plain(name):
        return name
    return unicodedata.normalize("NFC", escaped(name))


def escaped(name: str) -> str:
    """The same without normalisation, which tells apart what differs in it alone."""
    if _is_plain(name):
        return name
    plain = os.fsencode(name).decode("utf-8", "backslashreplace")
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", plain)


def _is_plain(name: str) -> bool:
    """Whether it is shown as it is: most names, and there are very many."""
    return name.isascii() and name.isprintable()


def skipped(name: str, folder: bool) -> bool:
    """Whether a file or folder is no document by its name alone: hidden, of version control, or the
    lock or scratch file of an editor or an office program."""
    if name.startswith(_SKIPPED_PREFIXES) or name.endswith(_SKIPPED_SUFFIXES):
        return True
    if name.startswith("."):
        return folder or extension(name) not in hidden_endings()
    return name in (_SKIPPED_FOLDERS if folder else _SKIPPED_NAMES)
