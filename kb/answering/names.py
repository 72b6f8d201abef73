"""Names and identifiers in a question or an answer.

Made for precision: a name that is overlooked costs a chance to refuse, a common word that is
taken for a name refuses a question which the documents answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from kb.answering.common_nouns import is_common_place, is_common_word, mistagged
from kb.answering.occurrence import (
    BEHIND,
    ORGANISATION,
    folded_parts,
    has_foreign_person,
    has_identifier,
    has_latin,
    has_person,
    has_place,
)
from kb.answering.tagger import is_known, tagged
from kb.text.fold import fold, standard
from kb.text.han import HAN
from kb.text.language import Language, language
from kb.text.numbers import PLATE, telephones
from kb.text.question import Question
from kb.text.stop_words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS


class Kind(Enum):
    IDENTIFIER = "identifier"
    PERSON = "person"
    PLACE = "place"
    LATIN = "latin"


@dataclass(frozen=True, slots=True)
class Term:
    """What a question names, as it is written there. PLACE: also organisations."""

    text: str
    kind: Kind


SCRIPTS = {Kind.PERSON: Language.ZH, Kind.PLACE: Language.ZH, Kind.LATIN: Language.EN}
"""The script that a name is written in: in text of the other one it cannot be looked for."""

_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")
_HAN_RUN = re.compile(f"[{HAN}]+")
_DOTS = "·•‧・⋅∙"
_MOST_WORDS = 6
"""Of an organisation's name behind its place."""

_BEFORE = "和与及跟对向由在是问请查"

# A two- or three-character word tagged as a person is one only behind a family name (本赛季 and
# 冰淇淋 are tagged alike). The most frequent ones, Simplified.
_FAMILY_NAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹彭曾萧肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝"
    "龚邵万钱严赖覃洪武莫孔汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左"
    "柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶"
    "解牟艾尤时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边"
    "姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝诸司欧上夏皇慕令"
)

# Letters and digits in one token, joined by marks or not: X300, HT-2024-0917, 13800138000.
_TOKEN = re.compile(r"(?<![A-Za-z0-9.])[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*")
_NO_IDENTIFIER = re.compile(
    r"\d+(?:[.,]\d+)*[a-z]{1,4}"  # 50kg, 19th, 1990s, 4K
    r"|\d+(?:\.\d+)?(?:-(?-i:[a-z]{3,}))+"  # 16-year-old, 24-hour; not 16-ABC
    r"|\d{1,6}(?:[-./]\d{1,6})*"  # 2024, 23-16, 2024-09-17, 3.5
    r"|(?:top|no|q|h|v|p|w)\.?-?\d{1,2}",  # top10, Q1, H2, v2
    re.IGNORECASE,
)
_ZEROED = re.compile(r"(?:[^.]*[-/])?0\d{2,}")  # 25/0388, 2024-001, 0917: no day, no quantity
_BEFORE_HAO = re.compile(r"\d{3,}(?=\s*号)")  # 3391号案
_COUNTED = re.compile(r"\s*(?:[%元万亿人名个户吨米件台次年倍字岁美港欧]|people|dollars|years)")

_RUN = re.compile(r"(?<![A-Za-z])[A-Z\u00c0-\u00de][\w'’-]*(?: [A-Z\u00c0-\u00de][\w'’-]*)*")
_CAPITALISED = re.compile(
    "(?<![A-Za-z])[A-Z\u00c0-\u00de][a-z\u00df-\u024f]{2,}(?:-[A-Z\u00c0-\u00de][a-z\u00df-\u024f]+)*"
    "(?![A-Za-z])"
)
_ASKING = re.compile(
    r"(?:一共|总共|共)?(?:要花|得花|要算|(?<![预结核计打换折])算|花|是)?多少(?:钱|元|块)?"
    r"|哪(?:个|位)(?:人(?!员))?"
)
"""How it is asked in Chinese; a tagger joins pieces of it to what is before (被套算多少: 套算)."""
_BETWEEN = "是为有在的了和与及或就也都由被把该能会要须"
_LATIN_WORD = re.compile(r"(?<![a-z0-9])[a-z]{4,}(?![a-z0-9])")
_FOREIGN = {
    Language.ZH: re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}(?![A-Za-z])"),
    Language.EN: re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])"),
}
_CODE = re.compile(r"[a-z]*[-./]?\d[-./a-z\d]+")
_MONTH_OR_DAY = re.compile(
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)"
    r"(?:uary|ruary|ch|il|ust|tember|ober|ember|s?day|nesday|rsday|urday)?$",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:^|[.?!:;\"“(])\s*$")


