"""Which files a folder holds. Looks at names and metadata only; no file is opened.

What is a document, and under which name:

* Hidden names (`.x`), the folders of version control and the lock and scratch files of editors
  and office programs (`~$x.docx`, `.~lock.x#`, `x~`) are not documents.
* `.kbignore` holds gitignore rules for its folder and all below it; deeper files win, and what
  lies in an ignored folder stays ignored. `include` and `exclude` are patterns of the same kind:
  with `include`, only what matches it; never what matches `exclude`.
* A file that `SourceRoot.only` names is taken even when it is hidden or in a `.kbignore`.
* A link to a file inside the root is the file it points to: it is skipped when that file is
  reached under its own name, and stands for it otherwise (once, however many links there are).
  A link to a folder inside the root is never followed, so a loop cannot occur: what the folder
  holds is reached under its own name. A link that leads out of the root, or nowhere, is a
  Failure: the root's owner decides what is ingested, not whoever can make a link in it.
* A FIFO, socket or device is a Failure. It is never opened, so it cannot block.
* `path` is normalised to Unicode NFC, so a file has one id whether a Mac or a Linux machine
  wrote its name. Case is kept: `A.txt` and `a.txt` are two documents. Bytes that are not UTF-8
  are shown as `\\xNN`. Two names of one folder that come out alike are a clash: the first in
  byte order is the document, the other a Failure.

The order is that of the paths, part by part, the same on every machine.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pathspec

from kb.documents.failures import failure_at, unreadable
from kb.errors import KbError, UnreadableFile, UsageError
from kb.types import Failure, SourceFile, SourceRoot

log = logging.getLogger(__name__)

IGNORE_FILE = ".kbignore"
_SKIPPED_PREFIXES = (".", "~$")
_SKIPPED_SUFFIXES = ("~",)
_SKIPPED_FOLDERS = frozenset({"__pycache__", "__MACOSX", "node_modules", "CVS"})
_SKIPPED_NAMES = frozenset({"Thumbs.db", "desktop.ini"})

_Rules = tuple[tuple[str, pathspec.GitIgnoreSpec], ...]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`files` in path order, `sha256` still empty; `failures` in path order."""

    files: tuple[SourceFile, ...]
    failures: tuple[Failure, ...]


