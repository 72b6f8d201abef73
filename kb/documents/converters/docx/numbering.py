"""The numbers that Word puts before paragraphs (ISO 29500-1, 17.9): 第三条, 1.2, (a), •."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from kb.documents.converters.docx.names import W, number, switch, value
from kb.text.numbers import roman

_HAN = "〇一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LEVELS = 9
_LARGEST = 9999


@dataclass(slots=True)
class _Level:
    """A level of a list: how its number is written, and where it begins."""

    style: str = "decimal"
    text: str = ""
    start: int = 1
    legal: bool = False


@dataclass(slots=True)
class _List:
    """A list as a paragraph names it. Lists of one `shared` definition count on together."""

    shared: str
    levels: dict[int, _Level]
    restarts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts through a document: `label` is asked once for each numbered paragraph, in order."""

    def __init__(self, root: Any | None) -> None:
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is not None:
            shared = {one.get(f"{W}abstractNumId"): one for one in root.iter(f"{W}abstractNum")}
            for one in root.iter(f"{W}num"):
                self._add(one, shared)

    def label(self, list_id: str, level: int) -> str:
        """What stands before the next paragraph of this list and level (0 to 8): "" for none or a
        bullet."""
        found = self._lists.get(list_id)
        if found is None or not 0 <= level < _LEVELS:
            return ""
        counts = self._counts.setdefault(found.shared, {})
        if level in found.restarts:
            counts[level] = found.restarts.pop(level)
        else:
            start = found.levels.get(level, _Level()).start
            counts[level] = counts[level] + 1 if level in counts else start
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        return self._written(found, counts, level)

    def is_list(self, list_id: str) -> bool:
        return list_id in self._lists

    def _written(self, found: _List, counts: dict[int, int], level: int) -> str:
        own = found.levels.get(level, _Level())
        if own.style in ("bullet", "none"):
            return ""

        def replaced(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            one = found.levels.get(at, _Level())
            style = "decimal" if own.legal and at != level else one.style
            return in_words(counts.get(at, one.start), style)

        return re.sub(r"%([1-9])", replaced, own.text).strip()

    def _add(self, one: Any, shared: dict[str | None, Any]) -> None:
        name = value(one, "abstractNumId")
        levels = {}
        for level in shared[name].iter(f"{W}lvl") if name in shared else ():
            levels[number(level.get(f"{W}ilvl"))] = _level(level)
        found = _List(name, levels)
        for override in one.iter(f"{W}lvlOverride"):
            at = number(override.get(f"{W}ilvl"))
            for level in override.iter(f"{W}lvl"):
                found.levels[at] = _level(level)
            if override.find(f"{W}startOverride") is not None:
                found.restarts[at] = number(value(override, "startOverride"), 1)
        self._lists[one.get(f"{W}numId") or ""] = found


def _level(element: Any) -> _Level:
    style = value(element, "numFmt", "decimal")
    return _Level(
        style,
        value(element, "lvlText"),
        number(value(element, "start"), 1),
        bool(switch(element, "isLgl")),
    )


def in_words(count: int, style: str) -> str:
    """A number as the format of that name writes it (17.18.59); other formats: in digits."""
    if not 0 < count <= _LARGEST:
        return str(count)
    match style:
        case "upperRoman" | "lowerRoman":
            text = roman(count)
            return text if style == "upperRoman" else text.lower()
        case "upperLetter" | "lowerLetter":
            text = chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 + 1)
            return text if style == "upperLetter" else text.lower()
        case "decimalZero":
            return f"{count:02d}"
        case "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if count <= 20:
            return chr(ord("①") + count - 1)
        case "decimalFullWidth" | "decimalFullWidth2":
            return "".join(chr(ord("０") + int(digit)) for digit in str(count))
        case "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital":
            return "".join(_HAN[int(digit)] for digit in str(count))
        case "chineseLegalSimplified":
            return _han(count, _FORMAL, ("", "拾", "佰", "仟"))
        case "ideographTraditional":
            return _STEMS[count - 1] if count <= len(_STEMS) else str(count)
        case "ideographZodiac":
            return _BRANCHES[count - 1] if count <= len(_BRANCHES) else str(count)
        case "ordinal":
            return f"{count}{_suffix(count)}"
        case _ if style.startswith(("chineseCounting", "japaneseCounting", "taiwaneseCounting")):
            return _han(count, "零一二三四五六七八九", ("", "十", "百", "千"))
        case _:
            return str(count)


def _han(count: int, digits: str, units: tuple[str, ...]) -> str:
    """12 is 十二, 105 is 一百零五."""
    text, gap = "", False
    for place in range(len(units) - 1, -1, -1):
        digit = count // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + units[place]
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if 10 <= count < 20 and digits[1] == "一" else text


def _suffix(count: int) -> str:
    if count % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
