"""The words of a question, and the names of columns that they are compared with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from kb.tables.concepts import singular
from kb.tables.leftovers import is_function
from kb.tables.verbs import names_column
from kb.text.han import HAN

_LONGEST = 40
"""Characters of a name, or a value, that is looked for in a question."""
_HAN = re.compile(f"[{HAN}]")


def candidates(text: str) -> Iterable[tuple[int, int, str]]:
    """Every stretch of words of a question, the longest first: between characters in Chinese,
    between words elsewhere."""
    borders = [
        at
        for at in range(len(text) + 1)
        if at in (0, len(text))
        or not (_joins(text[at - 1]) and _joins(text[at]))
        or (text[at - 1].isalpha() and _DATED.match(text, at))
    ]
    found = []
    for place, start in enumerate(borders):
        for end in borders[place + 1 :]:
            if end - start > _LONGEST:
                break
            word = text[start:end]
            if word == word.strip(_PUNCTUATION) and word:
                found.append((start, end, word))
    return sorted(found, key=lambda one: (one[0] - one[1], one[0]))


def phrases_of(
    text: str, words: Iterable[tuple[int, int, str]], borders: Collection[int]
) -> list[tuple[int, int]]:
    """The stretches of a question, of several words, that stand in a text: its titles."""
    return [
        (start, end)
        for start, end, word in words
        if (" " in word or (len(word) > _LEAST_PHRASE and not word.isascii()))
        and start in borders
        and end in borders
        and word in text
    ]


_DATED = re.compile(r"\d{1,4}[年月]")
"""Behind a Latin name a date may stand without a blank: East Gate5月2日."""
_LEAST_PHRASE = 4
_LONGEST_ENDING = 3
"""Letters that a plural may lose."""
_ORDINAL = re.compile(r"第[一二三四五六七八九十\d]+")
_PUNCTUATION = " ，。？！、；：,.?!;:'\"()（）[]【】《》“”‘’"


def _joins(char: str) -> bool:
    return char.isascii() and char.isalnum()


def says_to_add(text: str, start: int, end: int) -> bool:
    """Whether a word that may be a column of totals says what to do: total number of medals."""
    word = text[start:end]
    if word == "total" and text[:start].endswith(" in "):
        return True  # how many were sold in total
    return word in _TOTALS and _OF.match(text, end) is not None


_TOTALS = ("total", "sum", "合计", "总计")
_OF = re.compile(r" (?:number|amount|sum|count)? ?of (?!all\b)")


def borders_of(names: Iterable[str], text: str) -> set[int]:
    """Where Chinese names begin and end in a text: a tokenizer that does not know 分拨中心 cuts
    分拨中心里 elsewhere."""
    found: set[int] = set()
    for name in names:
        if len(name) > 2 and _HAN.match(name) and (at := text.find(name)) >= 0:
            found |= {at, at + len(name)}
    return found


def bare(name: str) -> str:
    """A column's name without its unit in brackets."""
    return re.sub(r"\s*[(（\[][^)）\]]*[)）\]]\s*$", "", name).strip()


def with_number_word(name: str) -> Iterator[str]:
    """手机, 手机号 and 手机号码 are one name, and so are 2023 and 2023年."""
    if year := _YEAR.fullmatch(name):
        yield year[1]
    if _HAN.match(name[-1:]):
        stem = re.sub(r"(?:号码?|编号)$", "", name)
        if len(stem) > 1:
            yield from (f"{stem}号", f"{stem}号码", f"{stem}编号")
            if stem != name and name.endswith("号码"):
                yield stem


_YEAR = re.compile(r"(?:fy ?)?(\d{4})(?:年度?|财年)?")
_SHARE = re.compile(
    r"(?:比例|比重|占比|比率|(?<![汇税利费])率|增减|增幅|降幅|变动)$"
    r"|^%|^(?:share|percentage|proportion) of|% of"
)
_SAYS_SHARE = re.compile(
    r"比|占|率|增|减|幅|变|涨|跌|升|降|百分|%|share|percent|proportion|ratio|rate|change|fraction"
)


def is_unsaid_share(name: str, text: str) -> bool:
    """Whether a column's name is that of a share or a change, which a question does not ask for:
    应收账款余额 is no 占应收账款余额的比例."""
    return bool(_SHARE.search(bare(name))) and not _SAYS_SHARE.search(text)


def is_part(word: str, name: str) -> bool:
    """Whether a word is a part of a column's name: 资产 of 资产编号, bookings of booking ref."""
    if not word.isascii():
        # 第一 of 第一季度 says which, and is the first of all elsewhere
        return word in name and not is_function(word) and not _ORDINAL.fullmatch(word)
    if " " not in word and names_column(word, name):
        return True
    if len(word) > _LONGEST_ENDING and word[:-_LONGEST_ENDING] not in name:
        return False  # neither it nor its singular
    forms = {word, singular(word)}
    if not any(one in name for one in forms) or is_function(word):
        return False
    found = any(re.search(rf"(?<![a-z0-9]){re.escape(one)}s?(?![a-z0-9])", name) for one in forms)
    return found and len(word) > 2
