"""CSS selectors: tags, classes, ids, attributes, `:not`, `:is`, `:where`, `:link`, which child of
its parent an element is, and all combinators. Any other is no selector here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

_MOST_STEPS = 2_000
"""Elements that are looked at for one selector, where it leads to and fro."""

_GAP = re.compile(r"\s*([>+~])\s*|\s+")
_SIMPLE = re.compile(
    r"(?P<tag>\*|[\w-]+)|#(?P<id>(?:[\w-]|\\.)+)|\.(?P<cls>(?:[\w-]|\\.)+)"
    r"|\[\s*(?P<name>[\w:-]+)\s*(?:(?P<op>[~|^$*]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\]\s]+)"
    r"\s*[iIsS]?)?\s*\]|:(?P<pseudo>[\w-]+)(?:\((?P<given>[^()]*)\))?"
)
_NTH = re.compile(r"(?:(?P<a>[+-]?\d*)n)?\s*(?P<b>[+-]?\s*\d+)?")

Rank = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Test:
    """One condition of a compound: `kind` is tag, id, class, attribute or a pseudo-class's name."""

    kind: str
    name: str
    op: str = ""
    value: str = ""
    inner: tuple[tuple[_Test, ...], ...] = ()


_Compound = tuple[_Test, ...]
Selector = tuple[tuple[str, _Compound], ...]
"""Compounds from left to right, each with the combinator before it."""


def split_list(text: str) -> list[str]:
    """A list of selectors by its commas; not those within brackets."""
    if "(" not in text and "[" not in text:
        return text.split(",")
    parts, depth, begin = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def parse_selector(text: str) -> Selector | None:
    found: list[tuple[str, _Compound]] = []
    combinator, at, text = "", 0, text.strip()
    while at < len(text):
        if gap := _GAP.match(text, at):
            combinator, at = gap[1] or " ", gap.end()
        tests, at = _compound(text, at)
        if not tests:
            return None
        found.append((combinator, tests))
        combinator = ""
    return tuple(found) or None


def _compound(text: str, at: int) -> tuple[_Compound, int]:
    tests: list[_Test] = []
    while (match := _SIMPLE.match(text, at)) and match.end() > at:
        if match["tag"] and tests:
            return (), at
        test = _test(match)
        if test is None:
            return (), at
        tests.append(test)
        at = match.end()
        if at < len(text) and text[at] in " \t\r\n>+~":
            break
    ended = at == len(text) or text[at] in " \t\r\n>+~"
    return (tuple(tests), at) if ended else ((), at)


def _test(match: re.Match[str]) -> _Test | None:
    if match["tag"]:
        return _Test("tag", match["tag"].lower())
    if match["id"]:
        return _Test("id", match["id"].replace("\\", ""))
    if match["cls"]:
        return _Test("class", match["cls"].replace("\\", ""))
    if match["name"]:
        value = (match["value"] or "").strip("\"'")
        return _Test("attribute", match["name"].lower(), match["op"] or "", value)
    return _pseudo(match["pseudo"].lower(), match["given"] or "")


def _pseudo(name: str, given: str) -> _Test | None:
    if name in ("link", "any-link"):
        return _Test("attribute", "href")
    if name in ("first-child", "last-child", "only-child", "root", "first-of-type", "last-of-type"):
        return _Test("place", name)
    if name in ("nth-child", "nth-of-type"):
        text = {"odd": "2n+1", "even": "2n"}.get(given.strip().lower(), given.strip().lower())
        return _Test("place", name, value=text) if _NTH.fullmatch(text) and text else None
    if name in ("not", "is", "where", "matches"):
        inner = [_compound(one.strip(), 0) for one in given.split(",")]
        if all(tests and end == len(one.strip()) for (tests, end), one in
               zip(inner, given.split(","), strict=True)):  # fmt: skip
            return _Test(name, "", inner=tuple(tests for tests, _ in inner))
    return None


def key(compound: _Compound) -> str:
    named = {test.kind: test.name for test in reversed(compound)}
    if "id" in named:
        return f"#{named['id']}"
    return f".{named['class']}" if "class" in named else named.get("tag", "*")


