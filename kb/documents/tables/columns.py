"""What type a column is of, and what its cells are worth.

A type holds where nine of ten filled cells fit it. A cell that does not fit is worth nothing, keeps
its text, and is counted in a remark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kb.documents.tables import dates
from kb.documents.tables.numbers import Number, decimal_comma, is_nothing, number_of
from kb.documents.tables.units import NONE, Unit, unit_in_head
from kb.table_types import Column, ColumnType, Value
from kb.text.fold import fold, standard
from kb.text.truth import truth

_FITS = 0.9
_MOST_DECIMALS = 12
_NAMED_TIMES = frozenset(("月", "日", "周"))
_YEARS = 1800, 2200
_TELLING = re.compile(
    r"编号|编码|工号|学号|单号|票号|票据号|账号|帐号|卡号|证号|证件|身份证|代码|条码|条形码|电话|手机|分机|传真|邮编"
    r"|邮政编码|序列号|批号|批次号|型号|料号|货号|款号|房号|门牌|车牌|座机|热线|版本|qq|微信|号码|股票代码|序号|行号|图号|(?<![0-9一二三四五六七八九十])号$"
    r"|\b(?:id|ids|code|codes|phone|tel|telephone|mobile|cell|fax|zip|plz|postcode|postal|sku|serial"
    r"|ref|reference|account|isbn|issn|iban|ean|upc|vin|ext|extension|imei|ssn|version|handy|telefon)\b"
    r"|\b(?:no|nr|num)\b(?!\.?\s*of\b)|(?<!\w)#(?!\w)|\b\w+\s+number$|^number$|nummer\b|\w+id$",
    re.I,
)
_TELEPHONE = re.compile(
    r"\+?\(?\d{1,5}\)?(?:[\s-]+\(?\d{2,8}\)?){1,5}(?:\s*(?:转|ext\.?|x|-)\s*\d{1,6})?"
)
_DIALLED = re.compile(r"[+(]?\d[\d\s().-]{5,20}\d(?:\s*(?:x|ext\.?|转|-)\s*\d{1,6})?")
_MOBILE = re.compile(r"(?:\+?86[\s-]?)?1[3-9]\d{9}")
_LETTERED = re.compile(r"[A-Za-z0-9](?=[^\s]*\d)[A-Za-z0-9._/#:()\[\]+-]{0,39}")
_LONG_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """A column, what its cells are worth, and which cells do not fit its type (by place)."""

    column: Column
    values: list[Value]
    misfits: list[int]


Worth = Mapping[int, float]
_NO_WORTH: Worth = MappingProxyType({})


def read_column(
    name: str,
    texts: Sequence[str],
    *,
    worth: Worth = _NO_WORTH,
    said: Unit | None = None,
    apart: Set[int] = frozenset(),
) -> Reading:
    """Find a column's type.

    Args:
        name: all of its heads.
        worth: the exact number of a cell whose display is rounded, by place.
        said: the unit that the table's caption gives for what is money.
        apart: places that say nothing about the type: totals.
    """
    counts = Counter(text for place, text in enumerate(texts) if place not in apart)
    filled = Counter({text: n for text, n in counts.items() if text and not is_nothing(text)})
    if not filled:
        return _plain(name, ColumnType.TEXT, texts)
    head = standard(name)
    return (
        _simple(name, ColumnType.BOOLEAN, texts, filled, apart, _boolean)
        or _date(name, head, texts, filled, apart)
        or _simple(name, ColumnType.TIME, texts, filled, apart, dates.time_of)
        or (_plain(name, ColumnType.CODE, texts) if _is_code(head, filled) else None)
        or _numbers(name, texts, filled, worth, said, apart)
        or _plain(name, ColumnType.CODE if _is_lettered(filled) else ColumnType.TEXT, texts)
    )


def _plain(name: str, kind: ColumnType, texts: Sequence[str]) -> Reading:
    known: dict[str, Value] = {}
    for text in texts:
        if text not in known:
            known[text] = fold(text) if text and not is_nothing(text) else None
    return Reading(Column(name, kind), [known[text] for text in texts], [])


def _boolean(text: str) -> Value:
    said = truth(standard(text).lower())
    return None if said is None else int(said)


def _date(
    name: str, head: str, texts: Sequence[str], filled: Counter[str], apart: Set[int]
) -> Reading | None:
    told = dates.says_date(head) or (len(filled) > 1 and all(map(dates.is_dotted_month, filled)))
    first = dates.day_first(filled)

    def read(text: str) -> Value:
        return dates.date_of(text, day_first=bool(first), told=told)

    return _simple(name, ColumnType.DATE, texts, filled, apart, read)


def _simple(
    name: str,
    kind: ColumnType,
    texts: Sequence[str],
    filled: Counter[str],
    apart: Set[int],
    read: Callable[[str], Value],
) -> Reading | None:
    """A column of this type, or None where too few cells fit it."""
    known = _fitting(filled, read)
    if known is None:
        return None
    values = [known.get(text) if text in known else None for text in texts]
    for place in apart:
        if texts[place] and values[place] is None:
            values[place] = read(texts[place])
    return Reading(Column(name, kind), values, _misfits(texts, values, apart))


def _fitting(filled: Counter[str], read: Callable[[str], Value]) -> dict[str, Value] | None:
    """What each text is worth, None where more than one in ten is nothing."""
    left = sum(filled.values()) * (1 - _FITS) + 1e-9
    known: dict[str, Value] = {}
    for text, count in filled.items():
        value = read(text)
        if value is None:
            left -= count
            if left < 0:
                return None
        known[text] = value
    return known


def _misfits(texts: Sequence[str], values: Sequence[Value], apart: Set[int]) -> list[int]:
    return [
        place
        for place, (text, value) in enumerate(zip(texts, values, strict=True))
        if value is None and text and place not in apart and not is_nothing(text)
    ]


# --- codes ----------------------------------------------------------------------------


def _is_code(head: str, filled: Counter[str]) -> bool:
    """Digits that nobody adds up: with zeros in front, telephone numbers, long ones, and those
    whose head says so."""
    telling = bool(_TELLING.search(head))
    total = sum(filled.values())
    digits = Counter({one: n for one, n in filled.items() if one.isascii() and one.isdecimal()})
    if _share(filled, total, lambda one: bool(_MOBILE.fullmatch(one))) >= _FITS:
        return True
    if sum(digits.values()) >= _FITS * total:
        zeros = any(len(one) > 1 and one[0] == "0" for one in digits)
        long = sum(n for one, n in digits.items() if len(one) >= _LONG_DIGITS) >= _FITS * total
        return telling or zeros or (long and len({*map(len, digits)}) == 1)
    called = _is_called if telling else _is_telephone
    if _share(filled, total, called) >= _FITS:
        return True
    lettered = _share(filled, total, lambda one: bool(_LETTERED.fullmatch(standard(one))))
    return telling and lettered >= _FITS and not _is_measured(filled)


def _is_telephone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return 7 <= digits <= 20 and bool(_TELEPHONE.fullmatch(text) or _MOBILE.fullmatch(text))


def _is_called(text: str) -> bool:
    """Whether it may be a telephone number where the head says that it is: with an extension,
    with points."""
    return _is_telephone(text) or bool(_DIALLED.fullmatch(text) and not dates.date_of(text))


def _is_lettered(filled: Counter[str]) -> bool:
    """LT-00001, E1013: letters and digits, or digits with marks, without a blank."""
    total = sum(filled.values())
    return _share(filled, total, lambda one: bool(_LETTERED.fullmatch(one))) >= _FITS


def _is_measured(filled: Counter[str]) -> bool:
    return any(not text.isalnum() and number_of(text) for text in list(filled)[:20])


def _share(filled: Counter[str], total: int, holds: Callable[[str], bool]) -> float:
    """The share of the cells for which something holds; 0 as soon as it is less than enough."""
    left = total * (1 - _FITS) + 1e-9
    for text, count in filled.items():
        if not holds(text):
            left -= count
            if left < 0:
                return 0.0
    return _FITS if left >= 0 else 0.0


# --- numbers --------------------------------------------------------------------------


def _numbers(
    name: str,
    texts: Sequence[str],
    filled: Counter[str],
    worth: Worth,
    said: Unit | None,
    apart: Set[int],
) -> Reading | None:
    comma = decimal_comma(filled)
    parsed = _fitting_numbers(filled, comma)
    if parsed is None:
        return None
    given = unit_in_head(name) or (said if said and _may_be_money(name) else None)
    measure = _Measure.of(parsed, filled, given)
    if measure is None:
        return None
    for place in apart:
        if texts[place] not in parsed:
            parsed[texts[place]] = number_of(texts[place], comma=comma)
    base = {text: measure.base(one) for text, one in parsed.items() if one}
    values: list[Value] = []
    exact: dict[Decimal, Value] = {}
    for place, text in enumerate(texts):
        value = base.get(text)
        if value is not None and place in worth:
            value = measure.exact(worth[place], parsed[text])
        values.append(None if value is None else exact.setdefault(value, _plain_number(value)))
    misfits = _misfits(texts, values, apart)
    if len(misfits) > (1 - _FITS) * sum(filled.values()) + 1e-9:
        return None
    return Reading(_column_of_numbers(name, measure, parsed, [*exact]), values, misfits)


def _fitting_numbers(filled: Counter[str], comma: bool) -> dict[str, Number | None] | None:
    left = sum(filled.values()) * (1 - _FITS) + 1e-9
    parsed: dict[str, Number | None] = {}
    for text, count in filled.items():
        parsed[text] = one = number_of(text, comma=comma)
        if one is None:
            left -= count
            if left < 0:
                return None
    return parsed


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a column's numbers count: `unit` where it stands at them, and what one without any
    counts; None: nobody knows, unless it is zero."""

    unit: Unit
    bare: Unit | None

    @classmethod
    def of(
        cls, parsed: Mapping[str, Number | None], filled: Counter[str], given: Unit | None
    ) -> _Measure | None:
        """None where the cells have several units that cannot be compared. `given`: the head's."""
        units: Counter[Unit] = Counter()
        for text, one in parsed.items():
            if one is not None and one.unit != NONE:
                units[one.unit] += filled[text]
        if not units:
            return cls(given or NONE, given or NONE)
        usual = units.most_common(1)[0][0]
        shown = [one.shown for one in parsed.values() if one is not None]
        if usual.name in _NAMED_TIMES or (
            usual.name == "年" and all(_YEARS[0] <= one <= _YEARS[1] for one in shown)
        ):
            return None  # 3月, 2024年 are names, and nobody adds them up
        if not usual.name and given:  # 1.2万 below 金额(元)
            usual = Unit(given.name, usual.scale, given.is_money, given.is_percent)
        if given is not None:
            return cls(usual, given if given.name == usual.name else None)
        amounts = usual.is_money and usual.scale == 1 and 2 * units[usual] >= sum(filled.values())
        return cls(usual, Unit(usual.name, is_money=True) if amounts else None)

    def base(self, one: Number) -> Decimal | None:
        """What a number is worth in the base unit; None where its own unit is another."""
        scale = self._scale(one)
        if scale is None:
            return Decimal(0) if not one.shown and one.unit == NONE else None
        return one.shown * scale

    def exact(self, worth: float, one: Number | None) -> Decimal:
        """The exact number of a cell: of 98.5% it is the share itself."""
        exact = Decimal(f"{worth:.15g}")
        if one is None or one.unit.is_percent:
            return exact
        return exact * (self._scale(one) or 1)

    def _scale(self, one: Number) -> Decimal | None:
        if one.unit == NONE:
            return None if self.bare is None else self.bare.scale
        return one.unit.scale if one.unit.name in (self.unit.name, "") else None


