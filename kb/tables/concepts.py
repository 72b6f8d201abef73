"""Names of properties that mean one thing: 手机, 电话 and phone, 部门 and department.

What offices, hospitals, schools and shops call their columns, in both languages. A question's word
names a column that bears any name of its group. What no group has is linked to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from kb.text.word_files import lines_of

PERSON_WORDS = frozenset(
    {"人", "员工", "职工", "同事", "人员", "工作人员", "people", "person", "persons", "employee"}
    | {"employees", "staff", "colleague", "colleagues", "worker", "workers", "member", "members"}
)
"""Who is counted in a list of people."""

_PERSON_NAME = re.compile(
    r"姓名|人$|员$|师$|者$|代表$|经理$|主管$|主任$|(?<![时全周总身波])长$|负责|医生|大夫|护士|学生|学员|客人|司机|"
    r"儿童|小孩|孩子|宝宝|病人|患者|家长|业主|租客|租户|住户|房客|旅客|乘客|会员|顾客|选手|队员|讲师|教练|"
    r"\b(?:name|person|user|inspector|manager|head|rep|representative|doctor|physician|nurse|teacher"
    r"|student|guest|driver|lawyer|attorney|patient|employee|owner|holder|author|leader|contact"
    r"|child|pupil|volunteer|lecturer|tenant|resident|passenger|visitor|technician|coach|player)\b|\bby$"
)


def _lines() -> list[str]:
    return lines_of("kb.tables", "properties.txt")


@cache
def _table() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_lines()):
        chinese, english, *_ = line.split("|")
        for word in (*chinese.split(), *english.split(",")):
            if word := word.strip():
                found.setdefault(word, set()).add(number)
    return {word: frozenset(groups) for word, groups in found.items()}


@cache
def longest_word() -> int:
    return max(map(len, _table()))


@cache
def _answering() -> dict[int, frozenset[int]]:
    third = {number: line.split("|")[2:] for number, line in enumerate(_lines())}
    return {number: groups(rest[0].strip()) for number, rest in third.items() if rest}


def answering(asked: frozenset[int]) -> frozenset[int]:
    """The groups that answer what is asked for where a table has no column of its own for it: a
    mobile's number is a telephone number, and not the other way round."""
    return frozenset().union(*(_answering().get(number, frozenset()) for number in asked))


@lru_cache(maxsize=16384)
def groups(name: str) -> frozenset[int]:
    """The groups that a folded name belongs to: its own, else those of the longest word that it
    ends with (平均单价, 员工手机), else of one that it begins with."""
    known = _table()
    if name in known:
        return known[name]
    if name.isascii():
        words = name.split()
        for size in range(len(words), 0, -1):
            for at in (len(words) - size, 0):
                part = " ".join(words[at : at + size])
                if whole := known.get(part) or known.get(singular(part)):
                    return whole
        return frozenset()
    ends = [name[start:] for start in range(1, len(name) - 1)]
    beginnings = [name[:end] for end in range(len(name) - 1, 1, -1)]
    for part in (*ends, *beginnings):
        if part in known:
            return known[part]
    return frozenset()


@lru_cache(maxsize=16384)
def all_groups(name: str) -> frozenset[int]:
    """The groups of every word that stands in a folded name: 资产 and 编号 of 资产编号."""
    found: set[int] = set()
    at = 0
    while at < len(name):
        end, groups_of = next(words_of(name, at), (at + 1, _table().get(name[at], frozenset())))
        found |= groups_of
        at = end
    return frozenset(found)


def words_of(text: str, at: int) -> Iterator[tuple[int, frozenset[int]]]:
    """The words of the groups that begin at a place of a folded text, the longest first: where
    each ends, and its groups."""
    known = _table()
    if text[at].isascii():
        if at and text[at - 1].isascii() and text[at - 1].isalnum():
            return
        ends = [m.end() for m in re.finditer(r"[a-z0-9-]+", text[at : at + 40])][:4]
        for end in reversed(ends):
            word = text[at : at + end]
            if found := known.get(word, frozenset()) | known.get(singular(word), frozenset()):
                yield at + end, found
        return
    for size in range(min(longest_word(), len(text) - at), 1, -1):
        if text[at : at + size] in known:
            yield at + size, known[text[at : at + size]]


def is_property(word: str) -> bool:
    """Whether a folded word is a name of a property."""
    return word in _table()


def names_people(column: str) -> bool:
    """Whether a folded column name is one of people: 姓名, 使用人, inspector."""
    return bool(_PERSON_NAME.search(column))


def singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(?:ch|sh|x|ss|(?<![aeo])us)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def forms(word: str) -> tuple[str, ...]:
    """A word, and of an English one the singular: gaskets and Gasket; of a code with a blank also
    with a dash, and without: AB 1234; of a Chinese one the state that it leads to: 已归还."""
    if code := _CODE.fullmatch(word):
        return (word, f"{code[1]}-{code[2]}", f"{code[1]}{code[2]}")
    if not word.isascii():
        return (word, f"已{word}") if 2 <= len(word) <= _LONGEST_STATE else (word,)
    return (word, singular(word)) if len(word) > 3 else (word,)


_LONGEST_STATE = 4
_CODE = re.compile(r"([a-z]{1,5}) (\d{2,})")
