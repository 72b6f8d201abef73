"""A file's name, or a title, without what tells versions apart.

休假管理制度-2021版 and 休假管理制度（2024修订） have one stem; so have "Leave policy v2 final (1)"
and "Copy of Leave policy". A date within an identifier (CG-2024-031) is part of it, and stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.text.fold import fold, standard
from kb.text.han import HAN
from kb.text.numbers import HAN_DIGITS, HAN_UNITS, han_value
from kb.versions.dates import dates, has_year


@dataclass(frozen=True, slots=True)
class NameParts:
    """`stem`: folded letters and digits, empty where too little is left. `label`: the version as
    it is written. `number`, `day`: as in kb.version_types.VersionFacts.

    `marked`: there is more than a date. `old`: it says itself that it is out of force. `stages`:
    how far it had come, folded: 二稿, draft b, 签署.
    """

    stem: str
    label: str = ""
    number: tuple[int, ...] = ()
    day: int = 0
    marked: bool = False
    draft: bool = False
    old: bool = False
    reply: bool = False
    stages: tuple[str, ...] = ()


_IDENTIFIER = re.compile(
    r"(?<![A-Za-z])([A-Z]{1,6})[-_ ]?((?:19|20)\d\d)[-_/]?(\d{2,})(?![-_/.]?\d)"
)
_REPLY = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg|回复|答复|转发|转寄)\s*[:：]\s*)+")
_NUMERALS = "".join((*HAN_DIGITS, *HAN_UNITS))
_NUMBER = re.compile(
    r"(?<![a-z0-9])(?:v|ver|version|rev|revision|r|版本|版次)[ ._-]?"
    r"(?P<number>\d+(?:\.\d+){0,3})(?![a-z0-9])"
    r"|(?<![a-z0-9])(?P<ordinal>\d+)(?:st|nd|rd|th) (?:edition|version|revision)"
    r"|(?<![a-z0-9])(?:edition|issue) (?P<edition>\d+)(?![a-z0-9])"
    r"|(?<![a-z0-9])(?:rev|revision)[ ._-]?(?P<letter>[a-h])(?![a-z0-9])"
    rf"|第(?P<han>[{_NUMERALS}]+|\d+)(?:版|次修订|次修正)|(?P<chinese>[一二三四五六七八九])版(?![{HAN}])"
)
_NTH_DRAFT = r"第?[一二三四五六七八九]稿"
_DRAFT = rf"征求意见稿|送审稿|报批稿|讨论稿|草案|草稿|初稿|拟稿|{_NTH_DRAFT}|draft|proposal|wip"
_OLD = r"已?作废|已?废止|失效|旧版|老版|旧|obsolete|superseded|withdrawn|repealed|old|outdated"
_OTHER = (
    r"签署[版本稿]?|修订版?本?|修订稿|修正版?|修改版?|更新版?|新版|最新版?|现行版?|最终版?|终稿|定稿|正式版?|试行版?|暂行|年?版|版本|版"
    r"|副本|拷贝|备份|改期|延期|更正|更新|变更|补充通知|final|finale|copy|latest|new|updated?|revised|revision|rev|version"
    r"|edition|amended|corrected|correction|signed|clean|backup|bak"
)
_MARKS = re.compile(rf"(?P<draft>{_DRAFT})|(?P<old>{_OLD})|(?P<other>{_OTHER})")
_LETTERED = re.compile(r"(?<![a-z0-9])draft[ ._-]?([a-h]|\d{1,2})(?![a-z0-9])")
_STAGE = re.compile(
    rf"征求意见稿|送审稿|报批稿|讨论稿|草案|草稿|初稿|{_NTH_DRAFT}|签署(?=[版本稿]|$|的(?:版本|那))"
    r"|(?<![a-z0-9])(?:draft [a-z0-9]{1,2}(?![a-z0-9])|draft|signed)(?![a-z0-9])"
)
_OF_A_STAGE = ("稿", "草案", "签署", "draft", "signed")
"""What every alternative of _STAGE has in it, and "draft" each of _LETTERED."""
_ENDS_ANOTHER = re.compile(
    r"(?:废止|作废|撤销|停止执行)\s*《|关于(?:废止|作废|撤销|停止执行)"
    r"|\b(?:withdrawal|repeal|revocation|cancellation) of\b"
)
"""A notice that ends another document is itself in force."""
_COPY = re.compile(r"^copy of |[ _-]*\(\d{1,2}\)\s*$|^副本\s*")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(?!\d)")
"""A month as names have it: 价格表-202405. In a text six digits are any number."""
_SEPARATORS = re.compile(r"[^\w#+]+|_+")
_HAN = re.compile(f"[{HAN}]")
_LEAST_HAN, _LEAST_LETTERS = 2, 4


def name_parts(name: str) -> NameParts:
    """Take a title, or a file's name without its ending, apart."""
    text = folded(name)
    reply = _REPLY.match(text)
    text = text[reply.end() :] if reply else text
    copied = _COPY.search(text) if "(" in text or "cop" in text or "副本" in text else None
    if copied:
        text = _COPY.sub(" ", text)
    found = []
    if has_year(text):
        text = _MONTH.sub(r"\1-\2", text)
        found = [*dates(text)]
    labels = [text[one.start : one.end] for one in found]
    for one in reversed(found):
        text = f"{text[: one.start]} \0 {text[one.end :]}"
    number, written_number = _version(text)
    reached = stages(text)
    text = _NUMBER.sub(" \0 ", text) if number else text
    text = _LETTERED.sub(" draft ", text) if "draft" in text else text
    stem, marks = _stem(text)
    kinds = {kind for kind, _ in marks}
    label = _label(name, [written_number] if written_number else labels)
    return NameParts(
        stem=stem,
        label=label,
        number=number,
        day=found[-1].day if found else 0,
        marked=bool(number or marks or copied),
        draft="draft" in kinds,
        old="old" in kinds and not _ENDS_ANOTHER.search(text),
        reply=bool(reply),
        stages=reached,
    )


