"""Patterns of files as a `.gitignore` has them, matched in a time that their length bounds.

A pattern becomes one regular expression that never goes back over what a star has passed: of a name
between two stars the first occurrence is the right one, and is kept (an atomic group). So whoever
may write a `.kbignore` cannot make a run hang.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kb.errors import UsageError

MOST_PATTERNS = 10_000
_LONGEST = 4_096
_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": r"\x21-\x7e", "lower": "a-z", "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~", "space": r"\s", "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pattern:
    """`takes_back`: it begins with `!`. `folders`: it ends with `/`. `name`: the whole of it, where
    it is one name without a wildcard. Of others `anywhere` says that they are one name's."""

    takes_back: bool
    folders: bool
    anywhere: bool
    name: str = ""
    expression: re.Pattern[str] | None = None

    def fits(self, path: str, name: str, folder: bool) -> bool:
        if self.folders and not folder:
            return False
        if self.expression is None:
            return name == self.name
        return self.expression.fullmatch(name if self.anywhere else path) is not None


@dataclass(slots=True)
class Patterns:
    """Lines of a `.gitignore`. The last one that fits decides."""

    _all: list[_Pattern] = field(default_factory=list)
    _wild: list[tuple[int, _Pattern]] = field(default_factory=list)
    _named: dict[str, list[tuple[int, _Pattern]]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[str]) -> Patterns:
        """Raises UsageError for a line that makes no sense, or too many of them."""
        made = cls()
        for number, line in enumerate(lines):
            pattern = _parsed(line)
            if pattern is None:
                continue
            if number >= MOST_PATTERNS:
                raise _malformed(line, f"there are more than {MOST_PATTERNS:,} lines of them")
            made._all.append(pattern)
            if pattern.name:
                made._named.setdefault(pattern.name, []).append((number, pattern))
            else:
                made._wild.append((number, pattern))
        return made

    def __bool__(self) -> bool:
        return bool(self._all)

    def decides(self, path: str, folder: bool) -> bool | None:
        """Whether the path itself is ignored; None where no pattern fits it. A folder around it
        does not count: who walks does not enter what is ignored."""
        name = path.rpartition("/")[2]
        found = self._last(path, name, folder)
        return None if found is None else not found[1].takes_back

    def matches(self, path: str) -> bool:
        """Whether a path, or a folder around it, is among what these patterns name. A folder ends
        with `/`. What a pattern names by itself, one that names a folder around it does not take
        back."""
        if not self._all:
            return False
        *around, itself = _levels(path)
        chosen = by_itself = False
        for pattern in self._all:
            if pattern.fits(*itself):
                chosen, by_itself = not pattern.takes_back, True
            elif not (pattern.takes_back and by_itself) and any(
                pattern.fits(*level) for level in around
            ):
                chosen, by_itself = not pattern.takes_back, False
        return chosen

    def _last(self, path: str, name: str, folder: bool) -> tuple[int, _Pattern] | None:
        named = (
            one for one in reversed(self._named.get(name, ())) if one[1].fits(path, name, folder)
        )
        best = next(named, None)
        for number, pattern in reversed(self._wild):
            if best is not None and number < best[0]:
                break
            if pattern.fits(path, name, folder):
                return number, pattern
        return best


def _levels(path: str) -> list[tuple[str, str, bool]]:
    """The folders around a path, the outermost first, then the path itself: each with its name,
    and whether it is a folder."""
    parts = path.rstrip("/").split("/")
    return [
        ("/".join(parts[:count]), parts[count - 1], count < len(parts) or path.endswith("/"))
        for count in range(1, len(parts) + 1)
    ]


# --- a line to a pattern --------------------------------------------------------------


