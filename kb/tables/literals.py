"""Numbers, dates and periods in a question, with the words that compare: 超过100万元,
2023年1月1日以后, in the first quarter of 2018, between 3 and 5.

Text is folded: half width, lower case, Simplified, no thousands separators.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from kb.tables.plan import Comparison
from kb.tables.spans import overlaps
from kb.text.months import MONTH_NAME, month_number
from kb.text.numbers import HAN_DIGITS, HAN_GROUPS, HAN_UNITS, han_value

_MONTH = rf"{MONTH_NAME}\.?"
_HAN = "".join((*HAN_DIGITS, *HAN_UNITS, *HAN_GROUPS))
_HAN_FIRST = "".join((*HAN_DIGITS, "十"))
_SCALES: Mapping[str, int | Decimal] = {
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "%": Decimal("0.01"),
    "percent": Decimal("0.01"),
    "per cent": Decimal("0.01"),
}
_SCALE = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_UNIT = (
    r"(?:元|块钱|块|人民币|美元|欧元|yuan|rmb|cny|usd|dollars?|euros?|[$€¥￥]|个月|天|日|"
    r"年|岁|小时|分钟|次|人|名"
    r"|件|台|套|公斤|千克|吨|公里|平方米|米|毫升|升|毫米|厘米|页|级|晚|间|瓶|盒|箱|课时|学分|人次|千元|册|户|辆|部|幢|栋|只|笔|度|分(?!钟)|kg|km|tons?|degrees?|days?|years?|months?|hours?|points?)"
)
_NUMBER = re.compile(
    rf"(?<![a-z0-9.-])[$€¥￥]?(?P<digits>\d+(?:\.\d+)?)\s?(?P<scale>{_SCALE})?(?![a-z0-9-])"
    rf"\s?(?P<unit>{_UNIT})?(?![a-z])"
    rf"|百分之(?P<share>[{_HAN}]+|\d+(?:\.\d+)?)"
    rf"|(?P<han>[{_HAN_FIRST}][{_HAN}]{{0,8}})\s?(?P<hanunit>{_UNIT})"
)

_BEFORE: tuple[tuple[str, Comparison], ...] = (
    (
        r"(?:不超过|不高于|不多于|至多|最多为|不大于|at most|no more than|up to|not more than)",
        Comparison.AT_MOST,
    ),
    (
        r"(?:不少于|不低于|不小于|至少|at least|no less than|not less than|a minimum of)",
        Comparison.AT_LEAST,
    ),
    (
        r"(?:超过|多于|大于|高于|超出|贵过|(?<!不)超|长于|more than|over|above|higher than"
        r"|(?:great|long|old|larg|heavi|deep|tall|bigg|wid|farth)er than"
        r"|exceed(?:s|ed|ing)?|in excess of)",
        Comparison.MORE,
    ),
    (
        r"(?:少于|小于|低于|不到|不足|不满|短于|less than|under|below|fewer than|"
        r"(?:low|cheap|short|young|small|light|narrow|near)er than)",
        Comparison.LESS,
    ),
)
_AFTER: tuple[tuple[str, Comparison], ...] = (
    (r"(?:及以上|或以上|以上|or more|or above|or over|or higher|起)", Comparison.AT_LEAST),
    (r"(?:及以下|或以下|or less|or fewer|or below|or lower)", Comparison.AT_MOST),
    (r"(?:以下|以内)", Comparison.AT_MOST),
)
_DATE_BEFORE: tuple[tuple[str, Comparison], ...] = (
    (r"(?:(?:on or )?after|later than|自从?|从)", Comparison.MORE),
    (r"(?:since|starting(?: from)?|from)", Comparison.AT_LEAST),
    (r"(?:before|earlier than|prior to|until|早于)", Comparison.LESS),
    (r"(?:晚于)", Comparison.MORE),
    (r"(?:by|up to)", Comparison.AT_MOST),
)
_DATE_AFTER: tuple[tuple[str, Comparison], ...] = (
    (r"(?:及以后|及之后|起|开始|以来|至今|or later|onwards?)", Comparison.AT_LEAST),
    (r"(?:以后|之后|过后|后)", Comparison.MORE),
    (r"(?:及以前|及之前|or earlier|为止)", Comparison.AT_MOST),
    (r"(?:以前|之前|前)", Comparison.LESS),
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of the question, in base units; `test` EQUAL where nothing compares.
    `counted`: its unit, or nothing."""

    start: int
    end: int
    value: float
    test: Comparison
    unit: str = ""
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both as ISO dates and counted, both empty where no year is
    said: then `month` and `day` are given (0: any). `test` says which days are meant: PERIOD those
    of it, else those before or behind it."""

    start: int
    end: int
    first: str
    last: str
    test: Comparison = Comparison.PERIOD
    month: int = 0
    day: int = 0
    months: tuple[int, ...] = ()

    @property
    def is_day(self) -> bool:
        return (self.first == self.last and bool(self.first)) or bool(self.day)


# --- numbers --------------------------------------------------------------------------


def amounts(text: str, taken: list[tuple[int, int]]) -> Iterator[Amount]:
    """The numbers of a folded question outside of what is `taken` already (dates, codes)."""
    read = (_without_taken_unit(text, one, taken) for one in _numbers(text))
    found = [one for one in read if not overlaps(one.start, one.end, taken)]
    skip = False
    for place, one in enumerate(found):
        if skip:
            skip = False
            continue
        after = found[place + 1] if place + 1 < len(found) else None
        if after and _is_range(text, one, after):
            skip = True
            start = _range_start(text, one.start)
            low, high = sorted((_scaled_alike(one, after), after.value))
            yield Amount(
                start, _tail(text, after.end), low, Comparison.BETWEEN, after.unit or one.unit, high
            )
        else:
            yield _compared(text, one)


def _without_taken_unit(text: str, one: Amount, taken: list[tuple[int, int]]) -> Amount:
    """A number without its unit, where that is a column's name: more than 60 points."""
    if one.unit and overlaps(one.start, one.end, taken):
        number = text[one.start : one.end].removesuffix(one.unit).rstrip()
        return replace(one, end=one.start + len(number), unit="")
    return one