SOMEBODY = frozenset(
    ("同事", "员工", "职工", "人员", "同学", "先生", "女士", "colleague", "person", "employee")
)
OWN = frozenset(
    (
        *("公司", "本公司", "我公司", "我司", "我们", "咱们", "单位", "本单位", "company", "firm"),
        *("工厂", "医院", "诊所", "学校", "酒店", "律所", "事务所", "机构", "集团", "本院", "本校"),
        *("factory", "hospital", "clinic", "school", "hotel", "organisation", "organization"),
    )
)
"""Whoever asks means the documents' own organisation, which none of them needs to name."""


def terms(text: str, *, organisations: bool = True) -> tuple[Term, ...]:
    """Every name and identifier, each once, in the order identifiers, Chinese, Latin.

    `organisations`: 上海办事处 is one name; else its place is.
    """
    found = (
        *identifiers(text),
        *_dotted(standard(text)),
        *_chinese(fold(text), organisations),
        *_latin(standard(text)),
    )
    return tuple(dict.fromkeys(found))


def identifiers(question: str) -> tuple[Term, ...]:
    """Telephone numbers, plates and codes. No years, dates, scores, counts or quantities:
    documents word those in many ways."""
    text = standard(question)
    spans = [(one.start, one.end) for one in telephones(text)]
    spans += [found.span() for found in PLATE.finditer(text)]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    spans += [
        match.span()
        for match in _TOKEN.finditer(text)
        if any(char.isdigit() for char in match.group())
        and (
            (_ZEROED.fullmatch(match.group()) and text[: match.start()][-1:] != ",")
            or _BEFORE_HAO.match(text, match.start())
            or not _NO_IDENTIFIER.fullmatch(match.group())
        )
        and not (match.group().isdigit() and _COUNTED.match(text, match.end()))
    ]
    written = standard(question)
    found = (Term(written[slice(*span)], Kind.IDENTIFIER) for span in sorted(spans))
    return tuple(dict.fromkeys(found))


def words(text: str) -> tuple[str, ...]:
    """What a text speaks of, folded, each once: Chinese nouns, verbs and adjectives of two
    characters and more, Latin words of four letters and more that are no function words."""
    folded = fold(text)
    found = (
        _apart(word)
        for word, tag in tagged(_ASKING.sub(" ", folded))
        if _HAN_WORD.fullmatch(word) and tag[0] in "nvatlijz" and word not in CHINESE_STOP_WORDS
    )
    han = (word for word in found if len(word) > 1)
    latin = (
        word.group()
        for word in _LATIN_WORD.finditer(folded)
        if word.group() not in ENGLISH_STOP_WORDS
    )
    return tuple(dict.fromkeys((*han, *latin)))


def _apart(word: str) -> str:
    """Without what a tagger joins to it that stands between words: 费是 of 复印费是五角."""
    return word if is_known(word) else word.strip(_BETWEEN)


def content(question: Question) -> tuple[str, ...]:
    """What a question speaks of, folded: its words, and whatever it writes in Latin letters or
    digits that is no word of a language: MRB, E05, every Latin word of a Chinese question. Without
    whoever asks and whom it asks for as somebody."""
    foreign = _FOREIGN[question.language].findall(standard(question.text))
    said = (word for word in words(question.text) if word not in OWN and word not in SOMEBODY)
    named = (*said, *_CODE.findall(question.folded), *map(fold, foreign))
    return tuple(dict.fromkeys(named))


