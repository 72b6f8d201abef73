"""Which files a folder holds. Looks at names and metadata only; no file is opened.

What is a document, and under which name:

* Hidden folders (`.x`), those of version control, and the lock and scratch files of editors and
  office programs (`~$x.docx`, `.~lock.x#`, `._x.docx`, `x~`) are not documents. A hidden file is
  one where its ending is a document's: `.notes.txt` is, `.env` and `.config.json` are not.
* `.kbignore` holds gitignore rules for its folder and all below it; deeper files win, and what
  lies in an ignored folder stays ignored. Where it cannot be read or understood nothing of its
  folder is taken, for nobody knows what it was to protect. `include` and `exclude` are patterns
  of the same kind: with `include`, only what matches it; never what matches `exclude`.
* A file that `SourceRoot.only` names is taken even when it is hidden or in a `.kbignore`.
* A link to a file inside the root is the file it points to: it is skipped when that file is
  reached under its own name or left out by a `.kbignore`, and stands for it otherwise (once,
  however many links there are). A link to a folder inside the root is never followed, so a loop
  cannot occur: what the folder holds is reached under its own name. A link that leads out of the
  root, or nowhere, is a Failure: the root's owner decides what is ingested, not whoever can make
  a link in it. Hard links are files with equal contents.
* A FIFO, socket or device is a Failure. It is never opened, so it cannot block.
* `path` is normalised to Unicode NFC, so a file has one id whether a Mac or a Linux machine
  wrote its name. Of names that differ in normalisation alone one is the document of that path,
  the NFC one if it is there; the others keep their names as they are. Case is kept: `A.txt` and
  `a.txt` are two documents. Bytes that are not UTF-8, and characters that steer a terminal or
  end a line, are shown as `\\xNN`.

The order is that of the paths, part by part, the same on every machine. docs/sync.md tells users
the same.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kb.documents.failures import failure_at, unexpected, unreadable
from kb.documents.filetime import modified_ns
from kb.documents.scan import errors
from kb.documents.scan.errors import IGNORE_FILE
from kb.documents.scan.ignore import Patterns
from kb.documents.scan.names import escaped, printable, skipped
from kb.errors import Interrupted, KbError, UsageError
from kb.types import Failure, SourceFile, SourceRoot

log = logging.getLogger(__name__)

_MOST_RULES = 1 << 20
_BLOCK = 1 << 20

_Rules = tuple[tuple[str, Patterns], ...]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`files` in path order, `sha256` still empty; `failures` in path order. `left_out` are the
    files and folders that `include` or `exclude` keep out, by path: they are there."""

    files: tuple[SourceFile, ...]
    failures: tuple[Failure, ...]
    left_out: frozenset[str] = frozenset()

    def keeps_out(self, path: str) -> bool:
        """Whether a pattern left out this file or a folder around it: then it is not gone."""
        return any(place in self.left_out for place in (path, *_folders(path)))


Stop = Callable[[], bool]
"""Whether the run has been told to end."""


def scan(
    root: SourceRoot,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    stop: Stop = lambda: False,
) -> ScanResult:
    """List the documents below a root.

    Raises:
        UsageError: the root is not there, or a pattern is malformed.
        Interrupted: it was told to stop.
    """
    location = Path(root.location)
    if not os.path.lexists(location):
        raise UsageError(
            f"'{printable(root.location)}' is not there",
            why="no file or folder has this name",
            hint="check the path; is the disk or share mounted?",
        )
    walk = _Walk(root, Patterns.of(include), Patterns.of(exclude), stop)
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
        frozenset(walk.left_out),
    )


def hash_file(location: str, stop: Stop = lambda: False) -> str:
    """The sha256 of a file's bytes, 64 hex digits.

    Raises:
        UnreadableFile: also for what is no longer a regular file, and would not end.
        Interrupted: it was told to stop.
    """
    digest = hashlib.sha256()
    try:
        handle = os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            mode = os.fstat(handle).st_mode
            if not stat.S_ISREG(mode):
                raise errors.not_a_file(printable(location), mode)
            while block := file.read(_BLOCK):
                _check(stop)
                digest.update(block)
    except OSError as error:
        raise unreadable(printable(location), error) from error
    return digest.hexdigest()


def _check(stop: Stop) -> None:
    if stop():
        raise Interrupted(
            "the run was stopped",
            why="a signal or Ctrl-C asked for it while it looked for files",
            hint="run it again",
        )