def scan(root: SourceRoot, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> ScanResult:
    """List the documents below a root.

    Raises:
        UsageError: the root is not there, or a pattern is malformed.
    """
    location = Path(root.location)
    if not os.path.lexists(location):
        raise UsageError(
            f"'{printable(root.location)}' is not there",
            why="no file or folder has this name",
            hint="check the path; is the disk or share mounted?",
        )
    walk = _Walk(root, _patterns(include), _patterns(exclude))
    if root.only:
        for name in root.only:
            walk.named(name)
    elif location.is_dir():
        walk.folder("", ())
    else:
        walk.base = str(location.parent)
        walk.named(location.name)
    walk.links()
    return ScanResult(
        tuple(sorted(walk.files.values(), key=lambda file: file.path.split("/"))),
        tuple(sorted(walk.failures, key=lambda failure: failure.path.split("/"))),
    )


def hash_file(location: str) -> str:
    """The sha256 of a file's bytes, 64 hex digits. Raises UnreadableFile."""
    try:
        with Path(location).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(printable(location), error) from error


def printable(name: str) -> str:
    """A name as it can be shown and stored: NFC, bytes that are not UTF-8 as `\\xNN`."""
    plain = os.fsencode(name).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", plain)


@dataclass(slots=True)
class _Walk:
    root: SourceRoot
    include: pathspec.GitIgnoreSpec | None
    exclude: pathspec.GitIgnoreSpec | None
    base: str = ""
    files: dict[str, SourceFile] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    inodes: set[tuple[int, int]] = field(default_factory=set)
    pending: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = self.root.location

    def at(self, name: str) -> str:
        return os.path.join(self.base, name) if name else self.base

    def fail(self, name: str, error: KbError) -> None:
        self.failures.append(failure_at(self.root.label, printable(name), "scan", error))

    def folder(self, name: str, rules: _Rules) -> None:
        """Walk a folder; an explicit stack, because nesting may be deeper than Python's."""
        stack = [(name, rules)]
        while stack:
            name, rules = stack.pop()
            try:
                with os.scandir(self.at(name)) as listing:
                    entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
            except OSError as error:
                self.fail(name or ".", unreadable(printable(name or "."), error))
                continue
            if any(entry.name == IGNORE_FILE for entry in entries):
                rules = self.with_ignore_file(name, rules)
            for entry in entries:
                child = f"{name}/{entry.name}" if name else entry.name
                try:
                    if self.descends(entry, child, rules):
                        stack.append((child, rules))
                except OSError as error:
                    self.fail(child, unreadable(printable(child), error))

    def descends(self, entry: os.DirEntry[str], child: str, rules: _Rules) -> bool:
        """Whether an entry is a folder to walk; what is a file is taken in here."""
        folder = entry.is_dir(follow_symlinks=False)
        if _skipped(entry.name, folder) or _ignored(child, folder, rules):
            return False
        if folder:
            return not (self.exclude and self.exclude.match_file(f"{child}/"))
        if not self.wanted(child):
            return False
        if entry.is_symlink():
            self.pending.append(child)
        else:
            self.take(child, entry.stat(follow_symlinks=False))
        return False

    def rules_above(self, name: str) -> _Rules:
        """What the folders around a part say that is scanned without them."""
        rules: _Rules = ()
        parts = name.split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            if os.path.lexists(self.at(f"{folder}/{IGNORE_FILE}" if folder else IGNORE_FILE)):
                rules = self.with_ignore_file(folder, rules)
        return rules

    def with_ignore_file(self, name: str, rules: _Rules) -> _Rules:
        path = f"{name}/{IGNORE_FILE}" if name else IGNORE_FILE
        try:
            with Path(self.at(path)).open(encoding="utf-8-sig", errors="replace") as file:
                spec = _patterns(file.read().splitlines())
        except OSError as error:
            self.fail(path, unreadable(printable(path), error))
            return rules
        return (*rules, (f"{name}/" if name else "", spec)) if spec else rules

    def wanted(self, name: str) -> bool:
        if self.include and not self.include.match_file(name):
            return False
        return not (self.exclude and self.exclude.match_file(name))

    def named(self, name: str) -> None:
        """A file or folder that the user named; hidden or ignored names count here."""
        try:
            status = Path(self.at(name)).stat()
        except OSError as error:
            self.fail(name, unreadable(printable(name), error))
            return
        if stat.S_ISDIR(status.st_mode):
            self.folder(name.rstrip("/"), self.rules_above(name.rstrip("/")))
        elif self.wanted(name):
            self.take(name, status)

    def take(self, name: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self.fail(name, _not_a_file(printable(name), status.st_mode))
            return
        self.inodes.add((status.st_dev, status.st_ino))
        path = printable(name)
        location = self.at(name)
        held = self.files.get(path)
        if held is not None:
            if held.location != location:
                self.fail(name, _clash(path))
            return
        self.files[path] = SourceFile(
            self.root.label, path, location, status.st_size, status.st_mtime_ns
        )

    def links(self) -> None:
        """Links last: only now is it known which files have a name of their own."""
        base = os.path.realpath(self.base)
        for name in self.pending:
            target = os.path.realpath(self.at(name))
            try:
                status = os.stat(target)
            except OSError as error:
                self.fail(name, _broken_link(printable(name), error))
                continue
            if os.path.commonpath([base, target]) != base:
                self.fail(name, _leads_out(printable(name)))
            elif stat.S_ISDIR(status.st_mode) or (status.st_dev, status.st_ino) in self.inodes:
                log.debug("a link to what is scanned under its own name was skipped")
            else:
                self.take(name, status)


def _patterns(lines: Iterable[str]) -> pathspec.GitIgnoreSpec | None:
    lines = list(lines)
    try:
        return pathspec.GitIgnoreSpec.from_lines(lines) if lines else None
    except ValueError as error:
        raise UsageError(
            "a file pattern is malformed", why=str(error), hint="write it as in a .gitignore"
        ) from error


def _skipped(name: str, folder: bool) -> bool:
    if name.startswith(_SKIPPED_PREFIXES) or name.endswith(_SKIPPED_SUFFIXES):
        return True
    return name in (_SKIPPED_FOLDERS if folder else _SKIPPED_NAMES)


def _ignored(name: str, folder: bool, rules: _Rules) -> bool:
    ignored = False
    for prefix, spec in rules:
        verdict = spec.check_file(name[len(prefix) :] + ("/" if folder else "")).include
        if verdict is not None:
            ignored = verdict
    return ignored


def _not_a_file(path: str, mode: int) -> UnreadableFile:
    kinds = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    return UnreadableFile(
        f"'{path}' is {kind}, not a file",
        why="only regular files hold documents; it was not opened",
        hint=f"exclude it: add '{path}' to {IGNORE_FILE}",
    )


def _clash(path: str) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' names two files",
        why="their names differ only in Unicode normalisation or in undecodable bytes",
        hint="rename one of them",
    )


def _leads_out(path: str) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' is a link that leads out of the folder",
        why="such links are not followed",
        hint=f"ingest the link's target itself, or add '{path}' to {IGNORE_FILE}",
    )


def _broken_link(path: str, error: OSError) -> UnreadableFile:
    return UnreadableFile(
        f"'{path}' is a link that leads nowhere",
        why=error.strerror or type(error).__name__,
        hint=f"mend or delete the link, or add '{path}' to {IGNORE_FILE}",
    )
