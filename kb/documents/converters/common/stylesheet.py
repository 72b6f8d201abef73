"""CSS as far as it decides whether text is seen: which declarations win for an element.

Rules for a pointer, a focus or a printed page do not count; `@media` is asked
for a screen of 1,280 pixels. A rule that may hide and whose selector is another one makes the
sheet `untold`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kb.documents.converters.common.selectors import (
    Rank,
    Selector,
    key,
    matches,
    names,
    parse_selector,
    rank,
    split_list,
)

MOST_RULES = 200_000
MOST_TRIED = 300_000
"""Rules that are tried on elements, all of a page together: some seconds."""
_SCREEN = 1280.0  # pixels

_DECLARED = """
display visibility opacity transform scale zoom filter clip clip-path text-indent margin-left
margin-top position left right top bottom overflow overflow-x overflow-y width height max-width
max-height line-height color background background-color background-image background-clip
-webkit-background-clip -webkit-text-fill-color font font-size content-visibility rotate translate
"""
HIDING = frozenset(_DECLARED.split())
"""The properties that decide whether text is seen."""

_MARK = re.compile("[{};]")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*))?\)")
_ELSEWHEN = re.compile(
    r"::|:(?:before|after|first-letter|hover|focus|active|visited|target|checked|disabled|invalid"
    r"|fullscreen|indeterminate|autofill|modal|popover-open|empty|host|-(?:webkit|moz|ms|o)-)"
)
"""Of a moment, or of what is no text of the page."""


@dataclass(frozen=True, slots=True)
class _Rule:
    rank: tuple[Rank, int]
    selector: Selector
    declared: dict[str, tuple[str, bool]]


class Sheet:
    """The rules of a page's styles that may hide, by what their last part names: of the thousands
    of a saved page an element meets a handful. `untold`: what of them could not be understood, in
    words; empty where all could."""

    def __init__(self, text: str, page: Any) -> None:
        self.untold = ""
        self._tried = 0
        self._there = _names_in(page) if text else frozenset()
        self._rules: dict[str, list[_Rule]] = {}
        self._variables: dict[str, str] = {}
        blocks = _blocks(_without_comments(text))
        for number, (head, body) in enumerate(blocks):
            if number == MOST_RULES:
                self.untold = f"its style rules after the first {MOST_RULES:,}, which are not read"
                break
            self._take(number, head, body)

    def style(self, element: Any) -> dict[str, str]:
        """What wins for an element: of its own `style` and the rules that it meets."""
        own_names = [element.tag, "*", f"#{element.get('id')}"]
        own_names += [f".{name}" for name in {*(element.get("class") or "").split()}]
        rules = [rule for name in own_names for rule in self._rules.get(name, ())]
        self._tried += len(rules)
        if self._tried > MOST_TRIED:
            self.untold = "its style rules, which are too many for so many elements"
            rules = []
        met = [rule for rule in rules if matches(element, rule.selector)]
        own = declarations(element.get("style") or "")
        layers = [rule.declared for rule in sorted(met, key=lambda rule: rule.rank)] + [own]
        style: dict[str, str] = {}
        for important in (False, True):
            for layer in layers:
                style |= {n: v for n, (v, strong) in layer.items() if strong is important}
        return {name: self._resolved(value) for name, value in style.items()}

    def _take(self, number: int, head: str, body: str) -> None:
        if "{" in body:  # rules in a rule
            own, _, nested = body.partition("{")
            body = own.rpartition(";")[0]
            if any(_hides(declarations(one)) for one in re.split("[{}]", nested)):
                self.untold = self.untold or f"the style rules within '{head[:60]}'"
        if "--" in body:
            for part in body.split(";"):
                name, colon, value = part.partition(":")
                if colon and name.strip().startswith("--"):
                    self._variables[name.strip()] = value.split("!")[0].strip().lower()
        declared = declarations(body)
        for text in split_list(head) if declared else ():
            if _ELSEWHEN.search(text) and ":not(" not in text:
                continue
            selector = parse_selector(text)
            if selector is None:
                if _hides(declared):
                    self.untold = self.untold or f"the style rule for '{text.strip()[:60]}'"
                continue
            if not names(selector) <= self._there:
                continue
            rule = _Rule((rank(selector), number), selector, declared)
            self._rules.setdefault(key(selector[-1][1]), []).append(rule)

    def _resolved(self, value: str) -> str:
        for _ in range(5):
            if "var(" not in value:
                break
            value = _VARIABLE.sub(
                lambda match: self._variables.get(match[1], (match[2] or "").strip()), value
            )
        return value


def _names_in(page: Any) -> frozenset[str]:
    """The tags, `.classes` and `#ids` that occur in a page."""
    found: set[str] = set()
    for element in page.iter():
        if isinstance(element.tag, str):
            found.add(element.tag)
            found.update(f".{name}" for name in (element.get("class") or "").split())
            found.add(f"#{element.get('id')}")
    return frozenset(found)


def declarations(text: str) -> dict[str, tuple[str, bool]]:
    """The declarations that may hide, each with whether it is `!important`."""
    found: dict[str, tuple[str, bool]] = {}
    for part in text.split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().lower()
        if colon and name in HIDING:
            value, mark, _ = value.partition("!")
            strong = bool(mark)
            if not found.get(name, ("", False))[1] or strong:
                found[name] = (value.strip().lower(), strong)
    return found


def _hides(declared: dict[str, tuple[str, bool]]) -> bool:
    """Whether a rule takes something out of sight for certain, if it meets it."""
    values = {name: value for name, (value, _) in declared.items()}
    return (
        values.get("display") == "none"
        or values.get("visibility") == "hidden"
        or values.get("opacity") in ("0", "0%")
        or values.get("font-size") in ("0", "0px")
        or values.get("color") == "transparent"
    )


# --- the sheet ------------------------------------------------------------------------


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (begin := text.find("/*", at)) >= 0 and (end := text.find("*/", begin + 2)) >= 0:
        kept.append(text[at:begin])
        at = end + 2
    return "".join([*kept, text[at:]]).replace("<!--", "").replace("-->", "")


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each rule's selectors and declarations, those of `@media` and the like where they hold."""
    holds, at = [True], 0
    for mark in _MARK.finditer(text):
        if mark.start() < at:
            continue
        before = text[at : mark.start()]
        at = mark.end()
        if mark[0] == "{":
            head = before.strip()
            if head.startswith("@"):
                holds.append(holds[-1] and _at_rule_holds(head))
                continue
            end = text.find("}", at)
            if end < 0:
                return
            if text.find("{", at, end) >= 0:
                end = _end_of_nested(text, at)
            if holds[-1]:
                yield head, text[at:end]
            at = end + 1
        elif mark[0] == "}" and len(holds) > 1:
            holds.pop()