@dataclass(slots=True)
class _Walk:
    root: SourceRoot
    include: Patterns
    exclude: Patterns
    stop: Stop
    base: str = ""
    files: dict[str, SourceFile] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
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
                if any(entry.name == IGNORE_FILE for entry in entries):
                    rules = self.with_ignore_file(name, rules)
            except OSError as error:
                self.fail(name or ".", unreadable(printable(name or "."), error))
                continue
            except KbError as error:
                self.fail(name or ".", error)
                continue
            for entry in entries:
                _check(self.stop)
                child = f"{name}/{entry.name}" if name else entry.name
                try:
                    if self.descends(entry, child, rules):
                        stack.append((child, rules))
                except OSError as error:
                    self.fail(child, unreadable(printable(child), error))
                except Exception as error:  # a bug of ours on one name must not lose the others
                    log.exception("an unexpected error at one file of a folder")
                    self.fail(child, unexpected(printable(child), "scan", error))

    def descends(self, entry: os.DirEntry[str], child: str, rules: _Rules) -> bool:
        """Whether an entry is a folder to walk; what is a file is taken in here."""
        folder = entry.is_dir(follow_symlinks=False)
        if skipped(entry.name, folder) or _ignored(child, folder, rules):
            return False
        if folder:
            return self.wanted(f"{child}/")
        if not self.wanted(child):
            return False
        if entry.is_symlink():
            self.pending.append(child)
        else:
            self.take(child, entry.stat(follow_symlinks=False))
        return False

    def rules_above(self, name: str) -> _Rules:
        """What the folders around a path say about it."""
        rules: _Rules = ()
        parts = name.split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            if os.path.lexists(self.at(_join(folder, IGNORE_FILE))):
                rules = self.with_ignore_file(folder, rules)
        return rules

    def with_ignore_file(self, name: str, rules: _Rules) -> _Rules:
        """Raises KbError where the file cannot be read or understood."""
        path = _join(name, IGNORE_FILE)
        try:
            spec = Patterns.of(_read_rules(self.at(path)))
        except (OSError, UsageError) as error:
            raise errors.no_rules(printable(path), error) from error
        return (*rules, (_join(name, ""), spec)) if spec else rules

    def wanted(self, name: str) -> bool:
        """Whether the patterns let a file in, or with a `/` at its end a folder be entered."""
        kept = name.endswith("/") or not self.include or self.include.matches(name)
        if kept and not self.exclude.matches(name):
            return True
        self.left_out.add(printable(name.rstrip("/")))
        return False

    def named(self, name: str) -> None:
        """A file or folder that the user named; hidden or ignored names count here. One that is
        gone is no failure: that is what the plan finds out."""
        name = name.rstrip("/")
        try:
            status = Path(self.at(name)).stat()
            if stat.S_ISDIR(status.st_mode):
                self.folder(name, self.rules_above(name))
            elif self.wanted(name):
                self.take(name, status)
        except (FileNotFoundError, NotADirectoryError) as error:
            if os.path.lexists(self.at(name)) or not os.listdir(self.base):
                self.fail(name, errors.not_there(printable(name), error))
        except OSError as error:
            self.fail(name, unreadable(printable(name), error))
        except KbError as error:
            self.fail(name, error)

    def take(self, name: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self.fail(name, errors.not_a_file(printable(name), status.st_mode))
            return
        self.inodes.add((status.st_dev, status.st_ino))
        location = self.at(name)
        path = self.free_path(name, location)
        if path:
            self.files[path] = SourceFile(
                self.root.label, path, location, status.st_size, modified_ns(status)
            )
        else:
            self.fail(name, errors.clash(printable(name)))

    def free_path(self, name: str, location: str) -> str:
        """A file's NFC name, which the file so named takes over from one that is not; to that
        remains its name as it is. Empty where that is another's too."""
        path, own = printable(name), escaped(name)
        held = self.files.get(path)
        if held is None or held.location == location:
            return path
        if own != path:
            other = self.files.get(own)
            return own if other is None or other.location == location else ""
        theirs = escaped(os.path.relpath(held.location, self.base))
        if theirs in self.files:
            return ""
        self.files[theirs] = dataclasses.replace(held, path=theirs)
        return path

    def links(self) -> None:
        """Links last: only now is it known which files have a name of their own."""
        base = os.path.realpath(self.base)
        for name in self.pending:
            target = os.path.realpath(self.at(name))
            try:
                status = os.stat(target)
            except OSError as error:
                self.fail(name, errors.broken_link(printable(name), error))
                continue
            if os.path.commonpath([base, target]) != base:
                self.fail(name, errors.leads_out(printable(name)))
            elif stat.S_ISDIR(status.st_mode) or (status.st_dev, status.st_ino) in self.inodes:
                log.debug("a link to what is scanned under its own name was skipped")
            elif not self.protected(os.path.relpath(target, base)):
                self.take(name, status)

    def protected(self, name: str) -> bool:
        """Whether a link's target is left out by a `.kbignore`, itself or a folder around it."""
        try:
            return any(
                _ignored(one, one != name, self.rules_above(one)) for one in (name, *_folders(name))
            )
        except KbError:  # named where its folder was met
            return True


def _folders(path: str) -> Iterator[str]:
    """Those around a path, the innermost first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _read_rules(location: str) -> list[str]:
    """Raises OSError; also where it is no file of a reasonable size, such as a FIFO."""
    handle = os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, encoding="utf-8-sig", errors="surrogateescape") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_RULES:
            raise OSError("it is not a file of at most 1 MiB")
        return file.read().split("\n")


def _ignored(name: str, folder: bool, rules: _Rules) -> bool:
    """The last pattern that fits decides, those of the deepest folder first."""
    for prefix, patterns in reversed(rules):
        decided = patterns.decides(name[len(prefix) :], folder)
        if decided is not None:
            return decided
    return False
