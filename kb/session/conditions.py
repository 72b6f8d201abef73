"""Conditions on documents, as people write them."""

from __future__ import annotations

from collections.abc import Iterable

from kb.errors import UsageError
from kb.types import Where


def parse_where(texts: Iterable[str]) -> Where:
    """Conditions for `Session.search` and `ask`: all must hold; `path` takes a glob.

    Raises:
        UsageError: a text is not KEY=VALUE.

    >>> parse_where(["type=pdf", "path=law/*"])
    (('type', 'pdf'), ('path', 'law/*'))
    """
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"'{text}' is not a condition",
                why="--where takes KEY=VALUE",
                hint="for example --where type=pdf or --where 'path=law/*'",
            )
        pairs.append((key.strip().lower(), value.strip()))
    return tuple(pairs)