def _numbers(text: str) -> Iterator[Amount]:
    for match in _NUMBER.finditer(text):
        try:
            if match["share"]:
                value = _decimal(match["share"]) / 100
                yield Amount(match.start(), match.end(), float(value), Comparison.EQUAL, "%")
            elif match["han"] == "一":
                continue  # 一年, 一次: no number that is compared
            elif match["han"]:
                value = _decimal(match["han"])
                yield Amount(
                    match.start(), match.end(), float(value), Comparison.EQUAL, match["hanunit"]
                )
            else:
                value = Decimal(match["digits"]) * _SCALES.get(match["scale"] or "", 1)
                unit = match["unit"] or (
                    "%" if match["scale"] in ("%", "percent", "per cent") else ""
                )
                yield Amount(match.start(), match.end(), float(value), Comparison.EQUAL, unit)
        except (InvalidOperation, KeyError, ValueError):
            continue  # 百万 alone, 一百一 …: no number that we read


def _decimal(text: str) -> Decimal:
    return Decimal(text) if text[0].isdigit() and text.isascii() else Decimal(han_value(text))


def _compared(text: str, one: Amount) -> Amount:
    before = text[: one.start].rstrip("了过 ")
    for pattern, test in _BEFORE:
        if found := re.search(rf"{pattern}\s*$", before):
            return Amount(found.start(), one.end, one.value, test, one.unit)
    for pattern, test in _AFTER:
        if found := re.match(rf"\s*{pattern}", text[one.end :]):
            return Amount(one.start, one.end + found.end(), one.value, test, one.unit)
    return one


def is_compared(text: str, start: int, end: int) -> bool:
    """Whether words beside a number compare it: at least 5, 5 or more."""
    before = text[:start].rstrip("了过 ")
    return any(re.search(rf"(?<![a-z]){pattern}$", before) for pattern, _ in _BEFORE) or any(
        re.match(rf"\s*{pattern}", text[end:]) for pattern, _ in _AFTER[:2]
    )


def _is_range(text: str, one: Amount, after: Amount) -> bool:
    between = text[one.end : after.start].strip()
    if between in ("到", "至", "~", "-", "－", "—"):
        return True
    head = text[: one.start].rstrip()
    return between in ("and", "to", "和", "与") and bool(
        re.search(r"(?:between|from|介于|在)$", head)
    )


def _range_start(text: str, start: int) -> int:
    found = re.search(r"(?:between|from|介于|在)\s*$", text[:start])
    return found.start() if found else start


