"""`kb eval --from-feedback`: drafts of questions from what people said of answers of `kb serve`.

An answer that was found good is what is expected from now on; of one that was not, a person has
to write what would have been right.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.statefile import is_file, parsed_json, read_text

log = logging.getLogger(__name__)

_LARGEST = 16 << 20
"""Bytes of a conversation that is read."""
_FIGURES = re.compile(r"[\w.,:/-]*\d[\w.,:/-]*", re.ASCII)
_MARKERS = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class FeedbackDraft:
    """A question to review. Without `answers`, though it is `answerable`, it needs them before it
    can be used. `kind` is `feedback-good` or `feedback-bad`; `said` is the answer that was judged,
    `reason` what its person wrote."""

    id: str
    question: str
    answers: tuple[str, ...]
    source: str
    answerable: bool
    kind: str
    said: str
    reason: str
    collection: str = ""
    draft: bool = True


def drafts(conversations: Path) -> list[FeedbackDraft]:
    """Every judged turn, by conversation. A file that holds something else is left out.

    Args:
        conversations: `serve/conversations` of the home folder.

    Raises OSError: the folder cannot be read.
    """
    found: list[FeedbackDraft] = []
    for path in sorted(conversations.glob("*/*.jsonl")):
        if is_file(path):
            try:
                found += _of(path)
            except (ValueError, KeyError, TypeError) as error:
                log.warning("a conversation is left out: %s", error)
    return found


def _of(path: Path) -> Iterator[FeedbackDraft]:
    _head, *lines = map(parsed_json, read_text(path, _LARGEST).splitlines())
    judged = {one["feedback"]["turn"]: one["feedback"] for one in lines if "feedback" in one}
    for turn in lines:
        if feedback := judged.get(turn.get("id")):
            yield _draft(f"{path.stem}-{turn['id']}", turn, feedback)


def _draft(name: str, turn: dict[str, Any], feedback: dict[str, Any]) -> FeedbackDraft:
    answer, good = turn["answer"], bool(feedback["good"])
    found = bool(answer["found"])
    cited = answer["citations"]
    return FeedbackDraft(
        id=name,
        question=turn["rewritten"] or turn["question"],
        answers=_expected(answer["answer"], cited) if good and found else (),
        source=cited[0]["source"] if good and cited else "",
        answerable=found or not good,
        kind="feedback-good" if good else "feedback-bad",
        said=answer["answer"],
        reason=str(feedback["reason"]),
        collection=turn["collections"][0] if len(turn["collections"]) == 1 else "",
    )


def _expected(said: str, cited: list[dict[str, Any]]) -> tuple[str, ...]:
    """The answer's first figure that a quote holds; else the words of the first quote, which the
    answer may say otherwise, but a passage that is found has to hold."""
    quotes = [str(one["quote"]) for one in cited]
    for figure in _FIGURES.findall(_MARKERS.sub("", said)):
        if any(figure in quote for quote in quotes):
            return (figure.strip(".,:/-"),)
    return (quotes[0],) if quotes else (_MARKERS.sub("", said).strip(),)
