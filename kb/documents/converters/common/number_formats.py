"""Numbers and dates as a sheet shows them (number formats: ISO 29500-1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import datetime
import operator
import re
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from kb.documents.converters.common.han_numbers import in_han

_EXACT = 1e15
"""Larger numbers have more digits than a float holds."""

_LONGEST = 1e21
"""Whole numbers below have no more digits than a code that people use (an account's, a card's)."""

_TOKEN = re.compile(
    r'(?P<general>General|G/通用格式)|"(?P<quoted>[^"]*)"|(?:\\|!(?=\.))(?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]'
    r"|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*,*)?|\.[0#?]+)|(?P<exponent>[Ee][+-]0+)|(?P<plain>.)"
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
_COMPARE = {
    "<=": operator.le,
    ">=": operator.ge,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_FRACTION = re.compile(r"(?P<whole>[#0]+ )?[#0?]+/(?P<below>[?#]+|[1-9]\d*)")
_HAN = re.compile(r"\[DBNum([12])\]", re.I)
_WEEKDAY = re.compile(r"\[\$-(?:0?804|0?404|0?C04)\].*dddd?|a{3,4}|d{3,4}", re.I)
# Libraries take it for the format of a number, and so hand over the day's.
_WEEKDAY_ALONE = re.compile(r"(?:\[\$[^\]]*\])?a{3,4}(?:;@)?", re.I)
_FIRST_DAY = datetime.date(1899, 12, 30)
_LAST_DAY = 2_958_466
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]|General', re.I)
_DATE = re.compile("[ymdhs]", re.I)
_LONG_WEEKDAYS = "星期{}", "周{}"
_HAN_DAYS = "一二三四五六日"


@dataclass(slots=True)
class _Section:
    """What a section of a format does to a number: the text around it, and its digits."""

    before: str = ""
    behind: str = ""
    digits: str = ""
    groups: list[tuple[str, str]] = field(default_factory=list)
    """Places of digits before the last ones, each with the text behind it, as in 000-0000."""
    scale: int = 1
    """What places of digits in groups are divided by."""
    percent: bool = False
    exponent: bool = False
    general: bool = False
    unknown: bool = False


def number_text(value: int | float, number_format: str) -> str:
    """A number with its currency, unit, separators and decimals, and in Han characters where
    those are shown; as it is where the format is
    general, or one that is not known (dates for numbers that are none)."""
    if _WEEKDAY_ALONE.fullmatch(number_format) and 0 < value < _LAST_DAY:
        return date_text(_FIRST_DAY + datetime.timedelta(days=int(value)), number_format)
    if fraction := _FRACTION.fullmatch(number_format):
        return _fraction_text(value, fraction)
    section, magnitude = _section(value, number_format)
    if section is None or section.unknown:
        return plain_number(value)
    if not section.digits and not section.general:
        return f"{section.before}{section.behind}".strip() or plain_number(value)
    if not value:  # a dash beside places of digits stands for the zero that they do not show
        section = replace(section, before=section.before.replace("-", ""))
    sign = "-" if magnitude < 0 else ""
    shown = abs(magnitude) * (100 if section.percent else 1)
    body = plain_number(shown) if section.general else _digits(shown, section)
    text = f"{sign}{section.before}{body}{section.behind}".strip()
    if han := _HAN.search(number_format):
        # Beside the digits, by which it is found and computed with.
        spoken = in_han(body, formal=han[1] == "2", spelled=section.general)
        return f"{text} ({sign}{section.before}{spoken}{section.behind})"
    return text


def text_shown(value: str, number_format: str) -> str:
    """A text with what the format's section for texts puts around it: A7 in "No. "@ is No. A7."""
    section = _split(number_format)[-1] if "@" in number_format else ""
    pieces = [(one.lastgroup, one) for one in _TOKEN.finditer(section)]
    if len(pieces) < 2 or not any(one.group("plain") == "@" for _, one in pieces):
        return value
    texts = [
        value if one.group("plain") == "@" else one.group(kind)
        for kind, one in pieces
        if kind in ("quoted", "escaped", "currency", "plain")
    ]
    return " ".join("".join(texts).split())


