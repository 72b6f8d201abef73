"""What people upload: KB_HOME/inbox/<collection>/<person>/<name>, and what became of it.

A collection's folder there is a source like any other, so that `kb ingest` and `kb reindex` from
cron see it, too. A file is in it whole or not at all: it is written beside the sources, and moved.
Each person has a folder, so that nobody writes over, or takes away, what is another's.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from kb import atomic
from kb.access.callers import Caller
from kb.errors import RequestRejected
from kb.index.faults import store_faults
from kb.serving.ingestion import Ingestion, Trouble
from kb.session.inspection import TakenIn

FOLDER = "inbox"
"""Below the home folder."""
_INCOMING = ".incoming"
_PLAIN = re.compile(r"[^\W_][\w@+.-]{0,63}")
_UNSAFE = str.maketrans(dict.fromkeys('<>:"|?*!', "_"))  # of other systems, and "!/" is kb's own
_LONGEST = 200  # bytes of a name; file systems take 255
_LONGEST_ENDING = 20
_AT_ONCE = 4
_PASSED_OVER = Trouble("passed-over", "kb takes it for no document", "rename it, or remove it")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of somebody's. `state`: `waiting`, `reading`, `ready`, `failed`, or `removing`.
    `trouble` is why it failed, why a part of it did, or why it could not be removed; `uploaded`
    is UTC, ISO 8601."""

    name: str
    bytes: int
    uploaded: str
    state: str
    trouble: Trouble | None = None


class Uploads:
    """Everybody's uploads; each call is one person's. Threads may share it.

    Raises:
        StoreError: the inbox cannot be read or written.
    """

    def __init__(
        self,
        home: Path,
        ingestion: Ingestion,
        taken_in: Callable[[str, Path], TakenIn],
        *,
        megabytes: int,
        files: int,
    ) -> None:
        """
        Args:
            taken_in: what a collection's index holds of a folder.
            megabytes: the most that a file may have; 0 takes none.
            files: the most that one person may have in a collection.
        """
        self.most_bytes, self.most_files = megabytes << 20, files
        self.ingestion = ingestion
        self._taken_in = taken_in
        self._inbox = home / FOLDER
        self._lock = threading.Lock()
        self._arriving: Counter[str] = Counter()
        with store_faults(self._inbox):
            shutil.rmtree(self._inbox / _INCOMING, ignore_errors=True)

    def listed(self, caller: Caller, collection: str) -> list[Upload]:
        """The caller's uploads, the newest first. Has what waits without a reason taken in."""
        folder = self._inbox / collection
        with store_faults(folder):
            files = [one for one in self._own(caller, collection).glob("*") if one.is_file()]
            taken, run = self._taken_in(collection, folder), self.ingestion.state(collection)
            found = [_upload(one, folder, taken, self.ingestion) for one in files]
        if not run and any(one.state == "waiting" for one in found):
            self.ingestion.take_in(collection, folder)  # the server was started anew meanwhile
        return sorted(found, key=lambda one: (one.uploaded, one.name), reverse=True)

    @contextmanager
    def arriving(self, caller: Caller, collection: str, name: str) -> Iterator[BinaryIO]:
        """A file that is being uploaded, to be written to. When the block ends it is in the inbox,
        whole, and is taken in; after an exception nothing is left of it.

        Raises:
            RequestRejected: 400 for a name that is none, 409 for one that is taken, 413 where
                there are too many, 503 where too many come at once.
        """
        target = self._own(caller, collection) / safe_name(name)
        self._begin(caller, target)
        try:
            with store_faults(self._inbox):
                incoming = self._inbox / _INCOMING
                _private(incoming)
                handle, draft = mkstemp(dir=incoming)
            try:
                with open(handle, "wb") as file:
                    yield file
                with store_faults(target), self._lock:
                    atomic.sync(Path(draft))
                    _private(target.parent)
                    self._free(target)
                    Path(draft).rename(target)
                    atomic.sync(target.parent)
            finally:
                Path(draft).unlink(missing_ok=True)
        finally:
            with self._lock:
                self._arriving[caller.name] -= 1
        self.ingestion.take_in(collection, self._inbox / collection)

    def remove(self, caller: Caller, collection: str, name: str) -> None:
        """Have it taken out of the index, and then deleted. Raises RequestRejected (404)."""
        path = self._own(caller, collection) / name
        if name != safe_name(name) or not path.is_file():
            raise RequestRejected(
                "there is no such upload",
                why="it was removed, or it is another's",
                hint="the list of your uploads shows what is there",
                status=404,
            )
        folder = self._inbox / collection

        def known() -> bool:
            shown, taken = _shown(path, folder), self._taken_in(collection, folder)
            return shown in taken.documents or shown in taken.failed

        self.ingestion.remove(collection, path, known)

    # --- within -----------------------------------------------------------------------

    def _own(self, caller: Caller, collection: str) -> Path:
        return self._inbox / collection / folder_of(caller.name)

    def _begin(self, caller: Caller, target: Path) -> None:
        with self._lock, store_faults(target):
            self._free(target)
            there = sum(1 for one in target.parent.glob("*"))
            if there + self._arriving[caller.name] >= self.most_files:
                raise RequestRejected(
                    "you have too many uploads here",
                    why=f"at most {self.most_files} of one person are kept",
                    hint="remove some that are not needed any more",
                    status=413,
                )
            if self._arriving[caller.name] >= _AT_ONCE:
                raise RequestRejected(
                    "too many of your uploads arrive at once",
                    why=f"at most {_AT_ONCE} of one person do",
                    hint="send it again in a moment",
                    status=503,
                    headers=(("Retry-After", "5"),),
                )
            self._arriving[caller.name] += 1

    def _free(self, target: Path) -> None:
        """Nothing that was uploaded is lost by another upload."""
        if target.exists():
            raise RequestRejected(
                f"you have uploaded a '{target.name}' already",
                why="an upload is never written over",
                hint="remove the earlier one first, or give this one another name",
                status=409,
            )


