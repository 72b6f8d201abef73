"""What a browser draws of a page, and its text alone does not tell: struck text, and what is filled
into its forms."""

from __future__ import annotations

import re
from typing import Any

_STRUCK = frozenset({"del", "s", "strike"})
_LINE_THROUGH = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.I)
_TYPED = frozenset(
    {
        *("", "text", "number", "tel", "email", "url", "search"),
        *("date", "time", "month", "week", "datetime-local"),
    }
)
_TICKED = frozenset({"checkbox", "radio"})


def show_struck(tree: Any) -> None:
    """Put struck text between ~~, piece by piece, so that a number that was crossed out neither
    reads as one that holds nor as the beginning of the next."""
    for element in list(tree.iter()):
        if _is_struck(element) and not any(_is_struck(above) for above in element.iterancestors()):
            for piece in list(element.iter()):
                piece.text = _between(piece.text)
                if piece is not element:
                    piece.tail = _between(piece.tail)


def show_filled_in(tree: Any) -> None:
    """Turn the fields of forms into what stands in them: typed text, ticks, the chosen options.
    Hidden fields and passwords have none that is seen; buttons are no content."""
    for field in list(tree.iter("input", "select", "textarea")):
        if text := _filled_in(field):
            field.tail = f" {text} {field.tail or ''}"
        field.drop_tree()


def _is_struck(element: Any) -> bool:
    return element.tag in _STRUCK or bool(_LINE_THROUGH.search(element.get("style") or ""))


def _between(text: str | None) -> str | None:
    if not text or not text.strip():
        return text
    inner = text.strip()
    return text.replace(inner, f"~~{inner}~~", 1)


def _filled_in(field: Any) -> str:
    if field.tag == "textarea":
        return "".join(field.itertext()).strip()
    if field.tag == "select":
        chosen = (one for one in field.iter("option") if one.get("selected") is not None)
        return ", ".join(" ".join("".join(one.itertext()).split()) for one in chosen)
    kind = (field.get("type") or "").strip().lower()
    if kind in _TICKED:
        return "☐" if field.get("checked") is None else "☑"
    return (field.get("value") or "").strip() if kind in _TYPED else ""
