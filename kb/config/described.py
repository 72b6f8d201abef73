"""A setting described once, on its field: what `make docs` and the checks of values read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Description:
    """What a field says of its setting.

    `text` reads the same in a TOML comment and in a Markdown table. `choices` are the only
    values it takes, `least` is the least number, `page` is the page below docs/ that has the
    rest, and `unset` is what an empty value means.
    """

    text: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    page: str = ""
    unset: str = "none"


def setting(
    default: str | int | float | bool | Sequence[str],
    text: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    page: str = "",
    unset: str = "none",
) -> Any:
    """A dataclass field with its description; a sequence as default makes a list."""
    metadata = {"description": Description(text, choices, least, page, unset)}
    if isinstance(default, str | int | float):
        return field(default=default, metadata=metadata)
    return field(default_factory=lambda: [*default], metadata=metadata)