def _private(folder: Path) -> None:
    """Make a folder of the inbox, and those around it, for their owner alone."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)


def safe_name(given: str) -> str:
    """A file's name without folders, without what acts on a system or a screen, and of a length
    that file systems take; never one that kb passes over (hidden, an office program's lock).

    Raises:
        RequestRejected: 400, nothing is left of it.
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = "".join(one for one in name if unicodedata.category(one)[0] != "C")
    name = name.translate(_UNSAFE).lstrip(" .~#").rstrip(" .~")
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = _LONGEST - len((dot + ending).encode())
    name = stem.encode()[:room].decode(errors="ignore").rstrip() + dot + ending
    if not name:
        raise RequestRejected(
            "the file has no name", why="nothing of it can be kept", hint="give it another name"
        )
    return name


def folder_of(person: str) -> str:
    """A person's folder: the name where that is a plain word, else a digest of it. No two have
    the same, for a plain word never begins with `_`."""
    if _PLAIN.fullmatch(person) and unicodedata.is_normalized("NFC", person):
        return person
    return "_" + hashlib.sha256(person.encode()).hexdigest()[:16]


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _upload(path: Path, folder: Path, taken: TakenIn, ingestion: Ingestion) -> Upload:
    status, shown = path.stat(), _shown(path, folder)
    uploaded = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
    state, trouble = _state(path, shown, taken, ingestion, status.st_mtime)
    return Upload(path.name, status.st_size, uploaded, state, trouble)


def _state(
    path: Path, shown: str, taken: TakenIn, ingestion: Ingestion, uploaded: float
) -> tuple[str, Trouble | None]:
    failure = taken.failed.get(shown)
    trouble = Trouble(failure.reference, failure.message, failure.hint) if failure else None
    if ingestion.removes(path):
        return "removing", None
    if shown in taken.documents:
        return "ready", ingestion.not_removed(path) or trouble
    if trouble:
        return "failed", trouble
    run = ingestion.state(path.parents[1].name)
    if run and run.state == "failed":
        return "failed", run.trouble
    if run and run.state == "running" and run.began >= uploaded:
        return "reading", None
    if run and run.state == "done" and run.began >= uploaded:
        return "failed", _PASSED_OVER
    return "waiting", None
