"""Conversations that are kept for people: KB_HOME/serve/conversations/<person>/<id>.jsonl.

The first line is the head (`title`, `created`), each other one a turn as the API gave it.
Files, so that one that is deleted, by its person or by `kb remove --purge`, is gone; nothing of
them is held in memory.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from kb.access.callers import CONVERSATIONS, Caller, conversations_of
from kb.atomic import replace_text
from kb.errors import RequestRejected
from kb.index.faults import store_faults
from kb.index.layout import private_files
from kb.statefile import append_line, is_file, parsed_json, read_text, typed
from kb.types import Citation, Turn

log = logging.getLogger(__name__)

_ID = re.compile("[0-9a-f]{16}")
_LARGEST = 16 << 20
"""Bytes of a conversation that is read."""
_MOST_TURNS = 200
_TITLE = 80
_DAY = 24 * 3600
_SWEEP_SECONDS = 3600
_FEEDBACK = '{"feedback"'
"""How a line begins that says what its person thinks of a turn."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What its person thinks of an answer."""

    good: bool
    reason: str


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A turn: the question as asked, as understood (empty: as asked), the API's answer, the
    collections that were asked, and its name within the conversation (empty in old ones)."""

    question: str
    rewritten: str
    answer: dict[str, Any]
    collections: tuple[str, ...]
    id: str = ""
    feedback: Feedback | None = None

    @property
    def turn(self) -> Turn:
        """What a follow-up leans on. Raises ValueError: the file holds something else."""
        citations = tuple(typed(Citation, one) for one in self.answer.get("citations", ()))
        return Turn(self.question, self.rewritten, str(self.answer.get("answer", "")), citations)


@dataclass(frozen=True, slots=True)
class Conversation:
    """`created` and `updated` are times in UTC, ISO 8601."""

    id: str
    title: str
    created: str
    updated: str
    turns: tuple[KeptTurn, ...]


class Conversations:
    """Everybody's conversations; each call is one person's. Threads may share it.

    A turn whose collections a person may not see any more is left out, of what is shown, found,
    exported and leant on.

    Raises:
        StoreError: a file cannot be read or written.
    """

    def __init__(self, home: Path, *, days: int) -> None:
        """`days` without a new turn, and a conversation is deleted; 0: nothing is kept."""
        self._home = home
        self._folder = home / CONVERSATIONS
        self._days = days
        self._lock = threading.Lock()
        self._swept = -_SWEEP_SECONDS

    @property
    def keeps(self) -> bool:
        return self._days > 0

    def listed(self, caller: Caller, containing: str = "") -> list[Conversation]:
        """The newest first; those alone that hold a text, in whatever case."""
        self._sweep()
        wanted = containing.casefold()
        found = [one for file in self._files(caller) if (one := self._read(caller, file))]
        found = [one for one in found if not wanted or wanted in _text(one).casefold()]
        return sorted(found, key=lambda one: one.updated, reverse=True)

    def get(self, caller: Caller, name: str) -> Conversation:
        """Raises RequestRejected (404): this person has no such conversation."""
        self._sweep()
        found = self._read(caller, self._path(caller, name))
        if found is None:
            raise _missing()
        return found

    def begin(self, caller: Caller, question: str) -> Conversation:
        """A conversation that is kept once it has a turn. Its title is the first question."""
        title = " ".join(question.split())[:_TITLE]
        return Conversation(secrets.token_hex(8), title, _now(), "", ())

    def append(self, caller: Caller, conversation: Conversation, turn: KeptTurn) -> None:
        """Keep a turn. One of a conversation that was deleted meanwhile is not kept."""
        if not self.keeps:
            return
        path = self._path(caller, conversation.id)
        with self._lock, store_faults(path), private_files():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not is_file(path):
                if conversation.turns:
                    return
                append_line(path, _line(_head(conversation)).encode(), fsync=False)
            append_line(path, _line(_fields(turn)).encode(), fsync=False)

    def judge(self, caller: Caller, name: str, turn: str, feedback: Feedback) -> None:
        """Keep what its person thinks of an answer; the last word counts. `kb eval
        --from-feedback` reads it. Raises RequestRejected (404): no such conversation, or turn."""
        path = self._judged(caller, name, turn)
        told = {"turn": turn, "good": feedback.good, "reason": feedback.reason}
        with self._lock, store_faults(path):
            if not is_file(path):
                raise _missing()
            stamp = path.stat()
            append_line(path, _line({"feedback": told}).encode(), fsync=False)
            os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # it is no new turn

    def take_back(self, caller: Caller, name: str, turn: str) -> None:
        """Delete what its person thought of an answer, every word of it. Raises RequestRejected
        (404) as `judge`."""
        path = self._judged(caller, name, turn)
        with self._lock, store_faults(path), private_files():
            if not is_file(path):
                raise _missing()
            lines = read_text(path, _LARGEST).splitlines(keepends=True)
            _replace(path, "".join(line for line in lines if not _is_about(line, turn)))

    def _judged(self, caller: Caller, name: str, turn: str) -> Path:
        """The conversation that has this turn. Raises RequestRejected (404)."""
        if not (turn and any(one.id == turn for one in self.get(caller, name).turns)):
            raise _missing()
        return self._path(caller, name)

    def rename(self, caller: Caller, name: str, title: str) -> None:
        """Raises RequestRejected: 404 as `get`; 400: a title of nothing."""
        title = " ".join(title.split())[:_TITLE]
        if not title:
            raise RequestRejected(
                "the title is empty", why="a conversation is found by it", hint="give it a title"
            )
        path = self._path(caller, name)
        with self._lock, store_faults(path), private_files():
            if not is_file(path):
                raise _missing()
            head, _, rest = read_text(path, _LARGEST).partition("\n")
            _replace(path, _line({**_object(head), "title": title}) + rest)

    def delete(self, caller: Caller, name: str) -> None:
        """Raises RequestRejected (404) as `get`."""
        path = self._path(caller, name)
        with self._lock, store_faults(path):
            if not is_file(path):
                raise _missing()
            path.unlink()

    def full(self, conversation: Conversation) -> None:
        """Raises RequestRejected (400): it takes no more turns."""
        if len(conversation.turns) >= _MOST_TURNS:
            raise RequestRejected(
                "the conversation is full",
                why=f"it has {_MOST_TURNS} turns",
                hint="begin a new one",
            )

    # --- files ------------------------------------------------------------------------

    def _path(self, caller: Caller, name: str) -> Path:
        if not _ID.fullmatch(name):
            raise _missing()
        return self._folder_of(caller) / f"{name}.jsonl"

    def _folder_of(self, caller: Caller) -> Path:
        return conversations_of(self._home, caller.name)

    def _files(self, caller: Caller) -> list[Path]:
        folder = self._folder_of(caller)
        with store_faults(folder):
            return [path for path in folder.glob("*.jsonl") if is_file(path)]

    def _read(self, caller: Caller, path: Path) -> Conversation | None:
        """None where it is gone, or no conversation."""
        try:
            with store_faults(path):
                if not is_file(path):
                    return None
                updated = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                head, *lines = read_text(path, _LARGEST).splitlines()
            given = _object(head)
            title, created = str(given["title"]), str(given["created"])
        except (ValueError, KeyError) as error:
            log.warning("a conversation is left out: %s", error)
            return None
        turns = tuple(one for one in _turns(lines) if all(map(caller.may_see, one.collections)))
        stamp = updated.isoformat(timespec="seconds")
        return Conversation(path.stem, title, created, stamp, turns)

    def _sweep(self) -> None:
        """Delete what was kept for longer than is allowed; at most once an hour."""
        with self._lock:
            now = time.monotonic()
            if now - self._swept < _SWEEP_SECONDS:
                return
            self._swept = int(now)
            oldest = time.time() - self._days * _DAY
            with store_faults(self._folder):
                for path in self._folder.glob("*/*.jsonl"):
                    if is_file(path) and path.stat().st_mtime < oldest:
                        path.unlink(missing_ok=True)


def markdown(conversation: Conversation) -> str:
    """A conversation to be kept or sent: questions, answers, and the sources with their quotes."""
    parts = [f"# {_plain(conversation.title)}"]
    for turn in conversation.turns:
        parts.append(f"## {_plain(turn.question)}")
        if turn.rewritten:
            parts.append(f"→ {_plain(turn.rewritten)}")
        parts.append(_plain(str(turn.answer.get("answer", ""))))
        for citation in turn.turn.citations:
            place = [f"p. {citation.page}" if citation.page is not None else "", citation.section]
            where = ", ".join(filter(None, [citation.source, *place]))
            quote = _plain(citation.quote).replace("\n", "\n> ")
            parts.append(f"[{citation.n}] {_plain(where)}\n\n> {quote}")
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Markdown's viewers show HTML and pictures: neither comes out of a document."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "!\\[")


def new_turn() -> str:
    """A name for a turn."""
    return secrets.token_hex(4)


def _turns(lines: list[str]) -> Iterator[KeptTurn]:
    """In order, each with the last that was said of it."""
    told = [line.startswith(_FEEDBACK) for line in lines]
    feedback = dict(
        filter(None, (_judged(line) for line, is_one in zip(lines, told, strict=True) if is_one))
    )
    for line, is_feedback in zip(lines, told, strict=True):
        if is_feedback:
            continue
        try:
            turn = _kept(_object(line))
            yield replace(turn, feedback=feedback.get(turn.id))
        except (ValueError, TypeError) as error:
            log.warning("a turn of a conversation is left out: %s", error)


def _kept(given: dict[str, Any]) -> KeptTurn:
    question, rewritten, answer, asked = (
        given.get(name) for name in ("question", "rewritten", "answer", "collections")
    )
    named = isinstance(asked, list) and all(isinstance(one, str) for one in asked)
    if not (isinstance(question, str) and isinstance(rewritten, str) and named):
        raise ValueError("it is no turn")
    if not isinstance(answer, dict):
        raise ValueError("it has no answer")
    name = str(given.get("id", ""))
    found = KeptTurn(question, rewritten, answer, tuple(cast(list[str], asked)), name)
    _ = found.turn  # raises where nothing can lean on it
    return found


def _judged(line: str) -> tuple[str, Feedback] | None:
    """A turn's name, and what was said of it."""
    try:
        given = _object(line)["feedback"]
        return str(given["turn"]), Feedback(bool(given["good"]), str(given["reason"]))
    except (ValueError, KeyError, TypeError) as error:
        log.warning("what was said of an answer is left out: %s", error)
        return None


