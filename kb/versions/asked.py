"""Which version a question asks for: the one in force, one that it names, two that it compares, or
the one that held on a day."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.text.han import HAN
from kb.version_types import Family, FamilyKind, Member
from kb.versions.dates import Dated, dates, is_within
from kb.versions.names import folded, name_parts, stages, without_ending

_CHANGED = re.compile(
    r"(?:有|做|作)?(?:什么|哪些|何|哪)(?:主要)?(?:变化|变更|变动|改动|修改|调整|修订)"
    r"|(?:修改|修订|调整|改动|变更|改|变)了(?:什么|哪|多少)|变化(?:是什么|在哪|有哪)"
    r"|\b(?:what|how)\b[^?]*\bchange[ds]?\b|\bwhat(?:'s| is) new\b"
)
_COMPARED = re.compile(
    r"区别|差异|差别|不同|相比|对比|比较|变化|变为|变成|改为|涨|降|分别|各是|各为|增加|减少"
    r"|\b(?:differ\w*|compar\w*|versus|vs|change[ds]?|increase[ds]?|decrease[ds]?|from .+ to)\b"
)
_VERSIONS = re.compile(
    r"版|修订|修改|新旧|前后|旧|\b(?:versions?|editions?|revisions?|old|new|previous)\b"
)
_PREVIOUS = re.compile(
    r"(?:修订|修改|修正|调整|改版|变更|更新|改)(?:之|以)?前|(?:旧|老|前一|上一|原)版"
    r"|(?:旧|老|原)(?:制度|办法|规定|合同|标准|政策)"
    r"|\b(?:previous|former|prior|old|earlier|superseded) (?:\w+ )?"
    r"(?:version|edition|policy|rules?|contract|list|one)"
    r"|\bbefore the (?:\w+ )?(?:revision|change|amendment|update)"
)
_HAN = re.compile(f"[{HAN}]")
_OLDEST = re.compile(
    r"(?:第一|最初|最早|初|首)(?:个)?版|\b(?:first|original|initial) (?:version|edition)"
)
_AS_OF_BEFORE = re.compile(r"(?:截至|截止到?|as (?:of|at|on)|until|on)\s*(?:the )?$")
_AT_THE_START = re.compile(r"^(?:请问|如果|若|假如|我?想知道|在|于)?\s*$|[，,]\s*在?$")
_ATTRIBUTE = re.compile(
    r"^\s*(?:年|年度|份)?[^，,。？?]{0,8}(?:入职|签|订立|发布|制定|出生|毕业|建成|投产|采购的|购买的|买的|安装的|到货)"
    r"|^\s*(?:年|年度|份)?(?:底|初|末)?(?:以来|以后|之后|以前|之前|起|至今|后|前)"
)
"""Behind a date: it is that of a thing, or bounds a time."""
_IN_THE_PAST = re.compile(r"\b(?:could|was|were|did|had)\b")
_AS_OF_AFTER = re.compile(r"^\s*(?:时|当时|的时候|那时|为止|以前|之前|那天|当天)")
_EDITION_AFTER = re.compile(
    r"^\s*(?:年|年度)?(?:修订|修正)?(?:版|的?(?:版本|制度|办法|规定|合同|价格表|标准|政策))"
    r"|^\s*(?:version|edition|revision|policy|rules?|list|handbook|contract)"
)
_NUMBERED = re.compile(
    r"(?<![a-z0-9])(?:v|ver|version|rev|revision)[ ._-]?(\d+(?:\.\d+){0,3}|[a-h])(?![a-z0-9])"
    r"|第([一二三四五六七八九十\d]+)版|(?<![a-z0-9])(\d+)(?:st|nd|rd|th) (?:version|edition)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The members that a question is answered from, and whether it asks what differs."""

    members: tuple[Member, ...]
    compares: bool = False