def _end_of_nested(text: str, at: int) -> int:
    depth = 1
    for mark in _MARK.finditer(text, at):
        depth += (mark[0] == "{") - (mark[0] == "}")
        if not depth:
            return mark.start()
    return len(text)


def _at_rule_holds(head: str) -> bool:
    name, _, condition = head.partition(" ")
    if "(" in name:
        name, condition = "@media", head.partition("(")[1] + head.partition("(")[2]
    match name.lower():
        case "@media":
            return any(_medium_holds(one) for one in condition.lower().split(","))
        case "@layer" | "@supports" | "@container" | "@scope":
            return "not" not in condition.lower().split()
    return False  # @font-face, @keyframes, @page …


def _medium_holds(query: str) -> bool:
    words = re.findall(r"\([^()]*\)|[\w-]+", query)
    if "not" in words or not words:
        return False
    for word in words:
        if not word.startswith("("):
            if word not in ("screen", "all", "only", "and"):
                return False
            continue
        name, _, value = word.strip("() ").partition(":")
        number = re.match(r"\s*([\d.]+)\s*(px|em|rem)?", value)
        size = float(number[1]) * (16 if number[2] in ("em", "rem") else 1) if number else None
        if name.strip() == "min-width" and size is not None and size <= _SCREEN:
            continue
        if name.strip() == "max-width" and size is not None and size >= _SCREEN:
            continue
        return False
    return True
