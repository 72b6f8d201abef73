"""What kind of document one is, by its name: a contract, minutes, a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from kb.text.fold import fold
from kb.text.word_files import lines_of

FILES = "文件 文档 资料 材料 文书 document file paper"
"""Words for documents of any kind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is its first name, in English where the document's is; `words` are all names.
    `is_event`: each is of its own day, and no later one takes its place."""

    name: str
    words: str
    is_event: bool = False


_WORD = re.compile("[a-z]+")


@cache
def _lines() -> tuple[tuple[tuple[str, ...], tuple[str, ...], bool], ...]:
    parts = (one.split("|") for one in lines_of("kb.tables", "kinds.txt"))
    return tuple(
        (tuple(chinese.split()), tuple(one.strip() for one in english.split(",")), bool(event))
        for chinese, english, *event in parts
    )


@lru_cache(maxsize=1024)
def _last(text: str) -> Kind | None:
    """The kind whose name stands last in a text; of names that end there, the longest."""
    folded = fold(text)
    if folded.isascii() and not _has_first_word(folded):
        return None
    found = [match["word"] for match in _names().finditer(folded)]
    if not found:
        return None
    word = found[-1]
    return next(
        _kind(word, number)
        for number, (chinese, english, _) in enumerate(_lines())
        if word in chinese or word in english
    )


@cache
def _names() -> re.Pattern[str]:
    """All names of kinds, the longest first."""
    words = sorted((one for line in _lines() for one in (*line[0], *line[1])), key=len)[::-1]
    chinese = "|".join(re.escape(one) for one in words if not one.isascii())
    english = "|".join(re.escape(one) for one in words if one.isascii())
    return re.compile(rf"(?P<word>{chinese}|(?<![a-z])(?:{english})(?=s?(?![a-z])))")


def _has_first_word(text: str) -> bool:
    """Whether an English name may stand in it: to look for them all takes three times as long."""
    words = _WORD.findall(text)
    first = _first_words()
    return any(word in first or word.removesuffix("s") in first for word in words)


@cache
def _first_words() -> frozenset[str]:
    names = (one for _, english, _ in _lines() for one in english)
    return frozenset(found[0] for name in names if (found := _WORD.match(name)))


def kind_of(title: str, path: str, *, is_mail: bool = False) -> Kind | None:
    """The kind that a document's title says, else its file's name, else a folder's: the name that
    stands last (采购合同审批流程说明 is no contract)."""
    if is_mail:
        return _last("邮件")
    *folders, name = path.split("/")
    texts = (title, name.rpartition(".")[0] or name, *reversed(folders))
    return next((kind for text in texts if (kind := _last(text)) is not None), None)


def kind_named(name: str) -> Kind | None:
    """The kind that has this `Kind.name`."""
    return _by_name().get(name)


@cache
def _by_name() -> dict[str, Kind]:
    firsts = ((number, (line[0][0], line[1][0])) for number, line in enumerate(_lines()))
    kinds = (_kind(word, number) for number, words in firsts for word in words)
    return {kind.name: kind for kind in kinds}


def plural_too(words: str) -> str:
    return " ".join(f"{one} {one}s" if one.isascii() else one for one in words.split())


def _kind(word: str, line: int) -> Kind:
    chinese, english, event = _lines()[line]
    name = english[0] if word.isascii() else chinese[0]
    return Kind(name, " ".join((*chinese, *english)), event)
