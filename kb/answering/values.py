"""The values that a sentence states: amounts with their units, days, weekdays, times, telephones.

Only what can be compared is a value: 30天 and 30 days are one kind, 480元 is another. A number
without a unit has the name of its cell as its kind. Of a change (由10公里降至5公里, "from 10 to
5 km") the value that it ends in counts. Words are values where they stand behind the name of a
property (负责人：张三, "Owner: Anna Berg", 项目负责人是张三).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kb.text.fold import fold, standard
from kb.text.han import HAN
from kb.text.months import MONTH_NAME, month_number
from kb.text.numbers import HAN_DIGITS, HAN_GROUPS, HAN_UNITS, han_value, telephones


@dataclass(frozen=True, slots=True)
class Value:
    """`kind` is what it can be compared with, `amount` what it comes to; `text` as it is written,
    in half width, at `start` of the sentence in half width."""

    kind: str
    amount: tuple[str, ...]
    text: str
    start: int

    @property
    def property_name(self) -> str:
        """Of words, the name that they stand behind; else nothing."""
        return self.kind.removeprefix(_NAMED) if self.kind.startswith(_NAMED) else ""

    def agrees(self, other: Value) -> bool:
        """Whether both say the same; a day without its year is that of any."""
        if self.kind != other.kind:
            return False
        if self.kind == DAY:
            return all(one == each for one, each in zip(self.amount, other.amount, strict=False))
        if self.property_name:
            (one,), (each,) = self.amount, other.amount
            return one in each or each in one
        return bool({*self.amount} & {*other.amount})


DAY, TIME, TELEPHONE, WEEKDAY = "date", "time", "telephone", "weekday"
_NAMED = "="
"""What the kind of a property's words begins with."""