def wanted(question: str, family: Family, today: int) -> Wanted:
    """Args:
    today: the day on which a version is in force that the question does not name.
    """
    text = folded(question)
    found = [*dates(text)]
    named = _named(text, found, family)
    changed = bool(_CHANGED.search(text))
    compares = changed or bool(_COMPARED.search(text) and (_VERSIONS.search(text) or named[1:]))
    if named:
        others = _compared(named, family, today) if compares else named
        return Wanted(others, compares and len(others) > 1)
    day = _as_of(text, found)
    now = family.in_force(day or today)
    if compares and not day:
        return Wanted(_compared((now,), family, today), True)
    if family.kind is FamilyKind.THREAD:
        return Wanted(family.members)
    if _OLDEST.search(text):
        return Wanted(family.members[:1])
    if _PREVIOUS.search(text) and not day:
        return Wanted(_before(now, family) or (now,))
    return Wanted((now,))


def beyond_the_day(question: str) -> str:
    """The question, folded, without the day as of which it asks: the version that held then need
    not speak of that day."""
    text = folded(question)
    for one in reversed([*dates(text)]):
        if _is_as_of(text, one):
            text = f"{text[: one.start]} {text[one.end :]}"
    return text


def _named(text: str, found: list[Dated], family: Family) -> tuple[Member, ...]:
    """The members whose number, stage or date the question writes, the oldest first."""
    numbers = {_number(match) for match in _NUMBERED.finditer(text)}
    days = [one.day for one in found if not _is_as_of(text, one)]
    reached = {*stages(text)}
    named = tuple(
        one
        for one in family.members
        if (one.number and one.number in numbers)
        or _is_dated(one, days)
        or reached & {*_stages_of(one)}
    )
    # What names them all tells none from the others: the year of a contract.
    is_choice = len(named) < len(family.members) or _VERSIONS.search(text) or days[1:]
    return named if is_choice or numbers or reached else ()


def _stages_of(member: Member) -> tuple[str, ...]:
    """What its file's name says; a draft with a letter is a draft, too."""
    own = name_parts(without_ending(member.source)).stages
    return (*own, *("draft" for one in own if one.startswith("draft ")))


def _number(match: re.Match[str]) -> tuple[int, ...]:
    return name_parts(f"x {match.group()}").number


def _is_dated(member: Member, days: list[int]) -> bool:
    """2021 names the member of 2021, a month that of the month, if it tells members apart."""
    own = [day for day in (member.dated, member.since) if day]
    return any(
        is_within(day, asked) or (day % 10_000 == 0 and is_within(asked, day))
        for asked in days
        for day in own
    )


def _as_of(text: str, found: list[Dated]) -> int:
    """The day for which the question asks; the last day of a month or a year."""
    for one in found:
        if _is_as_of(text, one):
            month = one.day // 100 % 100 or 99
            return one.day // 10_000 * 10_000 + month * 100 + (one.day % 100 or 99)
    return 0


def _is_as_of(text: str, one: Dated) -> bool:
    before, after = text[: one.start], text[one.end :]
    if _EDITION_AFTER.search(after):
        return False
    if _AS_OF_BEFORE.search(before) or _AS_OF_AFTER.search(after):
        return True
    if _AT_THE_START.search(before) and one.day // 100 % 100 and not _ATTRIBUTE.search(after):
        return bool(_HAN.search(after))
    return bool(
        re.search(r"\b(?:in|during|throughout)(?: the year)? $", before)
        and _IN_THE_PAST.search(text)
    )


def _compared(named: tuple[Member, ...], family: Family, today: int) -> tuple[Member, ...]:
    """One that is named is compared with the one in force, or with the one before it."""
    if len(named) > 1:
        return named
    now = family.in_force(today)
    others = (now,) if named[0] is not now else _before(now, family)
    return tuple(one for one in family.members if one in (*named, *others))


def _before(member: Member, family: Family) -> tuple[Member, ...]:
    """The newest valid one before it, if there is one."""
    at = family.members.index(member)
    return tuple(one for one in family.members[:at] if one.valid)[-1:]
