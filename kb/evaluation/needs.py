"""Whether an answer says what a question needs, by value and not by spelling.

`need` is a list of groups, and of each group one alternative must be said; nothing of `forbid` may
be. An alternative is a number (128000 is also 12.8万 and 128,000), a date (2024-07-27 is also
27 July and 7月27日), a time (14:30 is also 下午2点半), digits with dashes (a telephone number), `~`
and a number (as rounded as the answer has it), `@yes`, `@no` or `@none`, else words, of which a
Latin one may stand in the plural; `=` before digits compares them as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from kb.evaluation.judge import Answered, holds, normal, unmarked
from kb.evaluation.questions import Question
from kb.text.fold import plain
from kb.text.months import MONTHS, month_number
from kb.text.numbers import HAN_DIGITS, HAN_UNITS, han_value


def satisfied(
    answer: str, need: Sequence[Sequence[str]], forbid: Sequence[str] = (), *, question: str = ""
) -> bool:
    """Whether the answer, without markers, says one alternative of each group and nothing
    forbidden. What the question says itself proves nothing."""
    return all(any(says(answer, one, question) for one in group) for group in need) and not any(
        says(answer, one, question) for one in forbid
    )


def by_need(question: Question, judged: Answered) -> Answered:
    """A judged answer to a question that has a need, whose own word on what is right counts."""
    if not judged.found:
        return judged
    text = unmarked(judged.text)
    foreseen = any(says(text, one, question.text) for one in question.wrong)
    if not question.need:
        return replace(judged, mistake=foreseen)
    right = satisfied(text, question.need, question.forbid, question=question.text)
    return replace(judged, contains=right, mistake=foreseen and not right)


def says(answer: str, alternative: str, question: str = "") -> bool:
    """Whether an answer says one alternative; see the module."""
    wanted = plain(alternative).strip()
    if wanted in _CLAIMS:
        return _claims(answer, wanted)
    if wanted.startswith("~"):
        return any(_rounded(Decimal(wanted[1:].rstrip("%")), one) for one in _new(answer, question))
    if found := _DAY.fullmatch(wanted):
        return any(_same_day(found, one) for one in _days(answer))
    if found := _CLOCK.fullmatch(wanted):
        return (int(found[1]), int(found[2])) in {*_times(answer)}
    if _DIGITS_AND_DASHES.fullmatch(wanted):
        digits = r"[\s().-]*".join(re.sub(r"\D", "", wanted))
        return re.search(rf"(?<!\d){digits}(?!\d)", plain(answer)) is not None
    if _AMOUNT.fullmatch(wanted):
        return any(_equals(wanted, one) for one in _new(answer, question))
    if wanted.startswith("="):
        return holds(answer, [wanted[1:]])
    plurals = (
        [f"{wanted}s", f"{wanted}es"] if wanted[-1:].isascii() and wanted[-1:].isalpha() else []
    )
    return holds(answer, [wanted, *plurals])


# --- numbers --------------------------------------------------------------------------

_AMOUNT = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?%?")
_DIGITS_AND_DASHES = re.compile(r"\d+(?:-\d+)+")
_SCALES = {
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "万": 10**4,
    "千": 10**3,
    "million": 10**6,
    "thousand": 10**3,
}
_NUMBER = re.compile(
    r"(?<![\d.a-z-])(?P<number>\d+(?:\.\d+)?)(?![\d-]|[.:]\d)\s*"
    rf"(?P<scale>(?!千[瓦克米卡])(?:{'|'.join(_SCALES)}))?\s*(?P<percent>%|percent|per cent)?"
)
# Chinese numerals are often parts of words; before what is counted they are numbers.
_COUNTED = "个名位台份件种人项次天日月年家张条起批款类元小周"
_HAN_COUNT = re.compile(rf"(?<!\d)(?<!\d )[{''.join([*HAN_DIGITS, *HAN_UNITS])}]+(?=[{_COUNTED}])")
_ENGLISH = dict(
    zip(
        re.findall(r"\w+", "one two three four five six seven eight nine ten eleven twelve"),
        range(1, 13),
        strict=True,
    )
)
_ENGLISH_NUMBER = re.compile(rf"\b({'|'.join(_ENGLISH)})\b")


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number with as many decimals as it was written with; `scale` is that of its unit."""

    value: Decimal
    decimals: int
    scale: int
    percent: bool


def _new(answer: str, question: str) -> list[_Amount]:
    """The answer's numbers that the question does not say."""
    asked = {one.value for one in _amounts(question)}
    return [one for one in _amounts(answer) if one.value not in asked]


