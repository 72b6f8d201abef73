"""Names and identifiers in a question or an answer. The only importer of rjieba.

Made for precision: a name that is overlooked costs a chance to refuse, a common word that is
taken for a name refuses a question which the documents answer.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import rjieba

from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.language import Language, language
from kb.text.question import Question


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

BEHIND = "住在是有打用说去来任管做写叫为从到属教讲签的和与以现练又"
"""Words of one character that the tagger glues to the name before them (李晓红住)."""

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
    r"|\d{1,6}(?:[-./]\d{1,6})*"  # 2024, 23-16, 2024-09-17, 3.5
    r"|(?:top|no|q|h|v|p|w)\.?-?\d{1,2}",  # top10, Q1, H2, v2
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s*(?:[%元万亿人名个户吨米件台次年倍字岁美港欧]|people|dollars|years)")

_RUN = re.compile(r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_CAPITALISED = re.compile(r"[A-Z][a-z]{2,}(?:-[A-Z][a-z]+)*")
_LATIN_WORD = re.compile(r"(?<![a-z0-9])[a-z]{4,}(?![a-z0-9])")
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "about according after also answer because been before being between both called could "
        "does done during each from given have having here into just kind like long made many more "
        "most much name named only other over passage passages said same should some such than "
        "that their them then there these they this those through time type under until used upon "
        "very were what when where which while whom whose will with within would year years your",
    )
)
_DERIVED = re.compile(r"(?:i?an|ese|ish|ists?|e?s)$")
_MONTH_OR_DAY = re.compile(
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)"
    r"(?:uary|ruary|ch|il|ust|tember|ober|ember|s?day|nesday|rsday|urday)?$",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:^|[.?!:;\"“(])\s*$")


def terms(text: str) -> tuple[Term, ...]:
    """Every name and identifier, each once, in the order identifiers, Chinese, Latin."""
    found = (
        *identifiers(text),
        # The tagger knows Simplified characters alone.
        *_chinese(fold(text)),
        *_latin(unicodedata.normalize("NFKC", text)),
    )
    return tuple(dict.fromkeys(found))


def identifiers(question: str) -> tuple[Term, ...]:
    """No years, dates, scores, counts or quantities: documents word those in many ways."""
    text = unicodedata.normalize("NFKC", question)
    found = (
        Term(match.group(), Kind.IDENTIFIER)
        for match in _TOKEN.finditer(text)
        if any(char.isdigit() for char in match.group())
        and not _NO_IDENTIFIER.fullmatch(match.group())
        and not (match.group().isdigit() and _COUNTED.match(text, match.end()))
    )
    return tuple(dict.fromkeys(found))


def words(text: str) -> tuple[str, ...]:
    """What a text speaks of, folded, each once: Chinese nouns, verbs and adjectives of two
    characters and more, Latin words of four letters and more that are no function words."""
    folded = fold(text)
    han = (
        word
        for word, tag in rjieba.tag(folded)
        if _HAN_WORD.fullmatch(word) and tag[0] in "nvatlijz"
    )
    latin = (
        word.group() for word in _LATIN_WORD.finditer(folded) if word.group() not in _FUNCTION_WORDS
    )
    return tuple(dict.fromkeys((*han, *latin)))


def occurs(term: Term, text: str) -> bool:
    """Whether a folded text holds a term, in this or another form of it."""
    name = fold(term.text)
    if term.kind is Kind.IDENTIFIER:
        return re.search(spellings(name), text) is not None
    if term.kind is Kind.LATIN:
        return _latin_occurs(name, text)
    if name in text:
        return True
    if term.kind is Kind.PERSON:
        # 王强在 for 王强: the shorter name counts where it ends in the text, so that 李晓红 is
        # not found in 李晓明.
        return len(name) > 2 and re.search(f"{name[:-1]}(?![^{BEHIND}\\W])", text) is not None
    return any(name[:size] in text for size in range(2, len(name)))


def spellings(identifier: str) -> str:
    """X300, X-300 and "X 300" are one identifier, X3000 and AX300 are others."""
    parts = re.findall(r"\d+|[a-z]+", identifier)
    before = r"(?<!\d)" if parts[0].isdigit() else r"(?<![a-z])"
    after = r"(?!\d)" if parts[-1].isdigit() else r"(?![a-z])"
    return before + r"[-_./ ]?".join(parts) + after


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


def _latin_occurs(name: str, text: str) -> bool:
    """Also in another form (India for Indian), or misspelt by a letter or so (Ghandi)."""
    if _DERIVED.sub("", name)[:5] in text:
        return True
    words = set(re.findall(r"[a-z]{4,}", text))
    return len(name) > 4 and bool(difflib.get_close_matches(name, words, n=1, cutoff=0.8))


def _chinese(text: str) -> list[Term]:
    found = []
    for word, tag in rjieba.tag(text):
        name = _trimmed(word)
        if not _HAN_WORD.fullmatch(word):
            continue
        if tag.startswith("nr"):
            if tag == "nrt" or name[0] in _FAMILY_NAMES:
                found.append(Term(name, Kind.PERSON))
        elif tag in ("ns", "nt"):
            found.append(Term(name, Kind.PLACE))
    return found


def _trimmed(word: str) -> str:
    if rjieba.has_word(word):
        return word
    if len(word) > 2 and word[0] in _BEFORE:
        word = word[1:]
    if len(word) > 2 and word[-1] in BEHIND:
        word = word[:-1]
    return word


def _latin(text: str) -> list[Term]:
    """The last capitalised word of each run: Porter in "What is Alice Porter's extension?"."""
    found = []
    for run in _RUN.finditer(text):
        words = [
            word.group()
            for word in _CAPITALISED.finditer(run.group())
            if not _SENTENCE_START.search(text[: run.start() + word.start()])
        ]
        found += [Term(word, Kind.LATIN) for word in words[-1:]]
    return found