def _parsed(line: str) -> _Pattern | None:
    """None for a blank line, a comment, and what can match nothing."""
    text = _stripped(line)
    if not text or text.startswith("#") or text == "/":
        return None
    if len(text) > _LONGEST:
        raise _malformed(text, f"it is longer than {_LONGEST:,} characters")
    takes_back = text.startswith("!")
    text = text[takes_back:]
    if not text.strip("/"):
        raise _malformed(line, "there is nothing in it but marks")
    folders = text.endswith("/")
    text = text[:-1] if folders else text
    try:
        if "/" not in text:
            plain = _plain(text)
            if plain is not None:
                return _Pattern(takes_back, folders, True, name=plain)
            return _Pattern(takes_back, folders, True, expression=_compiled(_name(text)))
        segments = text.removeprefix("/").split("/")
        if "" in segments or segments[-1] == ".":
            return None  # no path has an empty name
        return _Pattern(takes_back, folders, False, expression=_compiled(_path(segments)))
    except _MatchesNothing:
        return None


def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


def _stripped(line: str) -> str:
    """Without blanks at its end, but for one behind a backslash."""
    text = line.rstrip("\r\n").rstrip(" \t")
    backslashes = len(text) - len(text.rstrip("\\"))
    return f"{text} " if backslashes % 2 and len(text) < len(line.rstrip("\r\n")) else text


def _malformed(pattern: str, why: str) -> UsageError:
    return UsageError(
        "a file pattern is malformed",
        why=f"'{pattern[:80]}': {why}",
        hint="write it as in a .gitignore",
    )


class _MatchesNothing(Exception):
    """Git takes such a pattern and never finds anything by it."""


def _plain(text: str) -> str | None:
    """The name itself, where a pattern has no wildcard."""
    if any(mark in text for mark in "*?["):
        return None
    if len(text) - len(text.rstrip("\\")) & 1:
        raise _MatchesNothing  # its last backslash is before nothing
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _path(segments: Sequence[str]) -> str:
    """Names between slashes; `**` stands for any number of folders."""
    groups: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            groups.append([])
        else:
            groups[-1].append(_name(segment))
    *before, last = ["/".join(group) for group in groups]
    if not before:
        return last
    found = [f"{before[0]}/" if before[0] else ""]
    found += [f"(?>(?:[^/]+/)*?{group}/)" for group in before[1:] if group]
    found.append(f"(?:[^/]+/)*?{last}" if last else ".+")
    return "".join(found)


def _name(text: str) -> str:
    """One name, whose last star takes what is left and whose others take as little as fits."""
    parts: list[list[str]] = [[]]
    position = 0
    while position < len(text):
        token, position = _token(text, position)
        if token:
            parts[-1].append(token)
        elif parts[-1] or len(parts) == 1:  # two stars in a row are one
            parts.append([])
    first, *others = ("".join(part) for part in parts)
    if not others:
        return first
    inner = "".join(f"(?>[^/]*?{part})" for part in others[:-1])
    return f"(?>{first}{inner}[^/]*{others[-1]}(?=/|\\Z))"


def _token(text: str, position: int) -> tuple[str, int]:
    """A regular expression of one character, and where the next one begins; "" for a star."""
    character = text[position]
    if character == "*":
        return "", position + 1
    if character == "?":
        return "[^/]", position + 1
    if character == "[":
        return _class(text, position)
    if character == "\\":
        position += 1
        if position == len(text):
            raise _MatchesNothing
    return re.escape(text[position]), position + 1


def _class(text: str, position: int) -> tuple[str, int]:
    """`[a-z]`, `[!a-z]`, `[[:digit:]]`: one character, never a slash."""
    start = position + 1
    negated = text[start : start + 1] in ("!", "^")
    at = start + negated
    found: list[str] = []
    first = True
    while True:
        if at >= len(text):
            raise _MatchesNothing  # it is never closed
        if text[at] == "]" and not first:
            break
        first = False
        named = re.match(r"\[:([a-z]+):\]", text[at:])
        if named:
            if named[1] not in _CLASSES:
                raise _MatchesNothing
            found.append(_CLASSES[named[1]])
            at += named.end()
            continue
        low, at = _member(text, at)
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(text, at + 1)
            if high < low:
                raise _malformed(text, f"nothing lies from {low} to {high}")
            found.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            found.append(re.escape(low))
    return f"(?!/)[{'^' if negated else ''}{''.join(found)}]", at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    if text[at] == "\\":
        at += 1
        if at == len(text):
            raise _MatchesNothing
    return text[at], at + 1
