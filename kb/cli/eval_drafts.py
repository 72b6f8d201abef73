"""`kb eval --generate` and `--from-feedback`: files of questions for a person to review."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kb.access.callers import CONVERSATIONS
from kb.cli.app import App, emit, note, say
from kb.errors import NothingFound, StoreError, UsageError
from kb.types import Listener

if TYPE_CHECKING:
    from kb.evaluation.feedback import FeedbackDraft
    from kb.pipelines.draft_questions import Draft
    from kb.pipelines.evaluate import Asking, Bench


def from_feedback(app: App, file: Path, as_json: bool) -> int:
    """Raises NothingFound: nobody judged an answer."""
    from kb.evaluation.feedback import drafts

    folder = app.settings.home / CONVERSATIONS
    try:
        found = drafts(folder)
    except OSError as error:
        raise StoreError(
            f"the conversations in {folder} cannot be read",
            why=error.strerror or str(error),
            hint="they belong to whoever runs kb serve",
        ) from error
    if not found:
        raise NothingFound(
            "nobody judged an answer yet",
            why=f"no conversation in {folder} holds a judgement",
            hint="the page of kb serve asks below each answer whether it helped",
        )
    with _new_file(file) as put:
        for draft in found:
            put(draft)
    unanswered = sum(one.answerable and not one.answers for one in found)
    if as_json:
        counts = {"questions": len(found), "unanswered": unanswered}
        emit({"feedback": {"file": str(file), **counts}})
        return 0
    _say_drafts(len(found), file)
    if unanswered:
        note(f"{unanswered} need 'answers', or 'answerable' false, before kb eval can read them")
    return 0


def generate(
    file: Path,
    count: int,
    seed: int,
    opened: Callable[[], AbstractContextManager[Bench]],
    asking: Asking,
    listen: Listener,
    as_json: bool,
) -> int:
    from kb.pipelines.draft_questions import draft_questions

    written = 0
    with _new_file(file) as put, opened() as bench:
        for draft in draft_questions(count, bench, asking, seed=seed, listen=listen):
            put(draft)
            written += 1
    if not written:
        raise NothingFound(
            "no question could be drafted",
            why="no drafted answer was found in the passage that it came from",
            hint="try a larger chat model (models.chat), or write questions by hand",
        )
    if as_json:
        emit({"generate": {"file": str(file), "questions": written}})
    else:
        _say_drafts(written, file)
    return 0


def _say_drafts(count: int, file: Path) -> None:
    say(f"{count} drafts in {file}; correct each one, then remove its 'draft' field")


@contextmanager
def _new_file(path: Path) -> Iterator[Callable[[Draft | FeedbackDraft], None]]:
    """Drafts go to the disk as they come; a file that holds something is left alone."""
    from kb.evaluation.runs import unwritable

    try:
        file = path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise unwritable(path, error) from error

    if file.tell():
        file.close()
        raise UsageError(
            f"{path} already exists",
            why="drafts never overwrite a file, it may hold reviewed questions",
            hint="name another file",
        )

    def put(draft: Draft | FeedbackDraft) -> None:
        file.write(json.dumps(dataclasses.asdict(draft), ensure_ascii=False) + "\n")
        file.flush()

    try:
        with file:
            yield put
    finally:
        # An empty file would only be in the way of the next try.
        if path.stat().st_size == 0:
            with suppress(PermissionError):  # in the sandbox, where it does no harm
                path.unlink()
