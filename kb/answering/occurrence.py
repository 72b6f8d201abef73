"""Whether a name or an identifier stands in a text: itself, or another form of the same name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Set
from functools import lru_cache

from kb.answering.tagger import cut, tagged
from kb.text.fold import fold
from kb.text.han import HAN

BEHIND = "住在是有打用说去来任管做写叫为从到属教讲签的和与以现练又"
"""Words of one character that the tagger glues to the name before them (李晓红住)."""

_LONG = 7
"""Digits from which on marks may stand between them: a number that is dialled."""

_ADMINISTRATIVE = re.compile(
    "(?<=..)(?:地区|自治区|特别行政区|[帝王]国|王朝|[省市区县州镇乡村岛国])$"
)
_KINDS = (
    "有限责任公司|股份有限公司|有限公司|分公司|子公司|公司|集团|工厂|厂|医院|卫生院|学院|大学|中学|小学|学校"
    "|银行|分行|支行|法院|检察院|委员会|协会|基金会|事务所|研究所|研究院|派出所|办事处|管理局|局|中心|酒店"
    "|饭店|宾馆|商店|书店|门店|分店|超市|车站|机场|报社|出版社|杂志社|图书馆|博物馆|俱乐部|球队|工作室"
)
ORGANISATION = re.compile(f".*(?:{_KINDS})")
"""What the name of an organisation ends in."""

_LEGAL = re.compile("(?:股份有限公司|有限责任公司|有限公司|集团|(?<![分子总])公司)+$")
_NO_NAME = f"{BEHIND}由对向了及至于给跟归找问请方"
"""Before these a name begins."""

_ONLY_A_KIND = re.compile(f"(?:{_KINDS})+")
_GAP = f"[{HAN}a-z0-9（）()]{{0,6}}"
"""What may stand between the parts of an organisation's name: 上海市第一医院, 宁波恒力铸件厂."""

_DERIVED = re.compile(r"(?:i?an|ese|ish|ists?|e?s)$")
_LATIN = re.compile(r"[a-z]{3,}")
_SHORT = 7
"""Letters of a name up to which one that is replaced makes another name."""


def has_identifier(identifier: str, text: str) -> bool:
    """X300, X-300 and "X 300" are one identifier, X3000 and AX300 are others; 88776655 and
    8877-6655 are one number. Both are folded."""
    return re.search(_spellings(identifier), text) is not None


@lru_cache(maxsize=256)
def _spellings(identifier: str) -> str:
    parts = re.findall(rf"\d+|[a-z]+|[{HAN}]+", identifier)
    before = r"(?<!\d)" if parts[0].isdigit() else r"(?<![a-z])" if parts[0].isascii() else ""
    after = r"(?!\d)" if parts[-1].isdigit() else r"(?![a-z])" if parts[-1].isascii() else ""
    written = ("[-. ]?".join(one) if one.isdigit() and len(one) >= _LONG else one for one in parts)
    return before + r"[-_./ ]?".join(written) + after


def has_person(name: str, text: str) -> bool:
    """王强在 for 王强: the shorter name counts where it ends in the text, so that 李晓红 is not
    found in 李晓明. Both are folded."""
    if name in text:
        return True
    return len(name) > 2 and re.search(f"{name[:-1]}(?![^{BEHIND}\\W])", text) is not None


def has_foreign_person(parts: tuple[str, ...], text: str) -> bool:
    """A name with middle dots, in full or by its last part, where that does not stand behind
    another first name. `parts` and the text are folded, which takes the dots out."""
    last = parts[-1]
    if "".join(parts) in text:
        return True
    alone = rf"(?<![{HAN}])|(?<=[{_NO_NAME}])"
    return len(last) > 2 and re.search(f"(?:{alone}){last}", text) is not None


def has_place(name: str, text: str) -> bool:
    """A place with or without its kind (上海市, 上海), an organisation with or without its legal
    form, its place, or a word between its parts. Two shared characters are not enough: 宁波 is no
    宁波铸件厂. Both are folded."""
    if name in text:
        return True
    if not ORGANISATION.fullmatch(name):
        return _bare(name) in text
    core = _LEGAL.sub("", name)
    place = _place_before(name)
    rest = core[len(place) :]
    if (len(core) > 3 and core in text) or (place and _stands_alone(rest, text)):
        return True
    parts = [*filter(None, [_bare(place), *cut(rest)])]
    return len(parts) > 1 and re.search(_GAP.join(map(re.escape, parts)), text) is not None


def _bare(place: str) -> str:
    """深圳 of 深圳市."""
    return _ADMINISTRATIVE.sub("", place)


def _stands_alone(rest: str, text: str) -> bool:
    """Whether a name stands without its place, and not behind another one or, if it is short,
    another name: 铸件厂 for 宁波铸件厂, 协和医院 for 北京协和医院; 分公司 tells nothing."""
    if len(rest) < 3 or _ONLY_A_KIND.fullmatch(rest):
        return False
    for found in re.finditer(rf"([{HAN}]{{0,6}}){re.escape(rest)}", text):
        before = found[1]
        if not before or before[-1] in _NO_NAME:
            return True
        if len(rest) > 3 and all(tag != "ns" for _, tag in tagged(before)):
            return True
    return False


def _place_before(name: str) -> str:
    """宁波 of 宁波铸件厂; empty where the name begins with no place."""
    for size in (4, 3, 2):
        head = name[:size]
        if len(head) < len(name) and [tag for _, tag in tagged(head)] == ["ns"]:
            return head
    return ""


def has_latin(name: str, text: str) -> bool:
    """Also in another form (India for Indian), or misspelt by a letter (Ghandi). Both are folded,
    and the same beginning alone is another name: Brightstone is no Brightwater."""
    words = set(_LATIN.findall(text))
    return all(_is_among(words, part) for part in name.split("-"))


def _is_among(words: Set[str], name: str) -> bool:
    if name in words or (len(name) > 5 and any(name in word for word in words)):
        return True
    stem = _DERIVED.sub("", name)
    for word in words:
        short, long = sorted((word, name), key=len)
        if len(short) > 3 and long.startswith(short) and len(long) - len(short) <= 3:
            return True
        if len(stem) > 3 and word.startswith(stem) and len(word) - len(stem) <= 3:
            return True
    return len(name) > 4 and _is_misspelt(name, words)


def _is_misspelt(name: str, words: Set[str]) -> bool:
    """One letter too many or too few, or the same letters in another order. Another letter in the
    place of one makes another name of a short one: Potter is no Porter."""
    return any(
        len(name) > _SHORT or abs(len(word) - len(name)) == 1 or sorted(word) == sorted(name)
        for word in difflib.get_close_matches(name, words, n=5, cutoff=0.8)
    )


def folded_parts(name: str) -> tuple[str, ...]:
    """The parts of a name with middle dots."""
    return tuple(fold(part) for part in re.split(r" ?[·•‧・⋅∙．] ?", name) if part)