def exact_number(value: float, number_format: str) -> float | None:
    """What a number is where its format rounds it, in the unit that it is shown in (a percentage
    stays a share); None where it is shown whole."""
    if _FRACTION.fullmatch(number_format):
        return value
    section, magnitude = _section(value, number_format)
    if section is None or section.unknown or not section.digits or abs(value) >= _EXACT:
        return None
    if section.groups:  # 0\.0, is the way to show tens of thousands; a telephone number is no value
        written = [behind for _, behind in section.groups] == ["."]
        return value / section.scale / 10 ** len(section.digits) if written else None
    _, decimals, thousands = _parts(section.digits)
    shown = abs(magnitude) * (100 if section.percent else 1) / thousands
    if not section.exponent and abs(shown - round(shown, len(decimals))) < 1e-9 * max(1, shown):
        return None
    return value / thousands


def shows_nothing(value: object, number_format: str) -> bool:
    """Whether a format of empty sections (`;;;`) leaves a cell empty, whatever is in it."""
    sections = number_format.split(";")
    least = 4 if isinstance(value, str) else 3
    return len(sections) >= least and not any(one.strip() for one in sections)


def shows_date(number_format: str) -> bool:
    """Whether a format shows a number as a day or a time."""
    return bool(_DATE.search(_LITERAL.sub("", number_format)))


def day_of(value: float) -> datetime.datetime:
    """The day and time of a number, counted from the end of 1899.

    Raises:
        OverflowError: there is no such day.
    """
    first = datetime.datetime.combine(_FIRST_DAY, datetime.time())
    return first + datetime.timedelta(seconds=round(value * 86_400))


def plain_number(value: int | float) -> str:
    """Without a format: up to 12 significant digits, as a sheet shows it. A long whole number (an
    identity card's that was typed as a number) has the 15 digits that the sheet kept, and zeros."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.12g}" if abs(value) < _EXACT else repr(value)
    if isinstance(value, int) or abs(value) < _EXACT:
        return str(int(value))
    return str(int(Decimal(f"{value:.15g}"))) if abs(value) < _LONGEST else repr(value)


def date_text(
    value: datetime.datetime | datetime.date | datetime.time | datetime.timedelta,
    number_format: str,
) -> str:
    """ISO 8601, whatever the order in which the format writes it, with the day of the week where
    it is shown. Hours of a duration go on beyond 24."""
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
        return f"{sign}{hours}:{minutes:02d}" + (
            f":{rest:02d}" if _has_seconds(number_format) else ""
        )
    if isinstance(value, datetime.time):
        return value.isoformat(
            "seconds" if _has_seconds(number_format) or value.second else "minutes"
        )
    text = value.isoformat()
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        text = value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return f"{text} {_weekday(value, number_format)}".rstrip()


def _weekday(day: datetime.date, number_format: str) -> str:
    match = _WEEKDAY.search(re.sub(r'"[^"]*"|\\.', "", number_format))
    if match is None:
        return ""
    token = match.group().lower()
    if token.startswith(("a", "[")):
        return _LONG_WEEKDAYS[token in ("aaa",)].format(_HAN_DAYS[day.weekday()])
    return day.strftime("%A" if token == "dddd" else "%a")


def _has_seconds(number_format: str) -> bool:
    return "s" in number_format.lower()


def _section(value: float, number_format: str) -> tuple[_Section | None, float]:
    """The section of a format that is used for a number, and the number that it shows: one of a
    section for negative numbers has no sign but the section's own."""
    if number_format in ("", "General", "@"):
        return None, value
    sections = _split(number_format)
    if any(_CONDITION.search(one) for one in sections):
        section = _read(_by_condition(value, sections))
        return section, abs(value) if "-" in section.before else value
    if value < 0 and len(sections) > 1:
        section = _read(sections[1])
        # Where only the colour says that it is negative, a text has to say it otherwise.
        said = section.before + section.behind
        signed = re.search(r"[-−(△▲]", said) or _says_sign(said, _read(sections[0]))
        return section, -value if signed else value
    if value == 0 and len(sections) > 2:
        return _read(sections[2]), value
    return _read(sections[0]), value


def _says_sign(said: str, positive: _Section) -> bool:
    """Whether the text around a negative number tells it from one that is not (亏5 and 盈5, ↓5 and
    ↑5), and is no unit of both."""
    other = positive.before + positive.behind
    return bool(re.sub(r"[\s%％$¥￥€£]", "", said)) and said.strip() != other.strip()