def occurs(term: Term, text: str) -> bool:
    """Whether a folded text holds a term, in this or another form of it."""
    if term.kind is Kind.PERSON and len(parts := folded_parts(term.text)) > 1:
        return has_foreign_person(parts, text)
    holds = {
        Kind.IDENTIFIER: has_identifier,
        Kind.PERSON: has_person,
        Kind.PLACE: has_place,
        Kind.LATIN: has_latin,
    }
    return holds[term.kind](fold(term.text), text)


def foreign_names(answer: str, texts: Sequence[str], *, question: Question) -> tuple[str, ...]:
    """Names of the answer that neither the texts nor the question hold.

    Only names in the script of the first text: 张飞 cannot be looked for in English.
    """
    held = f"{fold(chr(10).join(texts))}\n{question.folded}"
    script = language(texts[0] if texts else answer)
    return tuple(
        dict.fromkeys(
            term.text
            for term in terms(answer)
            if SCRIPTS.get(term.kind) is script
            and not _MONTH_OR_DAY.match(term.text)
            and not occurs(term, held)
        )
    )


def _chinese(text: str, organisations: bool) -> Iterator[Term]:
    """The names in a folded text."""
    found = tagged(text)
    inside = 0
    for at, (word, tag) in enumerate(found):
        if at < inside or not _HAN_WORD.fullmatch(word):
            continue
        name = _trimmed(word)
        if name in mistagged():
            continue
        if tag.startswith("nr"):
            if tag == "nrt" or name[0] in _FAMILY_NAMES:
                yield Term(_family_name(found, at, name) + name, Kind.PERSON)
        elif tag in ("ns", "nt"):
            inside = _organisation_end(found, at) if organisations else at + 1
            whole = "".join(word for word, _ in found[at:inside])
            if not (is_common_place(name) or is_common_place(whole)):
                yield Term(name if inside == at + 1 else whole, Kind.PLACE)


def _family_name(found: Sequence[tuple[str, str]], at: int, name: str) -> str:
    """The family name that the tagger has cut off as a word of its own: 林 of 林淑珍."""
    before = found[at - 1][0] if at else ""
    cut_off = before in _FAMILY_NAMES and before not in _BEFORE
    return before if cut_off and len(name) == 2 and name[0] not in _FAMILY_NAMES else ""


def _organisation_end(found: Sequence[tuple[str, str]], start: int) -> int:
    """Behind the last word of an organisation's name that begins with a place: 宁波 铸件 厂."""
    end = start + 1
    for at in range(start + 1, min(start + 1 + _MOST_WORDS, len(found))):
        word, tag = found[at]
        if tag[0] not in "nvazjlm" or tag == "nr" or not _HAN_RUN.fullmatch(word):
            break
        if ORGANISATION.fullmatch(word):
            end = at + 1
    return end


def _dotted(text: str) -> Iterator[Term]:
    """Names with middle dots, 列夫·托尔斯泰, as they are written."""
    found = tagged(text)
    for at, (word, _) in enumerate(found):
        if word in _DOTS and 0 < at < len(found) - 1:
            first, last = found[at - 1][0], found[at + 1][0]
            if _HAN_RUN.fullmatch(first) and _HAN_RUN.fullmatch(last):
                yield Term(f"{_trimmed(first)}{word}{_trimmed(last)}", Kind.PERSON)


def _trimmed(word: str) -> str:
    if is_known(word):
        return word
    if len(word) > 2 and word[0] in _BEFORE:
        word = word[1:]
    if len(word) > 2 and word[-1] in BEHIND:
        word = word[:-1]
    return word


def _latin(text: str) -> list[Term]:
    """The last capitalised word of each run that is no common one: Porter in "What is Alice
    Porter's extension?", Hilton of Hilton Hotel."""
    found = []
    for run in _RUN.finditer(text):
        words = [
            word.group()
            for word in _CAPITALISED.finditer(run.group())
            if not _SENTENCE_START.search(text[: run.start() + word.start()])
            and not _MONTH_OR_DAY.match(word.group())
            and not is_common_word(word.group())
        ]
        found += [Term(word, Kind.LATIN) for word in words[-1:]]
    return found