def _is_about(line: str, turn: str) -> bool:
    """Whether a line says what its person thinks of a turn."""
    judged = _judged(line) if line.startswith(_FEEDBACK) else None
    return judged is not None and judged[0] == turn


def _replace(path: Path, text: str) -> None:
    """Write a conversation anew; its time stays, for it has no new turn."""
    stamp = path.stat()
    replace_text(path, text, fsync=False, fsync_folder=False, mode=0o600)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def _object(line: str) -> dict[str, Any]:
    found = parsed_json(line)
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return found


def _head(conversation: Conversation) -> dict[str, object]:
    return {"title": conversation.title, "created": conversation.created}


def _fields(turn: KeptTurn) -> dict[str, object]:
    return {
        "question": turn.question,
        "rewritten": turn.rewritten,
        "answer": turn.answer,
        "collections": list(turn.collections),
        "id": turn.id,
    }


def _line(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _text(conversation: Conversation) -> str:
    turns = (f"{turn.question}\n{turn.answer.get('answer', '')}" for turn in conversation.turns)
    return "\n".join([conversation.title, *turns])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _missing() -> RequestRejected:
    return RequestRejected(
        "there is no such conversation",
        why="it was deleted, its time was over, or it never was",
        hint="choose another one, or begin a new one",
        status=404,
    )