def _by_condition(value: float, sections: list[str]) -> str:
    """The first section whose condition holds (`[>=100]`). Of three, a second one without is for
    negative numbers; the last one without is for all that is left."""
    for place, section in enumerate(sections[:3]):
        if condition := _CONDITION.search(section):
            if _COMPARE[condition[1]](value, float(condition[2])):
                return section
        elif place == len(sections[:3]) - 1 or value < 0:
            return section
    return "General"


def _fraction_text(value: float, fraction: re.Match[str]) -> str:
    """A number as the nearest fraction with so many digits below, or with the given number there
    (`# ?/?` of 1.5 is 1 1/2)."""
    below, magnitude = fraction["below"], Fraction(abs(value))
    if below.isdecimal():
        near = Fraction(round(magnitude * int(below)), int(below))
        most = int(below)
    else:
        near = magnitude.limit_denominator(10 ** len(below) - 1)
        most = near.denominator
    whole, rest = divmod(near, 1) if fraction["whole"] else (0, near)
    part = f"{rest * most}/{most}" if rest else ""
    text = f"{whole or ''} {part}".strip() or "0"
    return f"-{text}" if value < 0 and text != "0" else text


@lru_cache(maxsize=1024)
def _split(number_format: str) -> list[str]:
    sections = [""]
    for match in _TOKEN.finditer(number_format):
        if match.group() == ";":
            sections.append("")
        else:
            sections[-1] += match.group()
    return sections


@lru_cache(maxsize=1024)
def _read(section: str) -> _Section:
    found = _Section()
    for match in _TOKEN.finditer(section):
        kind = match.lastgroup
        text = match.group(kind) if kind else ""
        if kind == "general":
            found.general = True
        elif kind == "digits" and not found.digits:
            found.digits = text
        elif kind == "exponent":
            found.exponent = True
        elif kind == "digits" and _is_group(found.digits) and _is_group(text.rstrip(",")):
            found.groups.append((found.digits, found.behind))
            found.digits, found.behind = text.rstrip(","), ""
            found.scale = 1000 ** (len(text) - len(found.digits))
        elif kind == "digits" or (kind == "plain" and text in "/ymdhsgbe" and text.strip()):
            found.unknown = True
        elif kind == "plain" and text == "%":
            found.percent = True
            found.behind += text
        elif kind is None or (kind == "plain" and text == "G"):
            found.unknown |= kind is not None
        elif found.digits or found.general:
            found.behind += text
        else:
            found.before += text
    return found


def _is_group(digits: str) -> bool:
    """Whether these are places of digits that text may stand between, as in a telephone number."""
    return bool(digits) and not set(digits) - set("0#?")


def _in_groups(value: float, section: _Section) -> str:
    """The digits of 000-0000, filled from the right; the first group has what is left."""
    every = "".join(digits for digits, _ in section.groups) + section.digits
    left = f"{_rounded(value / section.scale, 0):.0f}".zfill(every.count("0"))
    left, text = left[: -len(section.digits)], left[-len(section.digits) :]
    for place, (digits, behind) in reversed([*enumerate(section.groups)]):
        shown = left[-len(digits) :] if place else left
        left, text = left[: -len(digits)], f"{shown}{behind}{text}"
    return text


def _parts(digits: str) -> tuple[str, str, int]:
    """The places before and behind the point, and what commas at the end of either divide by
    (`0.0,` shows thousands, `#,##0,,` millions)."""
    whole, _, decimals = digits.partition(".")
    scaled, places = whole.rstrip(","), decimals.rstrip(",")
    commas = len(whole) - len(scaled) + len(decimals) - len(places)
    return scaled, places, 1000**commas


def _digits(value: float, section: _Section) -> str:
    if section.groups:
        return _in_groups(value, section)
    scaled, decimals, thousands = _parts(section.digits)
    least, most = decimals.count("0"), len(decimals)
    if section.exponent:
        return f"{value:.{most}E}"
    value /= thousands
    text = f"{_rounded(value, most):{',' if ',' in scaled else ''}.{most}f}"
    if most > least:
        kept, _, tail = text.partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        text = f"{kept}.{tail}" if tail else kept
    zeros = scaled.count("0")
    integer, point, rest = text.partition(".")
    if zeros > 1 and "," not in scaled:
        integer = integer.zfill(zeros)
    return f"{integer}{point}{rest}"


def _rounded(value: float, decimals: int) -> Decimal | float:
    """Half is rounded up, of the 15 digits that a sheet has: 2.5 is shown as 3, 1.005 as 1.01."""
    if abs(value) >= _EXACT:
        return value
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
