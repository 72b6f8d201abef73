"""Lists whose items share a form, as tables: "name, place: X, supplies Y", a row an item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from kb.table_types import Grid
from kb.text.han import HAN

_LEAST = 3
_MOST = 2_000
_SHORT = 40
"""Characters of an item of a plain list: longer ones are sentences, which nobody counts."""
_MOST_NAME = 20
_APART = re.compile(r"\s*(?:[，；|｜\t]|[,;](?=\s)|\s[-–—]\s)\s*")
"""What stands between the fields of an item, outside of brackets."""
_BRACKETS = re.compile(r"[(（\[【「《“][^)）\]】」》”]*[)）\]】」》”]")
_FIELD = re.compile(r"(?P<name>[^:：]{1,16}?)\s*[:：]\s*(?P<value>.+)")
_NUMBER = re.compile(
    r"\s*(?:[-*•·●○▪◦]|[(（]?(?:\d{1,3}|[一二三四五六七八九十]{1,3}|[a-z])[)）.、．](?!\d))\s*"
)
_SENTENCE = re.compile(r"[。！？!?；;](?=.)|[:：]$")
_HEAD_NUMBER = re.compile(
    r"^(?:第.{1,3}[章节条]|[\d一二三四五六七八九十.]+[、.．\s)）]|[(（].{1,3}[)）])\s*"
)


@dataclass(slots=True)
class ListItems:
    """The items of one list, as they come: the text of each, how deep it is, its line."""

    texts: list[str] = field(default_factory=list)
    depths: set[int] = field(default_factory=set)
    lines: list[int | None] = field(default_factory=list)
    page: int | None = None

    def add(self, text: str, depth: int, line: int | None, page: int | None) -> None:
        """`depth` counts from 1; 0 for what goes on in the item before."""
        if not depth and self.texts:
            return
        self.page = self.page if self.texts else page
        self.texts.append(text)
        self.depths.add(depth)
        self.lines.append(line)

    def grid(self, heading: str, opening: str | None) -> Grid | None:
        """The list as a grid; None where its items share no form.

        Args:
            heading: the heading that it stands under.
            opening: the line with a colon that opens it; empty where the heading itself does, None
                where neither stands right above it. Only with one of them are short items without
                fields a table.
        """
        if not _LEAST <= len(self.texts) <= _MOST or len(self.depths) != 1:
            return None
        called = _called(heading, opening or "")
        name = called if len(called) <= _MOST_NAME else ""
        items = [_NUMBER.sub("", text, count=1).rstrip("。.；;,， ") for text in self.texts]
        fields = [_fields(item) for item in items]
        width = len(fields[0])
        if width > 1 and all(len(one) == width for one in fields):
            columns = [_column([one[at] for one in fields]) for at in range(width)]
            if not any(head for head, _ in columns):
                return None
            heads = [head for head, _ in columns]
            heads[0] = heads[0] or name
            rows = [heads, *map(list, zip(*(cells for _, cells in columns), strict=True))]
        elif opening is not None and name and _are_things(items):
            rows = [[name], *([item] for item in items)]
        else:
            return None
        numbers = [one for one in self.lines if one]
        told = len(numbers) == len(self.lines) and sorted({*numbers}) == numbers
        return Grid(
            called,
            tuple(map(tuple, rows)),
            numbers=(max(1, numbers[0] - 1), *numbers) if told else (),
            page=self.page,
            head=1,
        )


def _called(heading: str, opening: str) -> str:
    """What a list is called: by the end of the line that opens it, else by the heading."""
    line = re.split(r"[。！？；;.!?](?=.)", opening.rstrip(":： "))[-1]
    line = re.sub(r"(?:如下|包括|分别[是为有]?|[是为有]| (?:are|is|include|as follows))$", "", line)
    return line.strip() if 1 < len(line.strip()) <= _MOST_NAME else _HEAD_NUMBER.sub("", heading)


def _fields(item: str) -> list[str]:
    """The parts of an item; what is in brackets is of one."""
    kept: list[str] = []

    def put(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    parts = _APART.split(_BRACKETS.sub(put, item))
    return [re.sub("\0(\\d+)\0", lambda at: kept[int(at[1])], one) for one in parts]


def _column(parts: Sequence[str]) -> tuple[str, list[str]]:
    """The name that all parts begin with, and what is behind it; no name where they share none."""
    pairs = [_FIELD.fullmatch(part) for part in parts]
    names = {pair["name"] for pair in pairs if pair}
    if all(pairs) and len(names) == 1:
        return names.pop(), [pair["value"] for pair in pairs if pair]
    same = takewhile(lambda letters: len({*letters}) == 1, zip(*parts, strict=False))
    shared = "".join(letters[0] for letters in same)
    if han := re.match(f"[{HAN}]+", shared):
        shared = han[0]
        enough = len(shared) > 1
    else:
        shared = shared[: shared.rfind(" ") + 1]
        enough = len(shared) > 2 and shared[0].isalpha()
    if enough and all(len(part) > len(shared) for part in parts):
        return shared.strip(), [part[len(shared) :].strip() for part in parts]
    return "", [*parts]


def _are_things(items: Sequence[str]) -> bool:
    """Whether the items are short, no sentences, and all different."""
    short = all(0 < len(one) <= _SHORT and not _SENTENCE.search(one) for one in items)
    return short and len({*items}) == len(items)