def _plain_number(value: Decimal) -> Value:
    whole = value.to_integral_value()
    if value == whole and abs(whole) < 1 << 53:
        return int(whole)
    return float(value)


def _column_of_numbers(
    name: str, measure: _Measure, parsed: Mapping[str, Number | None], values: Sequence[Decimal]
) -> Column:
    unit = measure.unit
    numbers = [one for one in parsed.values() if one is not None]
    scales = {
        one.unit.scale if one.unit != NONE else (measure.bare or unit).scale for one in numbers
    }
    decimals = max((_decimals(value) for value in values), default=0)
    if unit.is_percent:
        kind = ColumnType.PERCENT
    elif unit.is_money:
        kind = ColumnType.MONEY
    elif decimals or (scales == {1} and any(one.shown.as_tuple().exponent for one in numbers)):
        kind = ColumnType.DECIMAL
    else:
        kind = ColumnType.INTEGER
    # Where the cells have scales of their own (1.2万元, 800元), none holds for all of them.
    scale = scales.pop() if len(scales) == 1 else Decimal(1)
    return Column(name, kind, unit.name, float(scale), decimals)


def _decimals(value: Decimal) -> int:
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return min(_MOST_DECIMALS, -exponent) if isinstance(exponent, int) and exponent < 0 else 0


_NO_MONEY = re.compile(
    r"率|比例|占比|%|数量|人数|件数|台数|天数|次数|年份|年度$|序号|行次|附注|\b(?:note|qty|quantity|count"
    r"|number|ratio|rate|share|year|no)\b",
    re.I,
)


def _may_be_money(name: str) -> bool:
    """Whether the caption's 单位：万元 speaks of a column: not of counts, shares, line numbers."""
    return not _NO_MONEY.search(name)
