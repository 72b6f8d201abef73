"""Formulas in MathML 3, in a line: x^2 for a power, a/b for a fraction, √(x) for a root."""

from __future__ import annotations

from typing import Any

_UNSAID = frozenset(("annotation", "annotation-xml", "mspace", "mphantom", "none", "mprescripts"))
_TOKENS = frozenset(("mi", "mn", "mo", "mtext", "ms"))
_DEEPEST = 100
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))
"""Signs between factors and arguments that are not drawn."""


def formula(element: Any, depth: int = 0) -> str:
    """The text of a `math` element, whose tags have no namespace."""
    tag = str(element.tag).rpartition(":")[2]
    if tag in _UNSAID or not isinstance(element.tag, str):
        return ""
    if tag in _TOKENS or depth > _DEEPEST:
        return "".join("".join(element.itertext()).translate(_INVISIBLE).split())
    parts = [formula(child, depth + 1) for child in element if isinstance(child.tag, str)]
    match tag, parts:
        case "msup" | "mover", [base, power]:
            return f"{base}^{grouped(power)}" if tag == "msup" else base + power
        case "msub", [base, index]:
            return f"{base}_{grouped(index)}" if len(index) > 1 else base + index
        case "msubsup", [base, index, power]:
            return f"{base}{index}^{grouped(power)}"
        case "mfrac", [over, under]:
            return f"{grouped(over)}/{grouped(under)}"
        case "msqrt", _:
            return f"√({''.join(parts)})"
        case "mroot", [base, degree]:
            return f"{degree}√({base})"
        case "mtr" | "mlabeledtr", _:
            return ", ".join(parts)
        case "mtable", _:
            return "; ".join(parts)
        case "mfenced", _:
            return f"{element.get('open', '(')}{', '.join(parts)}{element.get('close', ')')}"
    return "".join(parts)


def grouped(text: str) -> str:
    """In brackets where it is more than one number or name."""
    return text if len(text) < 2 or text.lstrip("-−").isalnum() else f"({text})"