def stages(text: str) -> tuple[str, ...]:
    """How far what a folded text names has come, each as it is compared: 第二稿 is 二稿, and
    "draft-B" is "draft b"."""
    if not any(word in text for word in _OF_A_STAGE):
        return ()
    spaced = _LETTERED.sub(r"draft \1", text)
    return tuple(dict.fromkeys(one.removeprefix("第") for one in _STAGE.findall(spaced)))


def folded(text: str) -> str:
    """A text as it is compared, in which no date is found within an identifier."""
    even = standard(text)
    return fold(_IDENTIFIER.sub(_joined, even) if has_year(even) else even)


def without_ending(path: str) -> str:
    """The name of a file, or of a member of an archive, without folder and ending."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _joined(found: re.Match[str]) -> str:
    """An identifier as one word, in which no date is found; a name with a date stays apart."""
    whole = found.group()
    if (
        any(one.day % 10_000 for one in dates(fold(f"{found[2]}-{found[3]}")))
        and len(found[3]) == 2
    ):
        return whole
    return f"{found[1]}x{found[2][:2]}x{found[2][2:]}x{found[3]}"


def _version(text: str) -> tuple[tuple[int, ...], str]:
    """The last version number, and how it is written."""
    number: tuple[int, ...] = ()
    label = ""
    for found in _NUMBER.finditer(text):
        parts = found.groupdict()
        label = found.group()
        if one := parts["number"]:
            number = tuple(map(int, one.split(".")))
        elif one := parts["ordinal"] or parts["edition"]:
            number = (int(one),)
        elif one := parts["letter"]:
            number = (ord(one) - ord("a") + 1,)
        elif one := parts["han"] or parts["chinese"]:
            number = (int(one) if one.isdigit() else han_value(one),)
    return number, label


def _stem(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What is left without marks at the edges of its words, and the marks with their kinds."""
    marks: list[tuple[str, str]] = []
    words: list[str] = []
    for word in _SEPARATORS.split(text.replace("\0", " ")):
        left = _without_marks(word, marks)
        if left:
            words.append(left)
    stem = "".join(words)
    enough = len(_HAN.findall(stem)) >= _LEAST_HAN or len(stem) >= _LEAST_LETTERS
    return (stem if enough else ""), marks


def _without_marks(word: str, marks: list[tuple[str, str]]) -> str:
    """A mark is a word of its own, or ends a Chinese one: 价格表修订版, not newton."""
    while word and not word.isdecimal():
        for found in _MARKS.finditer(word):
            at_end = found.end() == len(word)
            whole = at_end and found.start() == 0
            if whole or (at_end and not found.group().isascii()):
                marks.append((str(found.lastgroup), found.group()))
                word = word[: found.start()]
                break
        else:
            return word
    return word


def _label(name: str, found: list[str]) -> str:
    """The version as the name writes it: 2024版, V3, 2024修订, 2024-03."""
    if not found:
        return ""
    written = standard(name)
    at = written.lower().find(found[-1].strip())
    if at < 0:
        return found[-1].strip()
    end = at + len(found[-1].strip())
    if more := re.match(r"年?(?:修订版?|修正版?|版)", written[end:]):
        end += more.end()
    return written[at:end]