def _tail(text: str, end: int) -> int:
    found = re.match(r"\s*(?:之间|间)", text[end:])
    return end + found.end() if found else end


def _scaled_alike(one: Amount, after: Amount) -> float:
    """3 到 5 万元 is 3 万 to 5 万, 84.5 to 86.5 percent is 0.845 to 0.865."""
    if after.unit == "%" and one.unit != "%":
        return float(Decimal(repr(one.value)) / 100)
    if not one.unit and after.value >= 10_000 and one.value < 1_000 and after.value / 10_000 < 1e4:
        scaled = one.value * 10_000
        return scaled if scaled < after.value else one.value
    return one.value


# --- dates and periods ----------------------------------------------------------------

_Y = r"(?P<y>(?:19|20)\d\d)"
_HAN_MONTH = rf"(?P<hm>十[一二]?|[一二三四五六七八九])月份?(?![{_HAN}]+[日号])"
_PERIODS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_Y}\s*[-/.年]\s*(?P<m>\d{{1,2}})\s*[-/.月]\s*(?P<d>\d{{1,2}})(?:\s*[日号])?(?!\d)",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{_MONTH}),?\s+{_Y}",
        rf"(?P<mon>{_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_Y}",
        rf"{_Y}\s*年?度?的?\s*(?:第)?(?P<q>[1-4一二三四])\s*季度?",
        rf"{_Y}\s*[-]?\s*q(?P<q>[1-4])|q(?P<q2>[1-4])\s*(?:of\s+)?{_Y.replace('<y>', '<y2>')}",
        rf"{_Y}\s*年?度?的?最(?P<q>后)一?个?季度",
        rf"(?:the\s+)?(?P<qw>first|second|third|fourth|last|final|1st|2nd|3rd|"
        rf"4th)\s+quarter(?:\s+(?:of|in)\s+{_Y}|\s+{_Y.replace('<y>', '<y2>')})",
        rf"{_Y}\s*年?度?的?\s*(?P<h>[上下])半年",
        rf"(?:the\s+)?(?P<hw>first|second)\s+half\s+(?:of\s+|year\s+)?(?:the\s+year\s+)?{_Y}",
        rf"{_Y}\s*[-/.年]\s*(?P<m>1[0-2]|0?[1-9])\s*(?:月份?)?(?!\d|\s*[-/.]\s*\d)",
        rf"{_Y}年的?{_HAN_MONTH}",
        rf"(?P<mon>{_MONTH}),?\s+(?:of\s+)?{_Y}",
        rf"(?<![\d.-]){_Y}\s*年度?(?!\s*\d)|(?:in|of|during|for|since|before|after|"
        rf"until)\s+(?:the\s+year\s+)?{_Y.replace('<y>', '<y2>')}(?!\d)",
        r"(?:in )?(?:the )?(?P<y>1[5-9]\d0|20\d0)s(?![a-z])",
        rf"(?<![\d.a-z-]){_Y}(?![\d.a-z-])",
        r"(?<!\d)(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?(?!\d)",
        rf"(?P<mon>{_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)",
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{_MONTH})(?![a-z])",
        r"(?<![\d年])(?P<m>1[0-2]|[1-9])\s*月份?(?!\s*\d)",
        rf"(?<![{_HAN}两几个第年]){_HAN_MONTH}",
        rf"\b(?:in|of|during|for)\s+(?P<mon>{_MONTH})(?![a-z])",
        r"(?:第)?(?P<q>[1-4一二三四])\s*季度?|(?<![a-z0-9])q(?P<q2>[1-4])(?![a-z0-9])",
        r"(?:the\s+)?(?P<qw>first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter",
        r"(?P<h>[上下])半年|(?:the\s+)?(?P<hw>first|second)\s+half(?:\s+of\s+the\s+year)?",
    )
)
_ORDINALS = {
    word: number
    for number, words in enumerate(
        ("first 1st 一 1", "second 2nd 二 2", "third 3rd 三 3", "fourth 4th 四 4 last final 后"), 1
    )
    for word in words.split()
}


def periods(text: str) -> list[Period]:
    """The days and periods of a folded question, in its order: ranges are one, with the words that
    say before or after."""
    return [*_ranges(text, single_periods(text))]