def _amounts(text: str) -> list[_Amount]:
    spelled = _HAN_COUNT.sub(lambda one: str(han_value(one[0])), normal(text))
    spelled = _ENGLISH_NUMBER.sub(lambda one: str(_ENGLISH[one[1]]), spelled)
    return [
        _Amount(
            Decimal(found["number"]) * (scale := _SCALES.get(found["scale"] or "", 1)),
            len(found["number"].partition(".")[2]),
            scale,
            bool(found["percent"]),
        )
        for found in _NUMBER.finditer(spelled)
    ]


def _equals(wanted: str, given: _Amount) -> bool:
    value = Decimal(wanted.rstrip("%").replace(",", ""))
    if given.percent or not wanted.endswith("%"):
        return value == given.value
    return value == given.value * 100


def _rounded(value: Decimal, given: _Amount) -> bool:
    """Whether a number is the value, rounded or cut to the digits that it has; one digit alone is
    too little to tell."""
    unit = Decimal(given.scale).scaleb(-given.decimals)
    if given.value < 10 * unit and value != given.value:
        return False
    ways = {(value / unit).to_integral_value(way) for way in (ROUND_HALF_UP, ROUND_DOWN)}
    return given.value / unit in ways


# --- days and times -------------------------------------------------------------------

_NAMED = rf"(?P<m>{'|'.join(MONTHS)})[a-z]*\.?"
_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)(?:-(?P<d>\d\d))?")
_DAYS = (
    re.compile(
        r"(?<!\d)(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})(?:\s*[-/.月]\s*(?P<d>\d{1,2}))?(?!\d)"
    ),
    re.compile(r"(?<![\d年])(?P<m>\d{1,2})月(?P<d>\d{1,2})(?!\d)"),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_NAMED}(?:,? (?P<y>\d{{4}}))?"),
    re.compile(rf"\b{_NAMED} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y>\d{{4}}))?"),
    re.compile(rf"\b{_NAMED},? (?P<y>\d{{4}})"),
)
_CLOCK = re.compile(r"(\d\d):(\d\d)")
_TIMES = re.compile(
    r"(?P<half>上午|下午|晚上|中午)?\s*(?<![\d:])(?P<hour>\d{1,2})"
    r"(?:[:点时](?P<minute>\d{1,2}|半)?(?!间)|(?=\s*[ap]\.?m))\s*(?P<english>[ap])?"
)


def _days(text: str) -> Iterator[re.Match[str]]:
    rest = plain(text)
    for pattern in _DAYS:
        yield from pattern.finditer(rest)
        rest = pattern.sub(";", rest)


def _same_day(wanted: re.Match[str], given: re.Match[str]) -> bool:
    parts = given.groupdict()
    month = parts["m"]
    number = month_number(month) if month in MONTHS else int(month)
    if number != int(wanted["m"]) or parts.get("y") not in (None, wanted["y"]):
        return False
    return not wanted["d"] or (bool(parts.get("d")) and int(parts["d"]) == int(wanted["d"]))


def _times(text: str) -> Iterator[tuple[int, int]]:
    for found in _TIMES.finditer(plain(text)):
        late = found["half"] in ("下午", "晚上") or found["english"] == "p"
        hour = int(found["hour"])
        minute = 30 if found["minute"] == "半" else int(found["minute"] or 0)
        yield (hour + 12 if late and hour < 12 else hour), minute


# --- yes and no -----------------------------------------------------------------------

_CLAIMS = ("@yes", "@no", "@none")
_YES = re.compile(r"\s*(?:是的?|对|可以|能|要|需要|允许|有|yes)(?![a-z])")
_NO = re.compile(
    r"不(?!同|良|合格|少于|超过|低于|仅)|没有|禁止|严禁|无(?!论|法)|未(?!来)|否"
    r"|\b(?:no|not|never|cannot|none|nobody|prohibited|forbidden)\b|n't\b"
)
_AFFIRMS = re.compile(
    r"可以|应|允许|必须|需|有|会|\b(?:yes|may|can|must|is|are|does|do|allowed|should|shall)\b"
)
_SENTENCE = re.compile(r"[。！!?？;；\n]|\.(?!\d)")


def _claims(answer: str, wanted: str) -> bool:
    """By how the first sentence opens, else by its words."""
    first = next((one for one in _SENTENCE.split(plain(answer)) if one.strip()), "")
    denies = bool(_NO.search(first)) and not _YES.match(first)
    if wanted == "@yes":
        return not denies and bool(_YES.match(first) or _AFFIRMS.search(first))
    if wanted == "@none" and any(one.value == 0 for one in _amounts(first)):
        return True
    return denies
