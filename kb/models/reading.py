"""What kb's own transports say in Ollama's protocol: that a text is too long, in Ollama's words;
and how far an engine is before its first word, for which its lines have no place.

A line that is not the last (`done: false`) has no `done_reason` in Ollama's protocol. One of kb's
own transports puts this there: "loading", or "reading 640/1200" for tokens of the prompt. A real
Ollama server says nothing until the first word.
"""

from __future__ import annotations

import re

from kb.types import Progress

TOO_LONG = "the input length exceeds the context length"
"""Ollama's words for it, by which kb knows it."""

LOADING = Progress("loading", 0, 0, "")
READING = Progress("reading", 0, 0, "")
"""An engine has the prompt, and does not say how far it is."""

_WORDS = re.compile(r"(loading|reading)(?: (\d+)/(\d+))?")


def reading(done: int, total: int) -> Progress:
    """`done` of `total` tokens of the prompt have been read."""
    return Progress("reading", done, total, "tokens")


def words(progress: Progress) -> str:
    """What stands in a line."""
    count = f" {progress.done:.0f}/{progress.total:.0f}" if progress.total else ""
    return f"{progress.stage}{count}"


def from_words(text: str) -> Progress | None:
    """The same read back; None where it is something else."""
    found = _WORDS.fullmatch(text)
    if not found:
        return None
    done, total = int(found[2] or 0), int(found[3] or 0)
    return Progress(found[1], done, total, "tokens" if total else "")
