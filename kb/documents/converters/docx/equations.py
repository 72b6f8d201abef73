"""EQ fields: formulas, circled numbers and readings above characters as older Word files and WPS
write them. Nothing but the field's code says what they show.

`EQ \\f(3,4)` is a fraction, `EQ \\o\\ac(○,2)` is ②, `EQ \\o\\ad(\\s\\up 9(kan),看)` is 看 with its
reading (field codes of Word, "EQ").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.documents.converters.common.mathml import grouped

_EQ = re.compile(r"\s*EQ\b", re.IGNORECASE)
_FORMAT = re.compile(r"\\\*\s*(?:\"[^\"]*\"|\S+)")
_SWITCH = re.compile(r"\\([a-z]{1,2})\s*(?:-?\d+)?\s*(?=[\\(])", re.IGNORECASE)
_WITH_SIGN = frozenset(("lc", "rc", "bc", "fc", "vc"))
_RINGS = frozenset("○〇◯□△◇")
_DEEPEST = 20


def equation(code: str) -> str | None:
    """What a field's code shows, in one line; None where it is another field's."""
    found = _EQ.match(code)
    if found is None:
        return None
    return _Reader(_FORMAT.sub("", code[found.end() :])).text(0).strip()


@dataclass(slots=True)
class _Reader:
    code: str
    at: int = 0

    def text(self, depth: int) -> str:
        """Up to what ends an argument."""
        pieces = []
        while self.at < len(self.code) and (not depth or self.code[self.at] not in ",;)"):
            pieces.append(self._piece(depth))
        return "".join(pieces).strip()

    def _piece(self, depth: int) -> str:
        if self.code[self.at] == "\\" and depth < _DEEPEST and _SWITCH.match(self.code, self.at):
            return self._shown(depth)
        self.at += self.code[self.at] == "\\"  # what stands behind it is no sign of the field
        character = self.code[self.at : self.at + 1]
        self.at += 1
        return character

    def _shown(self, depth: int) -> str:
        switches, signs = list[str](), dict[str, str]()
        while (found := _SWITCH.match(self.code, self.at)) is not None:
            switches.append(found[1].lower())
            self.at = found.end()
            if switches[-1] in _WITH_SIGN:
                self.at += self.code[self.at] == "\\"
                signs[switches[-1]] = self.code[self.at : self.at + 1]
                self.at += 1
        return _rendered(switches, signs, self._arguments(depth))

    def _arguments(self, depth: int) -> list[str]:
        if self.code[self.at : self.at + 1] != "(":
            return []
        found = list[str]()
        while self.at < len(self.code) and self.code[self.at] != ")":
            self.at += 1
            found.append(self.text(depth + 1))
        self.at += 1
        return found


def _rendered(switches: list[str], signs: dict[str, str], arguments: list[str]) -> str:
    kind = switches[0]
    if kind == "f" and len(arguments) == 2:
        return f"{grouped(arguments[0])}/{grouped(arguments[1])}"
    if kind == "r" and arguments:
        return f"{''.join(arguments[:-1])}√({arguments[-1]})"
    if kind == "i":
        sign = "∑" if "su" in switches else "∏" if "pr" in switches else "∫"
        return signs.get("fc", signs.get("vc", sign)) + " ".join(arguments)
    if kind == "b":
        left, right = signs.get("lc"), signs.get("rc")
        if left is None and right is None:
            left = signs.get("bc", "(")
            right = {"(": ")", "[": "]", "{": "}", "<": ">"}.get(left, left)
        return f"{left or ''}{' '.join(arguments)}{right or ''}"
    if kind in ("s", "up"):
        raised = switches[-1] == "up" and any(arguments)
        return f"^{grouped(''.join(arguments))}" if raised else "".join(arguments)
    if kind == "o":
        return _over_each_other(arguments)
    return "" if kind == "d" else " ".join(arguments)


def _over_each_other(arguments: list[str]) -> str:
    """Characters in one place: in a ring, or with their reading above, which is left out."""
    ringed = any(one in _RINGS for one in arguments)
    shown = "".join(one for one in arguments if one not in _RINGS and not one.startswith("^"))
    if not ringed or not shown:
        return shown or "".join(arguments).removeprefix("^")
    small = shown.isascii() and shown.isdecimal() and len(shown) < 3 and 0 < int(shown) <= 20
    return chr(0x245F + int(shown)) if small else f"({shown})"
