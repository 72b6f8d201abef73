"""Units of measurement: a number that stands in a passage in metres is no number of decibels."""

from __future__ import annotations

import re

from kb.text.fold import plain, standard

# The spellings of one unit in both languages; a number is never converted.
_SPELLINGS: tuple[tuple[str, ...], ...] = (
    ("kg", "kilogram", "kilograms", "千克", "公斤"),
    ("g", "gram", "grams", "克"),
    ("mg", "milligram", "milligrams", "毫克"),
    ("km", "kilometre", "kilometres", "kilometer", "kilometers", "公里", "千米"),
    ("cm", "centimetre", "centimetres", "centimeter", "centimeters", "厘米"),
    ("mm", "millimetre", "millimetres", "millimeter", "millimeters", "毫米"),
    ("ml", "millilitre", "millilitres", "milliliter", "milliliters", "毫升"),
    ("l", "litre", "litres", "liter", "liters", "升"),
    ("db", "decibel", "decibels", "分贝"),
    ("hz", "hertz", "赫兹"),
    ("w", "watt", "watts", "瓦"),
    ("kw", "kilowatt", "kilowatts", "千瓦"),
    ("kwh", "千瓦时", "度"),
    ("v", "volt", "volts", "伏", "伏特"),
    ("a", "amp", "amps", "ampere", "amperes", "安", "安培"),
    ("bar", "巴"),
    ("kpa", "千帕"),
    ("mpa", "兆帕"),
    ("nm", "牛米", "牛·米"),
    ("rpm", "1/min", "r/min", "转"),
    ("%", "percent", "per cent", "百分之"),
    ("°c", "℃", "celsius", "摄氏度", "degree", "degrees", "度"),
    ("ppm",),
    ("mb", "megabyte", "megabytes", "兆字节"),
    ("gb", "gigabyte", "gigabytes", "吉字节"),
    ("tb", "terabyte", "terabytes", "太字节"),
)
_UNIT_OF = {
    spelling: tuple(one for unit in _SPELLINGS if spelling in unit for one in unit)
    for spelling in dict.fromkeys(one for unit in _SPELLINGS for one in unit)
}
"""A spelling's own and the others of its unit; 度 is one of two."""
_SPELLED = "|".join(re.escape(one) for one in sorted(_UNIT_OF, key=len, reverse=True))
_MEASURED = re.compile(rf"(?P<number>\d[\d,.]*)\s?(?P<unit>{_SPELLED})(?![a-z0-9/])", re.IGNORECASE)

# How a question asks for a unit. One of a single letter, or 度, would be taken out of other words.
_ASKED = re.compile(
    rf"(?:\bhow many |\bin )(?P<word>{_SPELLED})\b|(?:多少|几)\s?(?P<han>{_SPELLED})", re.IGNORECASE
)


def foreign_units(answer: str, passages: str) -> tuple[str, ...]:
    """The answer's numbers with a unit that no passage has in any spelling, as it writes them."""
    text, written = plain(passages), standard(answer)
    return tuple(
        dict.fromkeys(
            match.group().strip()
            for match in _MEASURED.finditer(written)
            if not stands_in(match["unit"], text)
        )
    )


def asked_units(question: str) -> tuple[str, ...]:
    """The units that a question asks for a number of: decibels, 毫米."""
    found = (match["word"] or match["han"] for match in _ASKED.finditer(question))
    return tuple(one for one in found if not (one.isascii() and len(one) == 1) and one != "度")


def stands_in(unit: str, text: str) -> bool:
    """Whether a unit stands in a text (half width, lower case) in any of its spellings."""
    return any(_written(text, one) for one in _UNIT_OF[unit.lower()])


def _written(text: str, unit: str) -> bool:
    """As a word of its own, or behind a digit; Chinese has no borders between words."""
    if not unit.isascii():
        return plain(unit) in text
    return re.search(rf"(?<![a-z]){re.escape(unit)}(?![a-z])", text) is not None
