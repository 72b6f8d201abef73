"""What a browser draws of a page, and its text alone does not tell: struck text, formulas, the
numbers of lists, drawings, and what is filled into its forms."""

from __future__ import annotations

import re
from typing import Any

from kb.documents.converters.common.drawn_texts import drawn_texts
from kb.documents.converters.common.mathml import formula
from kb.text.numbers import roman

_STRUCK = frozenset({"del", "s", "strike"})
_LINE_THROUGH = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.I)
_TYPED = frozenset(
    {
        *("", "text", "number", "tel", "email", "url", "search"),
        *("date", "time", "month", "week", "datetime-local"),
    }
)
_LETTERED = frozenset("aAiI")
_NUMBER = re.compile(r"-?\d{1,6}")
_LINES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "span", "label", "a"})
_WITHIN = frozenset({"sup", "span", "b", "i", "em", "strong", "small", "font"})
_NOTE_MARK = re.compile(r"\d{1,3}|[*†‡§]{1,3}")
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


def show_formulas(tree: Any) -> None:
    """Turn formulas in MathML into their text. What a script has drawn of one, too, is dropped:
    those who do not see the drawing have the formula."""
    for math in list(tree.iter("math")):
        if math.getparent() is None:
            continue
        holder = math.getparent()
        while holder is not None and holder.tag == "span" and len(holder) == 1:
            for drawn in (holder.getprevious(), holder.getnext()):
                if drawn is not None and drawn.get("aria-hidden") == "true":
                    drawn.drop_tree()
            holder = holder.getparent()
        math.tail = f"{formula(math)}{math.tail or ''}"
        math.drop_tree()


def show_drawings(tree: Any) -> None:
    """Turn drawings in SVG into the texts that stand in them, a line each. One without text is a
    picture, and is left to be dropped."""
    for drawing in list(tree.iter("svg")):
        for element in drawing.iter("foreignobject", "textpath"):  # HTML's parser has no capitals
            element.tag = {"foreignobject": "foreignObject"}.get(element.tag, "textPath")
        hidden = {one for one in drawing.iter() if one.get("display") == "none"}
        found = [" ".join(text.split()) for text in drawn_texts(drawing, hidden)]
        if any(found):
            for child in list(drawing):
                drawing.remove(child)
            drawing.tag, drawing.text = "div", None
            for text in filter(None, found):
                line = drawing.makeelement("p")
                line.text = text
                drawing.append(line)


def show_buttons(tree: Any) -> None:
    """What stands on a button is text: pages of questions and answers have the questions there.
    One within a line or a heading is a part of it."""
    for button in list(tree.iter("button")):
        parent = button.getparent()
        if parent is None:
            continue
        beside = (parent.text, *(child.tail for child in parent))
        if parent.tag in _LINES or any((text or "").strip() for text in beside):
            button.text = f" {button.text or ''}"
            button.tail = f" {button.tail or ''}"
            button.drop_tag()
        else:
            button.tag = "div"


def show_numbers(tree: Any) -> None:
    """Put before the items of a list the numbers that it gives them, where it does not count from 1
    by itself (`start`, `value`, `reversed`, letters)."""
    for holder in tree.iter("ol"):
        items = [item for item in holder if item.tag == "li"]
        kind = holder.get("type") or "1"
        start, down = _whole(holder.get("start")), holder.get("reversed") is not None
        told = start is not None or down or kind in _LETTERED
        if not told and all(_whole(item.get("value")) is None for item in items):
            continue
        number = start if start is not None else len(items) if down else 1
        for item in items:
            own = _whole(item.get("value"))
            number = number if own is None else own
            item.text = f"{_counted(number, kind)}. {(item.text or '').lstrip()}"
            number += -1 if down else 1


def _whole(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text.strip()) else None


def _counted(number: int, kind: str) -> str:
    if number > 0 and kind in ("i", "I"):
        return roman(number).lower() if kind == "i" else roman(number)
    if number > 0 and kind in ("a", "A"):
        letters = ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord(kind) + rest) + letters
        return letters
    return str(number)


def show_note_marks(tree: Any) -> None:
    """Put a link to a note that stands right behind something in brackets: 120 with the note 3 is
    neither 1203 nor a power."""
    for link in list(tree.iter("a")):
        mark = "".join(link.itertext()).strip()
        if "#" not in (link.get("href") or "") or not _NOTE_MARK.fullmatch(mark):
            continue
        if "footnote" in (link.get("class") or ""):
            continue  # pandoc's own, which is told by its class
        raised = next(link.iterancestors("sup"), None)
        if raised is not None and "".join(raised.itertext()).strip() == mark:
            raised.tag = "span"
        elif not _behind(link)[-1:].strip():
            continue
        for child in list(link):
            link.remove(child)
        link.text = f"[{mark}]"


def _behind(element: Any) -> str:
    """The text that an element stands behind, up to the next element."""
    before = element.getprevious()
    if before is not None:
        return before.tail or "".join(before.itertext())
    parent = element.getparent()
    if parent is None:
        return ""
    return parent.text or (_behind(parent) if parent.tag in _WITHIN else "")


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
