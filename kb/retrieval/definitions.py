"""What the documents say that a name or an abbreviation of the question stands for.

Some of what was found says it in one of the forms that documents define names in:

    物料评审委员会（MRB）     MRB（物料评审委员会）     MRB = 物料评审委员会
    苏州远航有限公司（以下简称“甲方”）     代号“Falcon”的猎鹰项目
    the Material Review Board (hereinafter "MRB")     MRB stands for Material Review Board
    缩写: MRB | 全称: 物料评审委员会      a row of a table of abbreviations
    Project Falcon (猎鹰项目)     猎鹰项目（Project Falcon）     one name in both languages

Only these: a wrong definition leads the search astray, a missing one leaves it as it was. The
question is then asked once more with the other name behind its own, by words and by meaning. They
are read from what the first search found, and from the chunks that hold a name of the question and
a word of defining; so nothing is stored, and what was removed from the index expands no question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb.text.fold import fold
from kb.text.han import HAN

_MOST_NAMES = 3
"""Names of one question that are expanded."""

_LONGEST = 40
"""Characters of a name."""

_SHORT = r"[A-Z][A-Za-z0-9&/-]{1,11}"
_INITIALISM = r"[A-Z]{2,6}"
_LONG = rf"[{HAN}]{{3,20}}"
_QUOTED = r"[“\"‘「『]"
_UNQUOTED = r"[”\"’」』]"
_WORDS = r"[A-Z][\w-]*(?: (?:of|and|for|the|in|on|to) [\w-]+| [A-Z][\w-]*){1,7}"

_CAPITALS = r"(?<![A-Za-z])[A-Z][\w-]+(?: [A-Z][\w-]+){1,4}"

# Each with two names for one thing.
_FORMS = tuple(
    re.compile(form)
    for form in (
        # A model's number has its material in brackets, a title its holder.
        rf"(?<![A-Za-z0-9-])({_INITIALISM})\s*[（(]([{HAN}]{{4,20}})[）)]",
        rf"(?<![A-Za-z0-9])({_SHORT})\s*"
        rf"(?:=|＝|：|是指|指的是|即|的全称是|全称为|全称：)\s*({_LONG})(?![{HAN}])",
        rf"({_LONG})[，,]?\s*[（(]?(?:以下)?(?:简称|缩写)(?:为|是|：|:)?\s*"
        rf"{_QUOTED}?({_SHORT}){_UNQUOTED}?",
        rf"([{HAN}（）()·]{{4,30}})[（(]以下(?:简称|统称)(?:为|：|:)?\s*"
        rf"{_QUOTED}([{HAN}A-Za-z0-9]{{2,10}}){_UNQUOTED}",
        rf"代号(?:为|是|：)?\s*{_QUOTED}({_SHORT}|[{HAN}]{{2,6}}){_UNQUOTED}的({_LONG})",
        rf"({_WORDS})\s*\((?:hereinafter|hereafter)(?: (?:referred to as|called|the))*,?\s*"
        rf"(?:the )?{_QUOTED}?([\w&/-]{{2,20}}(?: [\w-]+)?){_UNQUOTED}?\)",
        rf"(?<![\w-])({_SHORT})\s+(?:stands for|is short for|is the abbreviation of)\s+"
        rf"(?:the\s+)?({_WORDS})",
        rf"{_QUOTED}({_SHORT}|[{HAN}]{{2,6}}){_UNQUOTED}\s*(?:=|＝)\s*({_LONG})(?![{HAN}])",
    )
)
# 物料评审委员会（MRB）: how far the long name reaches to the left is told by nothing but its form.
_BEFORE_BRACKETS = re.compile(rf"([{HAN}]{{4,20}})[（(]([A-Z][A-Za-z&/-]{{1,11}})[）)]")
_INITIALS = re.compile(rf"({_WORDS})\s*\(({_SHORT})\)")
# What is a name in one language is one in the other: a kind of thing that bears names stands in it.
_NAMED_THING = "项目|计划|系统|平台|工程|行动|基金|中心|公司|集团|委员会|小组|大厦|园区|车间|部"
_BILINGUAL = tuple(
    re.compile(form)
    for form in (
        rf"({_CAPITALS})\s*[（(]([{HAN}]{{1,12}}(?:{_NAMED_THING}))[）)]",
        rf"(?<![{HAN}])([{HAN}]{{1,12}}(?:{_NAMED_THING}))\s*[（(]({_CAPITALS})[）)]",
    )
)
_ROW = re.compile(
    r"(?:^|\| )(?:缩写|简称|缩略语|代号|英文缩写|Abbreviation|Acronym|Short name|Code name): "
    r"([^|\n]+?) \| "
    r"(?:[^|\n]+ \| )*?"
    r"(?:全称|含义|中文全称|全名|名称|释义|Meaning|Full name|Stands for|Definition): "
    r"([^|\n]+?)(?= \||\s*$)",
    re.MULTILINE | re.IGNORECASE,
)
_NO_NAME_BEGINS_SO = re.compile(
    r"^.*(?:由|经|向|报|提交|建立|命名|成立了?|设立了?|组成|是|为|在|和|与|及|对|将|把|被|从|到|称为|叫做|应|须|请)"
)


_ABBREVIATED = re.compile(rf"(?<![A-Za-z0-9-]){_SHORT}(?![A-Za-z0-9])")
_NUMBERED = re.compile(r"-\d")
"""An identifier, HT-2024-0917, stands for nothing else."""
_BEGINS = re.compile(r"(?:^|[.?!:;]\s*)$")
_OF_DEFINING = "简称 缩写 全称 代号 含义 hereinafter abbreviation acronym stands"


def inquiries(question: str) -> Iterator[str]:
    """For each name of Latin letters, at most three, the words by which chunks that define it are
    found: itself, and those of defining.

    >>> next(inquiries("MRB由谁主持？")).split()[:2]
    ['MRB', '简称']
    """
    found = (
        match[0]
        for match in _ABBREVIATED.finditer(question)
        # A word that begins a sentence has its capital from there.
        if not _NUMBERED.search(match[0])
        and (match[0].isupper() or not _BEGINS.search(question[: match.start()]))
    )
    for name in [*dict.fromkeys(found)][:_MOST_NAMES]:
        yield f"{name} {_OF_DEFINING}"


def expanded(question: str, texts: Iterable[str]) -> str:
    """The question with the other name of each name that it has, in brackets behind it; empty
    where the texts define none of them.

    Where two texts define a name differently, it stays as it is.

    >>> expanded("MRB由谁主持？", ["物料评审委员会（MRB）每周三开会。"])
    'MRB（物料评审委员会）由谁主持？'
    """
    others: dict[str, dict[str, str]] = {}
    asked = fold(question)
    for text in texts:
        for one, other in definitions(text):
            for name, meant in ((one, other), (other, one)):
                if _stands_in(name, question) and fold(meant) not in asked:
                    others.setdefault(name, {})[fold(meant)] = meant
    told = {name: next(iter(meant.values())) for name, meant in others.items() if len(meant) == 1}
    for name in sorted(told, key=len, reverse=True)[:_MOST_NAMES]:
        match = _named(name).search(question)
        if match:
            question = f"{question[: match.end()]}（{told[name]}）{question[match.end() :]}"
    return question if told else ""


def definitions(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of names that a text says to be of the same thing.

    >>> list(definitions("MRB = 物料评审委员会"))
    [('MRB', '物料评审委员会')]
    """
    for form in _FORMS:
        yield from (_pair(match) for match in form.finditer(text))
    for match in _BEFORE_BRACKETS.finditer(text):
        long = _NO_NAME_BEGINS_SO.sub("", match.group(1))
        if len(long) >= 4:
            yield match.group(2), long
    for form in _BILINGUAL:
        for match in form.finditer(text):
            one, other = _pair(match)
            name = _NO_NAME_BEGINS_SO.sub("", one) if not one.isascii() else one
            if len(name) > 2:
                yield name, other
    for match in _INITIALS.finditer(text):
        words = re.findall(r"[A-Z]", match.group(1))
        short = re.sub(r"[^A-Z]", "", match.group(2))
        # "Ministry of Trade (MOT)": only where the letters are those that the words begin with.
        if short and "".join(words).endswith(short):
            yield match.group(2), " ".join(match.group(1).split()[-_words_of(match, short) :])
    for match in _ROW.finditer(text):
        if max(map(len, match.groups())) <= _LONGEST:
            yield _pair(match)


def _words_of(match: re.Match[str], short: str) -> int:
    """How many words at the end begin with the letters of the abbreviation."""
    count = left = 0
    for word in reversed(match.group(1).split()):
        if left == len(short):
            break
        count += 1
        left += word[0].isupper()
    return count


def _pair(match: re.Match[str]) -> tuple[str, str]:
    one, other = (name.strip("（）() ").removeprefix("the ") for name in match.groups())
    return one, other


def _named(name: str) -> re.Pattern[str]:
    """A name of Latin letters not within a longer one."""
    edges = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])") if name.isascii() else ("", "")
    return re.compile(f"{edges[0]}{re.escape(name)}{edges[1]}", re.IGNORECASE)


def _stands_in(name: str, question: str) -> bool:
    return len(name) >= 2 and _named(name).search(question) is not None