def names(selector: Selector) -> frozenset[str]:
    """The tags, `.classes` and `#ids` without which a page has nothing that it matches."""
    marks = {"tag": "", "class": ".", "id": "#"}
    return frozenset(
        f"{marks[test.kind]}{test.name}"
        for _, compound in selector
        for test in compound
        if test.kind in marks and test.name != "*"
    )


def rank(selector: Selector) -> Rank:
    """How much a selector counts against others (Selectors 4, 17)."""
    ids = others = tags = 0
    pending = [test for _, compound in selector for test in compound]
    while pending:
        test = pending.pop()
        if test.kind in ("not", "is", "matches"):
            pending.extend(sorted(test.inner, key=len)[-1])
        elif test.kind == "id":
            ids += 1
        elif test.kind == "tag":
            tags += test.name != "*"
        elif test.kind != "where":
            others += 1
    return ids, others, tags


def matches(element: Any, selector: Selector) -> bool:
    """From right to left, with a way back where several ancestors come into question."""
    if not _fits(element, selector[-1][1]):
        return False
    places = [element]
    looked = 0
    for number in range(len(selector) - 2, -1, -1):
        combinator, compound = selector[number + 1][0], selector[number][1]
        found: list[Any] = []
        for place in places:
            for candidate in _candidates(place, combinator):
                looked += 1
                if looked > _MOST_STEPS:
                    return bool(found)
                if candidate not in found and _fits(candidate, compound):
                    found.append(candidate)
                    # The nearest ancestor leads as far as a farther one, unless a closer step
                    # is still to come.
                    if combinator == " " and all(one == " " for one, _ in selector[1 : number + 1]):
                        break
        places = found
        if not places:
            return False
    return True


def _candidates(place: Any, combinator: str) -> Iterator[Any]:
    if combinator == ">":
        around: Iterator[Any] = islice(place.iterancestors(), 1)
    elif combinator == " ":
        around = place.iterancestors()
    else:
        around = (one for one in place.itersiblings(preceding=True) if isinstance(one.tag, str))
        around = islice(around, 1) if combinator == "+" else around
    return (one for one in around if isinstance(one.tag, str))


def _fits(element: Any, compound: _Compound) -> bool:
    return all(_holds(element, test) for test in compound)


def _holds(element: Any, test: _Test) -> bool:
    match test.kind:
        case "tag":
            return test.name == "*" or bool(element.tag == test.name)
        case "id":
            return bool(element.get("id") == test.name)
        case "class":
            return test.name in (element.get("class") or "").split()
        case "attribute":
            return _attribute_holds(element.get(test.name), test)
        case "place":
            return _place_holds(element, test)
        case "not":
            return not any(_fits(element, one) for one in test.inner)
    return any(_fits(element, one) for one in test.inner)


def _attribute_holds(value: str | None, test: _Test) -> bool:
    if value is None:
        return False
    match test.op:
        case "":
            return True
        case "=":
            return value == test.value
        case "~=":
            return test.value in value.split()
        case "|=":
            return value == test.value or value.startswith(f"{test.value}-")
        case "^=":
            return bool(test.value) and value.startswith(test.value)
        case "$=":
            return bool(test.value) and value.endswith(test.value)
    return bool(test.value) and test.value in value


def _place_holds(element: Any, test: _Test) -> bool:
    parent = element.getparent()
    if parent is None or test.name == "root":
        return parent is None and test.name == "root"
    tag = element.tag if test.name.endswith("-of-type") else "*"
    first = next(element.itersiblings(tag, preceding=True), None) is None
    last = next(element.itersiblings(tag), None) is None
    match test.name:
        case "first-child" | "first-of-type":
            return first
        case "last-child" | "last-of-type":
            return last
        case "only-child":
            return first and last
    number = 1 + sum(1 for _ in islice(element.itersiblings(tag, preceding=True), _MOST_STEPS))
    return _is_nth(number, test.value)


def _is_nth(number: int, formula: str) -> bool:
    """Whether a number is one of an+b for some n from 0 on."""
    match = _NTH.fullmatch(formula)
    if match is None:
        return False
    factor = match["a"]
    a = 0 if factor is None else int(f"{factor}1" if factor in ("", "+", "-") else factor)
    rest = number - int((match["b"] or "0").replace(" ", ""))
    return rest == 0 if not a else rest % a == 0 and rest // a >= 0
