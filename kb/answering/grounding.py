"""What an answer claims in numbers, identifiers and names, and the passages do not hold.

Numbers are compared by value, dates by year, month and day, identifiers by their letters and
digits: 1,280,000 and 128万, 2024年9月17日 and 2024-09-17, 二十四 and 24, X-300 and X300 meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from kb.answering.features import without_extension
from kb.answering.names import foreign_names
from kb.answering.units import foreign_units
from kb.answering.values import foreign_durations
from kb.text.english_numbers import ENGLISH_NUMBER, ENGLISH_NUMBERS
from kb.text.fold import plain, standard
from kb.text.han import HAN, MARKS
from kb.text.months import MONTHS, month_number
from kb.text.numbers import (
    HAN_DIGITS,
    HAN_GROUPS,
    HAN_UNITS,
    Telephone,
    han_value,
    telephones,
)
from kb.text.question import Question
from kb.types import Passage


@dataclass(frozen=True, slots=True)
class _Meaning:
    """`fact` is what a token says, in canonical form.

    `parts` are facts that amount to it together, `implied` ones that follow from it:
    2024-09-17 may be found as a 9月17日 beside a 2024, and says that there was a 9月17日.
    """

    fact: str
    parts: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    text: str
    start: int
    meaning: _Meaning


def unsupported(
    answer: str,
    passages: Sequence[Passage],
    *,
    question: Question,
    beside: Sequence[Passage] = (),
) -> tuple[str, ...]:
    """The answer's numbers, dates, e-mail addresses, identifiers and names that no passage holds,
    and its numbers in a unit that no passage has.

    Each once, as the answer writes it (in half width). A plain number that the question brought
    up is no claim of the answer's; an identifier is, since a question may name what does not
    exist. Numbering at the start of a line and `[n]` markers are not looked at.

    Args:
        answer: with or without markers.
        passages: those that the answer cites.
        beside: other passages of the cited documents. Only a unit may stand there: a table's
            head and its rows can fall into two chunks.
    """
    held: set[str] = set()
    for passage in passages:
        for text in (passage.text, *_places(passage)):
            held |= _facts(text)
    places = [place for passage in passages for place in _places(passage)]
    held |= {fact for fact in _facts(question.text) if not fact.startswith("id:")}
    written = _NUMBERING.sub(" ", answer)
    missing = [
        claim.text
        for claim in _claims(written)
        if not _is_word(claim.text)
        and not _follows(claim.meaning, held)
        and not _is_named(claim, places)
    ]
    near = [*passages, *beside]
    texts = "\n".join(f"{passage.section}\n{passage.text}" for passage in near)
    lengths = foreign_durations(written, f"{texts}\n{question.text}")
    units = [
        one
        for one in (*foreign_units(answer, texts), *lengths)
        if not one.startswith(tuple(missing))
    ]
    whole = ["\n".join((p.text, p.source, *_places(p))) for p in passages]
    names = foreign_names(written, whole, question=question)
    return tuple(dict.fromkeys((*missing, *units, *names)))


def dates_lacking(question: Question, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The whole dates of a question (year, month and day) that no passage holds in any form."""
    held = {
        fact
        for passage in passages
        for text in (passage.text, *_places(passage))
        for fact in _facts(text)
    }
    return tuple(
        claim.text
        for claim in _claims(question.text)
        if claim.meaning.fact.startswith("date:") and not _follows(claim.meaning, held)
    )


def _places(passage: Passage) -> tuple[str, str, str]:
    """Title, section, and the path without its extension, which would become a part of an
    identifier at the name's end."""
    return passage.title, passage.section, without_extension(passage.source)


def _is_named(claim: _Claim, places: Sequence[str]) -> bool:
    """An identifier within the words of a title or a path: IR-2024-031 in
    incident-report-IR-2024-031, X200 in X200-pump-manual; not HT-2024 in HT-2024-0917."""
    if not claim.meaning.fact.startswith("id:"):
        return False
    parts = re.findall(r"\d+|[a-z]+", claim.text.lower())
    body = r"[-_./ ]?".join(map(re.escape, parts))
    named = re.compile(rf"(?<![a-z0-9]){body}(?![a-z]*\d|[-_./]\d)")
    return any(named.search(plain(place)) for place in places)


