"""Which chat models a question may name, and the names under which clients of other protocols find
a collection with one of them: `kb:law` is answered by the configured model, `kb:law@qwen3:8b` by
that one, and `kb` stands for all collections that the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kb.errors import RequestRejected

_ALL = "kb"
_PREFIX = "kb:"
_BY = "@"
"""No collection's name has one."""
_LATEST = ":latest"
"""What Ollama's clients add to a name without a tag."""


class Chosen(NamedTuple):
    """A collection, "" for all; and a chat model, "" for the configured one."""

    collection: str
    model: str = ""

    @property
    def name(self) -> str:
        name = _PREFIX + self.collection if self.collection else _ALL
        return f"{name}{_BY}{self.model}" if self.model else name


def offered(served: Sequence[str], models: Sequence[str]) -> list[str]:
    """The names that a client lists: each collection, and behind it the same with each model that
    may be chosen. The first of `models` is the configured one and is not named again."""
    return [Chosen(one, model).name for one in served for model in ("", *models[1:])]


def chosen(name: object, served: Sequence[str], models: Sequence[str]) -> Chosen:
    """What a client's name stands for.

    Raises:
        RequestRejected: 404, there is no such model for this caller.
    """
    every = [Chosen(one, model) for one in ("", *served) for model in ("", *models)]
    known = {one.name.removesuffix(_LATEST): one for one in every}
    if isinstance(name, str) and (found := known.get(name.removesuffix(_LATEST))):
        return found
    raise _unknown(str(name)[:100] if isinstance(name, str) else "", offered(served, models))


def checked_model(name: str, models: Sequence[str]) -> str:
    """A chat model that a question may name; "" is the configured one.

    Raises:
        RequestRejected: 404. Whether there is one that nobody may choose is not told.
    """
    if name and name not in models:
        raise _unknown(name[:100], models)
    return name


def _unknown(name: str, there: Sequence[str]) -> RequestRejected:
    return RequestRejected(
        f"there is no model '{name}'",
        why=f"the models are {', '.join(there)}",
        hint="take one of these",
        status=404,
    )