_SPELLINGS: Mapping[str, str] = {
    "workday": r"个?工作日|working days?|business days?|workdays?",
    "day": r"个?自然日|天|日|calendar days?|days?",
    "month": r"个?月|months?",
    "year": r"周?年|years?",
    "week": r"个?星期|个?周|weeks?",
    "hour": r"个?小时|hours?|hrs?",
    "minute": r"分钟|minutes?|mins?",
    "second": r"秒钟?|seconds?",
    "km/h": r"(?:公里|千米)(?:/|每)小?时|km/h|kph|kilometres? per hour|kilometers? per hour",
    "mph": r"mph|miles per hour",
    "yuan": r"元|块钱|rmb|cny|yuan",
    "usd": r"美元|usd|dollars?",
    "eur": r"欧元|eur|euros?",
    "%": r"%|percent|per cent",
    "‰": r"‰",
    "km": r"公里|千米|km|kilometres?|kilometers?",
    "m2": r"平方米|平米|㎡|m2|square met(?:re|er)s?",
    "m": r"米|metres?|meters?|m",
    "cm": r"厘米|cm",
    "mm": r"毫米|mm",
    "kg": r"公斤|千克|kg|kilograms?",
    "mg": r"毫克|mg",
    "g": r"克|grams?|g",
    "t": r"吨|tonnes?|tons?",
    "ml": r"毫升|ml",
    "l": r"升|litres?|liters?",
    "°c": r"℃|°c|摄氏度|(?<=\d)度|degrees?(?: celsius)?",
    "kw": r"千瓦|kw",
    "mpa": r"兆帕|mpa",
    "bar": r"bar",
    "db": r"分贝|db",
    "person": r"人|名|位|persons?|people|employees?|staff",
}
_CLASSIFIERS = "个台件次套份册本张辆间层级条项页岁倍户家批箱盒瓶支片粒期讲节"
_KINDS = {f"u{place}": kind for place, kind in enumerate(_SPELLINGS)}
_UNITS = "|".join(f"(?P<u{place}>{spelled})" for place, spelled in enumerate(_SPELLINGS.values()))
_NUMERALS = "".join((*HAN_DIGITS, *HAN_UNITS, *HAN_GROUPS))
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALES = {
    "百万": 10**6,
    "千万": 10**7,
    "万": 10**4,
    "亿": 10**8,
    "千": 10**3,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
}
_SCALE = r"百万|千万|万|亿|千(?![米瓦克])|thousand|million|billion"
_QUANTITY = re.compile(
    rf"(?<![A-Za-z0-9_.])(?<!\d,)(?:(?P<low>{_FIGURE})\s*[-~至到]\s*)?"
    rf"(?P<number>(?P<sign>[¥$€])?\s?(?:{_FIGURE})|(?<!第)[{_NUMERALS}]{{1,7}})\s*"
    rf"(?P<scale>{_SCALE})?\s*-?(?:(?:{_UNITS})(?![a-z])|(?P<han>[{_CLASSIFIERS}])"
    r"|(?P<noun>(?<=[\d ])(?!(?:of|to|and|or|in|on|at|the|per|for|by|is|are|was|were|from|with|than"
    rf"|more|other|{MONTH_NAME})\b)[a-z]{{3,}}))",
    re.IGNORECASE,
)
_MONEY = re.compile(
    rf"(?P<sign>[¥$€])\s?(?P<number>{_FIGURE})\s*(?P<scale>{_SCALE})?", re.IGNORECASE
)
_SIGNS = {"¥": "yuan", "$": "usd", "€": "eur"}
_CELL = re.compile(
    rf"(?P<label>[{HAN}A-Za-z][^|:：;；，,。]{{0,24}}?)\s*(?:[(（](?P<unit>[^)）]{{1,8}})[)）])?\s*[:：]\s*"
    rf"(?P<number>{_FIGURE})(?=\s*(?:\||$|;|；))"
)
_DATES = (
    re.compile(
        r"(?P<y>(?:19|20)\d\d)\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})(?:[日号]|(?!\d))"
    ),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})月(?P<d>\d{1,2})(?:[日号]|(?!\d))"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<n>{MONTH_NAME})\b"
        r"\.?(?:,?\s+(?P<y>(?:19|20)\d\d))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<n>{MONTH_NAME})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?"
        r"(?:,?\s+(?P<y>(?:19|20)\d\d))?(?!\d)",
        re.IGNORECASE,
    ),
)
_YEAR = re.compile(
    r"(?<![\d.])(?:19|20)\d\d\s*年(?!\s*(?:期|内|以上))|(?<=\bin )(?:1[5-9]|20)\d\d\b"
)
_TIME = re.compile(r"(?<![\d:])(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?!\d)")
_WEEKDAY = re.compile(
    r"(?:(?:星期|礼拜)(?P<w>[一二三四五六日天])|周(?P<z>[一二三四五六日]))(?![次个回年期般边岁天])"
    r"|\b(?P<d>mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    re.IGNORECASE,
)
_WEEK = {**{day: str(n) for n, day in enumerate("一二三四五六日", 1)}, "天": "7"}
_DAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_WEEK |= {day: str(n) for n, day in enumerate(_DAYS, 1)}
_MOBILE = re.compile(r"(?<![\w.-])1[3-9]\d{9}(?!\d)")
_EDGE = r"(?:^|(?<=[|\n;；,，。]))[\s*-]*"
_END = r"(?=\s*(?:\||$|[\n;；,，。]))"
_WORDS_BEHIND = (
    re.compile(
        rf"{_EDGE}(?P<label>(?:[{HAN}]{{2,10}}|[A-Za-z][A-Za-z -]{{2,24}}))\s*[:：]\s*"
        rf"(?P<words>[{HAN}·（）()]{{2,20}}|[A-Za-z][\w .'&-]{{1,30}}){_END}"
    ),
    re.compile(
        rf"(?P<label>[{HAN}]{{0,6}}(?:人|员|长|经理|主任|主管|总监|秘书))(?:为|是)(?P<words>[{HAN}·]{{2,4}}){_END}"
    ),
)
_NO_WORDS = re.compile(
    r"无|暂无|待定|未定|不详|[见同]上.*|见.*|none|n/?a|tbd|to be .*|see .*|same .*"
)
_FROM = re.compile(r"(?:由|从|自|\bfrom)\s*(?:原来?的?|每\S)?\s*$", re.IGNORECASE)
_TO = re.compile(
    r"^[^。;；]{0,14}?(?:降至|降到|降为|升至|升到|升为|提高到|提高至|提高为|增至|增加到|增加至|减至|减到|减为|调整为|调整到|调整至"
    r"|调至|调到|改为|改成|改到|改至|变更为|变为|下调至|下调为|上调至|上调为|推迟至|推迟到|延至|延长至|延长到|缩短至|缩短为|提前至|\bto\b)",
    re.IGNORECASE,
)


def values(sentence: str) -> tuple[Value, ...]:
    """In the order of the sentence; none twice."""
    text = standard(sentence)
    rest = text
    found: list[Value] = []
    for pattern in _DATES:
        for match in pattern.finditer(rest):
            found.append(_date(match))
        rest = pattern.sub(_blank, rest)
    for match in _TIME.finditer(rest):
        clock = (str(int(match["h"])), match["min"])
        found.append(Value(TIME, clock, match.group(), match.start()))
    for match in _WEEKDAY.finditer(rest):
        day = _WEEK[(match["w"] or match["z"] or match["d"]).lower()]
        found.append(Value(WEEKDAY, (day,), match.group(), match.start()))
    for one in telephones(rest):
        written = rest[one.start : one.end]
        found.append(Value(TELEPHONE, (one.number,), written, one.start))
        rest = rest[: one.start] + "\0" * len(written) + rest[one.end :]
    for match in _MOBILE.finditer(rest):
        found.append(Value(TELEPHONE, (match.group(),), match.group(), match.start()))
    rest = _MOBILE.sub(_blank, rest)
    rest = _YEAR.sub(_blank, _TIME.sub(_blank, rest))
    for match in _MONEY.finditer(rest):
        found.append(_value(match, _SIGNS[match["sign"]], None))
    rest = _MONEY.sub(_blank, rest)
    for match in _QUANTITY.finditer(rest):
        if quantity := _quantity(match):
            found.append(quantity)
    for match in _CELL.finditer(rest):
        unit = _unit(match["unit"] or "")
        label = re.sub(r"\s", "", match["label"]).lower()
        found.append(_value(match, f"{label}|{unit}", None))
    ordered = sorted(found, key=lambda one: one.start)
    kept = [one for one in ordered if not _is_left(text, one)]
    return tuple({(one.kind, one.amount): one for one in reversed(kept)}.values())[::-1]