def _follows(meaning: _Meaning, held: Set[str]) -> bool:
    return meaning.fact in held or (bool(meaning.parts) and held >= {*meaning.parts})


def _facts(text: str) -> set[str]:
    # A passage may spell a number that the answer writes in digits; the other way round nothing is
    # claimed in digits.
    meanings = (claim.meaning for claim in _claims(text) if claim.text[0] not in _NO_START)
    spelled = {f"num:{ENGLISH_NUMBERS[word]}" for word in ENGLISH_NUMBER.findall(text.lower())}
    return spelled | {fact for m in meanings for fact in (m.fact, *m.parts, *m.implied)}


def _claims(text: str) -> list[_Claim]:
    """In the order of the text."""
    written = standard(text)
    rest = written.lower()
    shown = written if len(written) == len(rest) else rest
    found: list[_Claim] = []
    for one in telephones(rest):
        found.append(_Claim(shown[one.start : one.end], one.start, _telephone(one)))
        rest = rest[: one.start] + "\0" * (one.end - one.start) + rest[one.end :]
    for pattern, read in _READERS:
        for match in pattern.finditer(rest):
            text = shown[match.start() : match.end()].strip()
            found.append(_Claim(text, match.start(), read(match)))
        # What one pattern has read is hidden from those after it.
        rest = pattern.sub(lambda match: "\0" * len(match.group()), rest)
    return sorted(found, key=lambda claim: claim.start)


def _is_word(text: str) -> bool:
    """Chinese numerals are often parts of words: 一种, 万一, 百姓, 千万."""
    return text[0] in _HAN_NUMERALS and (len(text) == 1 or text[0] in _NO_START)


# --- the kinds of claims --------------------------------------------------------------

_NUMBERING = re.compile(r"^\s*\d{1,2}[.、)）]\s+|[\[［【]\s*\d[\d,，、\s]*[\]］】]", re.MULTILINE)

_MAIL = re.compile(r"[a-z0-9][\w.+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+")

_URL = re.compile(rf"(?:https?://|www\.)[^\s{HAN}{MARKS}<>\"'()\[\]]+[\w/]")

_MONTH = r"1[0-2]|0?[1-9]"
_DAY = r"3[01]|[12]\d|0?[1-9]"
_DATE = re.compile(
    rf"(?<![\d.-])(?P<y>[12]\d{{3}})\s*(?P<mark>[-/.年])\s*(?P<m>{_MONTH})\s*"
    rf"(?:[-/.月]\s*(?P<d>{_DAY})(?![\d-])\s*[日号]?|月)"
)
_DAY_OF_YEAR = re.compile(rf"(?<!\d)(?P<m>{_MONTH})\s*月\s*(?P<d>{_DAY})\s*[日号]")
_MONTH_NAME = rf"(?P<m>{'|'.join(MONTHS)})[a-z]*\.?"
_YEAR_BEHIND = r"(?:,?\s+(?P<y>[12]\d{3}))?(?!\d)"
_MONTH_FIRST = re.compile(rf"\b{_MONTH_NAME}\s+(?P<d>{_DAY})(?:st|nd|rd|th)?\b{_YEAR_BEHIND}")
_DAY_FIRST = re.compile(rf"(?<!\d)(?P<d>{_DAY})(?:st|nd|rd|th)?\s+{_MONTH_NAME}{_YEAR_BEHIND}")

_HAN_FIGURE = "[〇零一二三四五六七八九十]"
_HAN_DAY_OF_YEAR = re.compile(rf"(?P<m>{_HAN_FIGURE}{{1,2}})月(?P<d>{_HAN_FIGURE}{{1,3}})[日号]")

_TIME = re.compile(r"(?<![\d:])(?P<hour>[0-2]?\d)\s*[:点时]\s*(?P<minute>[0-5]\d)(?![\d:])分?")

_IDENTIFIER = re.compile(
    r"(?<![a-z0-9])"
    r"(?:[a-z]+[-_./]?\d[a-z0-9]*|\d+[-_./]?[a-z]+[-_./]?\d+[a-z0-9]*|[a-z]+(?:[-_/][a-z]+)+[-_/]\d[a-z0-9]*)"
    r"(?:[-_./][a-z0-9]+)*"
)
_PHONE = re.compile(r"(?<![a-z0-9.])\+?\d{2,}(?:[ -]\d{3,}){1,4}(?![a-z0-9])")

