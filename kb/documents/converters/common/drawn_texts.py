"""The texts that stand in a drawing in SVG, in a file of its own or within a page."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

_PLACED = ("x", "y", "dx", "dy")


def drawn_texts(root: Any, hidden: Set[Any] = frozenset()) -> Iterator[str]:
    """Each text of a drawing, in the order of the file; of a page within it all that it holds.

    `hidden`: elements that nobody sees. It walks without recursion: hostile files nest deeper than
    Python does.
    """
    is_used = root.find(".//use") is not None
    stack = [root]
    while stack:
        element = stack.pop()
        if element in hidden or (element.tag in ("defs", "symbol") and not is_used):
            continue
        if element.tag == "text" or (
            element.tag == "foreignObject" and "".join(element.itertext())
        ):
            yield "".join(_pieces(element, hidden))
        elif element.tag == "switch":  # the first that a program can draw
            stack.extend([*element.iterchildren("foreignObject"), *element][:1])
        else:
            stack.extend(child for child in reversed(element) if isinstance(child.tag, str))


def _pieces(text: Any, hidden: Set[Any]) -> Iterator[str]:
    stack: list[Any] = [text]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one.tag, str) and one not in hidden and one.tag != "title":
            apart = one.tag not in ("tspan", "textPath", "a", "b", "i", "span", "text")
            if apart or any(one.get(name) for name in _PLACED):
                yield " "
            for child in reversed(one):
                stack += [child.tail or "", child]
            stack.append(one.text or "")
