"""The audit log: who did what, when, to which collection, and how it came out.

`KB_HOME/serve/audit.jsonl`, one JSON object a line; texts are left out unless `serve.audit_text`
is set. At 10 MiB the file becomes audit.jsonl.1, and so on up to .4; what is older is deleted.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from kb.access.callers import Caller
from kb.statefile import append_line

log = logging.getLogger(__name__)

NAME = "audit.jsonl"
_MOST_BYTES = 10 * 1024 * 1024
_KEPT = 4


class Audit:
    """Appends lines; safe in several threads. What cannot be written is said in the server's log
    once, and does not stop an answer."""

    def __init__(self, folder: Path | None, *, with_text: bool = False) -> None:
        """`folder` None keeps nothing."""
        self._path = folder / NAME if folder else None
        self._with_text = with_text
        self._lock = threading.Lock()
        self._told = False

    def keep(
        self, caller: Caller, action: str, collection: str, outcome: str, text: str = ""
    ) -> None:
        """
        Args:
            action: `search`, `ask`, `document`, `upload` and the like.
            collection: several with commas; empty for none.
            outcome: `found`, `refused`, `done`, or an error's reference.
            text: the question.
        """
        if self._path is None:
            return
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "user": caller.name,
            "role": caller.role.value,
            "action": action,
            "collection": collection,
            "outcome": outcome,
        }
        if self._with_text and text:
            entry["text"] = text
        line = json.dumps(entry, ensure_ascii=True) + "\n"  # no text acts on who reads the log
        try:
            with self._lock:
                self._rotate(len(line))
                append_line(self._path, line.encode("ascii"), fsync=False)
        except OSError as error:
            if not self._told:
                log.error("the audit log %s cannot be written: %s", self._path, error)
                self._told = True

    def _rotate(self, more: int) -> None:
        path = self._path
        assert path is not None
        if not path.exists() or path.stat().st_size + more <= _MOST_BYTES:
            return
        for number in range(_KEPT, 0, -1):
            earlier = path if number == 1 else path.with_name(f"{NAME}.{number - 1}")
            if earlier.exists():
                earlier.replace(path.with_name(f"{NAME}.{number}"))
