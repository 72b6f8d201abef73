"""What kind of document one is, by its name: a contract, minutes, a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kb.text.fold import fold

FILES = "文件 文档 资料 材料 文书 document file paper"
"""Words for documents of any kind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is its first name, in English where the document's is; `words` are all names.
    `is_event`: each is of its own day, and no later one takes its place."""

    name: str
    words: str
    is_event: bool = False


@cache
def _lines() -> tuple[tuple[tuple[str, ...], tuple[str, ...], bool], ...]:
    from importlib import resources

    text = resources.files("kb.tables").joinpath("kinds.txt").read_text(encoding="utf-8")
    parts = (one.split("|") for one in text.splitlines() if one and not one.startswith("#"))
    return tuple(
        (tuple(chinese.split()), tuple(one.strip() for one in english.split(",")), bool(event))
        for chinese, english, *event in parts
    )


def kind_of(title: str, path: str, *, is_mail: bool = False) -> Kind | None:
    """The kind that a document's title says, else its file's name, else a folder's: the name that
    stands last (采购合同审批流程说明 is no contract), of those the longest."""
    if is_mail:
        return _kind("邮件", next(at for at, line in enumerate(_lines()) if "邮件" in line[0]))
    *folders, name = path.split("/")
    for text in (title, name.rpartition(".")[0] or name, *reversed(folders)):
        found = [*_found(fold(text))]
        if found:
            _, word, line = max(found, key=lambda one: (one[0], len(one[1]), -one[2]))
            return _kind(word, line)
    return None


def words_of(kind: Kind) -> str:
    """All words for a kind, those of English in the plural too."""
    return plural_too(kind.words)


def plural_too(words: str) -> str:
    return " ".join(f"{one} {one}s" if one.isascii() else one for one in words.split())


def _found(folded: str) -> Iterator[tuple[int, str, int]]:
    """Where each name of a kind ends in a text, the name, and its line."""
    for number, (chinese, english, _) in enumerate(_lines()):
        for word in chinese:
            if (at := folded.rfind(word)) >= 0:
                yield at + len(word), word, number
        for word in english:
            for match in re.finditer(rf"(?<![a-z]){re.escape(word)}s?(?![a-z])", folded):
                yield match.end(), word, number


def _kind(word: str, line: int) -> Kind:
    chinese, english, event = _lines()[line]
    name = english[0] if word.isascii() else chinese[0]
    return Kind(name, " ".join((*chinese, *english)), event)
