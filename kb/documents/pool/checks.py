"""What is held against each value that crosses the border: it is of its type, and not too much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class NotAllowed(ValueError):
    """What crosses is not what a parsing process may send."""


def flag_of(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if not isinstance(value, bool):
        raise NotAllowed(f"'{name}' is neither true nor false")
    return value


def list_of(value: Any, most: int, *, exactly: bool = False) -> list[Any]:
    if not isinstance(value, list) or len(value) > most or (exactly and len(value) != most):
        raise NotAllowed("a list is none, or not of its length")
    return value


def number_of(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NotAllowed("a number is none, or beyond what the store holds")
    return value


def text_of(value: Any, most: int) -> str:
    """Raises NotAllowed also for half of a surrogate pair, which UTF-8 cannot hold."""
    if not isinstance(value, str) or len(value) > most:
        raise NotAllowed("a text is none, or too long")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotAllowed("a text is not Unicode: it holds half of a surrogate pair") from error
    return value