def single_periods(text: str) -> list[Period]:
    """The days and periods that a folded text names, in its order, the longest reading of each."""
    found: list[Period] = []
    for pattern in _PERIODS:
        for match in pattern.finditer(text):
            if overlaps(*match.span(), ((one.start, one.end) for one in found)):
                continue
            if one := _period(match):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def _period(match: re.Match[str]) -> Period | None:
    groups = match.groupdict()
    year = int(groups.get("y") or groups.get("y2") or 0)
    day = int(groups.get("d") or 0)
    name = groups.get("mon")
    written = groups.get("m") or groups.get("hm") or ""
    month = (int(written) if written.isascii() else han_value(written)) if written else 0
    month = month_number(name) if name else month
    quarter = groups.get("q") or groups.get("q2") or groups.get("qw")
    half = groups.get("h") or groups.get("hw")
    months: tuple[int, ...] = (month,) if month else ()
    if quarter:
        number = _ORDINALS[quarter]
        months = tuple(range(3 * number - 2, 3 * number + 1))
    elif half:
        months = tuple(range(1, 7)) if half in ("上", "first") else tuple(range(7, 13))
    if month > 12 or day > 31:
        return None
    start, end = match.span()
    if not year:
        return Period(start, end, "", "", month=month, day=day, months=months)
    first_month, last_month = (months[0], months[-1]) if months else (1, 12)
    if match[0].endswith("s") and match[0][-2:-1] == "0":  # the 1800s, the 1990s
        span = 99 if year % 100 == 0 else 9
        return Period(start, end, f"{year}-01-01", f"{year + span}-12-31")
    last_day = day or calendar.monthrange(year, last_month)[1]
    first = f"{year:04}-{first_month:02}-{day or 1:02}"
    last = f"{year:04}-{last_month:02}-{last_day:02}"
    return Period(start, end, first, last, month=month, day=day, months=months)


def _ranges(text: str, found: list[Period]) -> Iterator[Period]:
    """2024年1月到3月, from March to May 2024, and what stands before or behind a day."""
    at = 0
    while at < len(found):
        one = found[at]
        after = found[at + 1] if at + 1 < len(found) else None
        between = text[one.end : after.start].strip() if after else ""
        if (
            after
            and between in ("到", "至", "-", "~", "and", "to", "和", "—")
            and (
                between not in ("and", "和")
                or re.search(r"(?:between|在|介于)\s*$", text[: one.start])
            )
        ):
            yield _from_to(text, one, after)
            at += 2
            continue
        yield _placed(text, one)
        at += 1


def _from_to(text: str, one: Period, after: Period) -> Period:
    head = re.search(r"(?:between|from|从|自|在|介于)\s*$", text[: one.start])
    tail = re.match(r"\s*(?:之间|间|期间)", text[after.end :])
    start = head.start() if head else one.start
    end = after.end + tail.end() if tail else after.end
    year = one.first[:4] or after.first[:4]
    if not year:
        low, high = (one.months or (0,))[0], (after.months or (0,))[-1]
        return Period(start, end, "", "", months=tuple(range(low, high + 1)))
    first = one.first or _with_year(one, year, last=False)
    last = after.last or _with_year(after, year, last=True)
    return Period(start, end, first, last)


def _with_year(one: Period, year: str, *, last: bool) -> str:
    month = (one.months or (12 if last else 1,))[-1 if last else 0]
    day = one.day or (calendar.monthrange(int(year), month)[1] if last else 1)
    return f"{year}-{month:02}-{day:02}"


def _placed(text: str, one: Period) -> Period:
    for pattern, test in _DATE_AFTER:
        if found := re.match(rf"\s*{pattern}", text[one.end :]):
            start = one.start
            if head := re.search(r"(?:自从|自|从)\s*$", text[:start]):
                start = head.start()
            return _moved(one, start, one.end + found.end(), test)
    for pattern, test in _DATE_BEFORE:
        if found := re.search(rf"(?<![a-z]){pattern}\s*(?:the\s+)?$", text[: one.start]):
            if found.group().strip() in ("从", "from", "by", "自") and not one.first:
                continue
            return _moved(one, found.start(), one.end, test)
        # "since 2020" is matched with its word.
        if re.match(rf"{pattern}\s", text[one.start : one.end]):
            return _moved(one, one.start, one.end, test)
    return one


def _moved(one: Period, start: int, end: int, test: Comparison) -> Period:
    return Period(start, end, one.first, one.last, test, one.month, one.day, one.months)