_SCALES = {
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "k": 1_000,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
}
_NUMBER = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:\s*(?P<scale>{'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![a-z]))?"
)
_HAN_NUMERALS = {*HAN_DIGITS, *HAN_UNITS, *HAN_GROUPS}
_NO_START = "百千万亿"
"""No number begins with these: 万元 is a unit, 百姓 a word."""
_HAN_NUMBER = re.compile(f"[{''.join(sorted(_HAN_NUMERALS))}]+")

_LONG = 7
"""Digits from which on a number may be a telephone's, and its grouping is of no account."""


def _url(match: re.Match[str]) -> _Meaning:
    return _Meaning(f"url:{match.group()}")


def _mail(match: re.Match[str]) -> _Meaning:
    return _Meaning(f"mail:{match.group()}")


def _date(match: re.Match[str]) -> _Meaning:
    year, day = (match.groupdict().get(part) for part in ("y", "d"))
    month = match["m"]
    return _day(year, month_number(month) if month in MONTHS else int(month), day)


def _han_day(match: re.Match[str]) -> _Meaning:
    return _day(None, han_value(match["m"]), str(han_value(match["d"])))


def _day(year: str | None, month: int, day: str | None) -> _Meaning:
    of_year = f"day:{month}-{int(day)}" if day else f"num:{month}"
    implied = tuple(f"num:{int(part)}" for part in (month, day) if part)
    if not year:
        return _Meaning(of_year, implied=implied)
    return _Meaning(
        f"date:{year}-{month}-{int(day)}" if day else f"month:{year}-{month}",
        parts=(of_year, f"num:{year}"),
        implied=(f"month:{year}-{month}", *implied),
    )


def _time(match: re.Match[str]) -> _Meaning:
    hour, minute = int(match["hour"]), int(match["minute"])
    return _Meaning(f"time:{hour}:{minute}", parts=() if minute else (f"num:{hour}",))


def _identifier(match: re.Match[str]) -> _Meaning:
    groups = re.split(r"[^a-z0-9]", match.group())
    return _Meaning(
        f"id:{''.join(groups)}", implied=tuple(_plain(g) for g in groups if g.isdigit())
    )


def _telephone(one: Telephone) -> _Meaning:
    digits = "".join(one.groups)
    parts = tuple(_plain(group) for group in one.groups)
    return _Meaning(f"id:{one.number}", parts=parts, implied=(f"id:{digits}",))


def _phone(match: re.Match[str]) -> _Meaning:
    groups = re.findall(r"\d+", match.group())
    return _Meaning(f"id:{''.join(groups)}", parts=tuple(_plain(group) for group in groups))


def _number(match: re.Match[str]) -> _Meaning:
    digits = match["number"].replace(",", "")
    if match["scale"]:
        value = Decimal(digits) * _SCALES[match["scale"]]
        return _Meaning(_plain(f"{value:f}"), implied=(_plain(digits),))
    return _Meaning(_plain(digits), parts=(f"id:{digits}",) if len(digits) >= _LONG else ())


def _plain(digits: str) -> str:
    """By value: 50.0 is 50. A leading zero makes it a code: 0917 is not 917."""
    if digits.startswith("0") and digits.isdigit() and len(digits) > 1:
        return f"id:{digits}"
    return f"num:{digits.rstrip('0').rstrip('.') if '.' in digits else digits}"


def _han_number(match: re.Match[str]) -> _Meaning:
    return _Meaning(f"num:{han_value(match.group())}")


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Meaning]], ...] = (
    (_URL, _url),
    (_MAIL, _mail),
    (_HAN_DAY_OF_YEAR, _han_day),
    (_DATE, _date),
    (_DAY_OF_YEAR, _date),
    (_MONTH_FIRST, _date),
    (_DAY_FIRST, _date),
    (_TIME, _time),
    (_IDENTIFIER, _identifier),
    (_PHONE, _phone),
    (_NUMBER, _number),
    (_HAN_NUMBER, _han_number),
)