def _is_left(text: str, one: Value) -> bool:
    """Whether a change leads away from it: 由10公里/小时降至5公里/小时."""
    before, after = text[: one.start], text[one.start + len(one.text) :]
    return bool(_FROM.search(before) and _TO.search(after))


def _quantity(match: re.Match[str]) -> Value | None:
    parts = match.groupdict()
    named = next((kind for name, kind in _KINDS.items() if parts[name]), "")
    kind = named or parts["han"] or (f"en {_singular(parts['noun'])}" if parts["noun"] else "")
    number = parts["number"].strip("¥$€ \t\n")
    if not number[0].isdigit():
        if (
            set(number) <= {*HAN_GROUPS, "百", "千", "零", "一"}
            and len(number) == 1
            and number != "一"
        ):
            return None
        number = str(han_value(number))
    return _value(match, kind, number)


def _singular(noun: str) -> str:
    return noun.lower().removesuffix("s").removesuffix("e")


def _value(match: re.Match[str], kind: str, number: str | None) -> Value:
    parts = match.groupdict()
    scale = _SCALES.get((parts.get("scale") or "").lower(), 1)
    figures = [one for one in (parts.get("low"), number or parts["number"]) if one]
    amounts = tuple(_plain(Decimal(one.replace(",", "")) * scale) for one in figures)
    text = match.group()
    return Value(kind, amounts, text.strip(), match.start() + len(text) - len(text.lstrip()))


def _unit(written: str) -> str:
    found = re.fullmatch(_UNITS, written.split("/")[0].strip(), re.IGNORECASE)
    return _KINDS[str(found.lastgroup)] if found else written.strip()


def _date(match: re.Match[str]) -> Value:
    parts = match.groupdict()
    month = month_number(parts["n"].lower()) if parts.get("n") else int(parts["m"])
    day = f"{month}-{int(parts['d'])}"
    return Value(
        DAY, (day, parts["y"]) if parts.get("y") else (day,), match[0].rstrip("."), match.start()
    )


_LASTS = frozenset(("year", "month", "week", "day", "workday", "hour", "minute"))
_LEAST_YEAR = 1000
_NO_DURATION = re.compile(r"(?<!工作)(?<!自然)日$|(?<!个)月$")


def foreign_durations(answer: str, passages: str) -> tuple[str, ...]:
    """The answer's lengths of time whose unit no passage has in any spelling, as it writes them:
    3 years, where the passages count in days alone."""
    text = standard(passages)
    return tuple(
        one.text
        for one in values(answer)
        if one.kind in _LASTS
        and Decimal(one.amount[-1]) < _LEAST_YEAR
        and not _NO_DURATION.search(one.text)
        and not re.search(rf"(?<![a-z])(?:{_SPELLINGS[one.kind]})(?![a-z])", text, re.IGNORECASE)
    )


_PRICES = re.compile(r"价格|单价|售价|报价|总价|多少钱|\b(?:price|cost)s?\b")
MONEY = frozenset(("yuan", "usd", "eur"))
_MEASURED = frozenset(_SPELLINGS) - MONEY - {"%", "‰"}


def no_price(question: str, answer: str) -> tuple[str, ...]:
    """The word by which a folded question asks for a price, where an answer gives measures alone:
    37 kW is none."""
    asked = _PRICES.search(question)
    kinds = {one.kind for one in values(answer)}
    return (asked[0],) if asked and kinds and kinds <= _MEASURED else ()


def named(sentence: str) -> tuple[Value, ...]:
    """The words that stand behind the name of a property, which is their kind."""
    text = standard(sentence)
    found = []
    for pattern in _WORDS_BEHIND:
        for match in pattern.finditer(text):
            label, words = fold(match["label"]).strip(), fold(match["words"]).replace(" ", "")
            if not _NO_WORDS.fullmatch(words):
                found.append(
                    Value(
                        f"{_NAMED}{label}", (words,), match["words"].strip(), match.start("words")
                    )
                )
    return tuple(found)


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match.group())


def day_of(value: Value, year: str = "") -> date | None:
    """A day as the calendar has it; None for 30 February, and where no year is known.

    Args:
        value: of the kind DAY.
        year: for one that has none of its own.
    """
    month_and_day, *own = value.amount
    month, day = map(int, month_and_day.split("-"))
    if not (own or year):
        return None
    try:
        return date(int(own[0] if own else year), month, day)
    except ValueError:
        return None
