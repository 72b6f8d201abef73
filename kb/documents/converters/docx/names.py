"""Names of WordprocessingML (ISO 29500-1, 17) and of what may stand inside it."""

from __future__ import annotations

from typing import Any

from kb.documents.converters.common.namespaces import COMPATIBILITY

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

DELETED = frozenset({f"{W}del", f"{W}moveFrom"})
"""What a tracked change takes out: nobody reads it in the current text."""


def value(element: Any, name: str, otherwise: str = "") -> str:
    """The `w:val` of a child, `otherwise` where there is no such child or value."""
    child = element.find(f"{W}{name}") if element is not None else None
    return otherwise if child is None else str(child.get(f"{W}val", otherwise))


def switch(properties: Any, name: str) -> bool | None:
    """A property that is on or off (17.17.4), None where it is not said."""
    child = properties.find(f"{W}{name}") if properties is not None else None
    if child is None:
        return None
    return child.get(f"{W}val", "1").lower() not in ("0", "false", "off", "none")


def number(text: str | None, otherwise: int = 0) -> int:
    """A whole number of an attribute; hostile and damaged ones are `otherwise`."""
    stripped = (text or "").strip()
    digits = stripped.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        return otherwise
    return int(stripped)


def chosen(alternatives: Any) -> Any:
    """The branch of an mc:AlternateContent that is read: the first choice, else the fallback."""
    for tag in (f"{COMPATIBILITY}Choice", f"{COMPATIBILITY}Fallback"):
        found = alternatives.find(tag)
        if found is not None:
            return found
    return alternatives
