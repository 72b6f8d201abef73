"""What a document says of itself: since when it holds, which version it is, what it replaces.

General wordings of Chinese and English documents, looked for where they stand: at the head, and
in the last provisions. A statement about another document is not told from one about itself; it
counts only among documents of one name (families.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.text.fold import fold
from kb.text.han import HAN
from kb.versions.dates import DAY, first_day, has_year
from kb.versions.names import name_parts


@dataclass(frozen=True, slots=True)
class Statements:
    """See kb.version_types.VersionFacts."""

    effective: int = 0
    dated: int = 0
    number: tuple[int, ...] = ()
    draft: bool = False
    repealed: bool = False
    replaces: bool = False
    replaced: tuple[str, ...] = ()


_ENDS = r"(?:废止|作废|失效|停止执行|不再执行|停止使用|不再有效)"
_BEGINS = r"(?:施行|实施|执行|生效|启用|适用|施用)"
_OF_ITSELF = r"(?!\s*的?\s*《)"
"""2022年7月1日起施行的《…》 is another document's day."""
_EFFECTIVE = (
    re.compile(rf"自?(?P<day>{DAY})\s*(?:起|开始|正式|\s)+{_BEGINS}{_OF_ITSELF}"),
    re.compile(rf"(?P<day>{DAY})\s*(?:起)?(?:正式)?{_BEGINS}{_OF_ITSELF}"),
    re.compile(rf"(?:生效|施行|实施|执行|启用)(?:日期|时间|日)\s*[:：|]?\s*(?P<day>{DAY})"),
    re.compile(
        r"(?:effective|in force|in effect|valid|applicable|takes? effect|applies|with effect"
        r"|comes? into (?:force|effect)|enters? into force)"
        r"(?: date)?(?: as)?(?: of| from| on| since)?"
        rf"\s*[:|]?\s*(?:the )?(?P<day>{DAY})"
    ),
)
_ENDING = (
    re.compile(rf"自?(?P<day>{DAY})\s*起[^。;\n]{{0,8}}?{_ENDS}"),
    re.compile(
        r"(?:withdrawn|repealed|cancelled|superseded) (?:as of|as from|from|on) "
        rf"(?P<day>{DAY})"
    ),
)
"""Since when a notice holds that says no more than what it ends."""
_DATED = re.compile(
    r"(?:日期|时间|签订日期|签署日期|发布日期|编制日期|修订日期|更新日期|发文日期|成文日期"
    r"|date[d]?|issued|published|last updated|updated|revised|signed)(?: on| at)?\s*[:：|]?\s*"
    rf"(?P<day>{DAY})"
)
_NUMBER = re.compile(
    r"(?:版本号?|版次|文件版本|version|revision|rev)\s*(?:no\.?|number)?\s*[:：|]\s*"
    r"(?P<number>v?\d+(?:\.\d+){0,3}|[a-h]\b)"
)
_OF_A_NUMBER = ("版", "version", "rev")
"""What every alternative of it begins with or has in it."""
_FORMER = (
    r"(?:原(?![因料则件价始来])|旧|此前|以前|之前|先前|从前|前述|上述|上一|前一|历次"
    r"|(?:19|20)\d\d年?(?:修订)?版|v\d)"
)
_REPLACES = (
    re.compile(rf"{_FORMER}[^。;\n]{{0,40}}?{_ENDS}"),
    re.compile(rf"《[^》\n]{{2,60}}》[^。;\n]{{0,30}}?(?:同时|即行|相应|予以|自行)?{_ENDS}"),
    re.compile(rf"(?:取代|代替|替代|替换){_FORMER}|(?:取代|代替|替代)\s*《"),
    re.compile(rf"(?:关于|有关)[^。;\n]{{1,20}}的(?:决定|通知|规定)[^。;\n]{{0,6}}{_ENDS}"),
    re.compile(
        r"(?:supersed(?:es?|ing)|replac(?:es?|ing)|cancels?)(?: and (?:supersedes|replaces))?"
        r" (?:the |all |any |our )*"
        r"(?:previous|prior|earlier|former|old|existing|version|edition|last|\d)"
    ),
    re.compile(
        r"(?:previous|earlier|prior|former|old) (?:\w+ )?\w+"
        r"[^.\n]{0,30}(?:void|withdrawn|obsolete|superseded|cancelled|canceled|repealed|no longer)"
    ),
)
_ENDED = r"(?:superseded|withdrawn|repealed|cancelled)"
_ENGLISH_NAME = r"[a-z][a-z0-9 -]{5,60}?"
_NAMED = re.compile(
    rf"《(?P<title>[^》\n]{{2,60}}?)》[^。;\n《》]{{0,40}}?{_ENDS}"
    r"|(?:取代|代替|替代)\s*《(?P<other>[^》\n]{2,60})》"
    r"|(?:supersedes|replaces)(?: the)? [\"“'](?P<quoted>[^\"”'\n]{3,80})[\"”']"
    r"|(?:废止|作废|撤销|停止执行)\s*《(?P<voided>[^》\n]{2,60})》"
    r"|关于(?:废止|作废|撤销|停止执行)(?P<about>[^《》。;\n]{2,40}?)的(?:通知|公告|决定|通告)"
    r"|[\"“](?P<called>[^\"”\n]{3,80})[\"”][^.;\n\"]{0,40}? (?:is|are|ha(?:s|ve) been)"
    rf" (?:hereby )?{_ENDED}"
    rf"|(?:原来?的?|旧的?|此前的)(?P<former>[{HAN}a-z0-9（）()]{{4,30}}?)"
    rf"(?:同时|即行|相应|予以|自行)?{_ENDS}"
    r"|(?:supersedes|replaces|withdraws|cancels) the (?:previous |former |old )?"
    rf"(?P<named>{_ENGLISH_NAME})"
    r"(?= (?:of|dated|issued|from|version|in|which|with|and)\b|[.,;(\n]|$)"
    rf"|(?:the )?(?P<ended>{_ENGLISH_NAME}) (?:is|are) (?:hereby )?{_ENDED}"
)
_OF_AN_END = (
    "废止", "作废", "失效", "停止执行", "不再执行", "停止使用", "不再有效", "取代", "代替", "替代",
    "替换", "撤销", "supersed", "replac", "withdr", "cancel", "repealed", "void", "obsolete",
    "no longer",
)  # fmt: skip
"""What every alternative of _NAMED, _REPLACES and _REPEALED has in it: most texts have none of
these, and to go through them for a name takes as long as to store them."""
_REPEALED = re.compile(
    rf"本(?:文件|制度|办法|规定|标准|版本|通知|规程|程序|合同|文)(?:现)?(?:已经?|被)?{_ENDS}"
    r"|this (?:document|policy|version|edition|notice|procedure) (?:is|was|has been) "
    r"(?:hereby )?(?:repealed|withdrawn|superseded|obsolete|cancelled|void)"
)
_DRAFT = re.compile(r"(?:征求意见稿|送审稿|讨论稿|草案|草稿)|\b(?:draft for|this is a draft)\b")
_WRAPPED = re.compile(r"(?<=[a-z,]) ?\r?\n(?=[a-z])")
"""Where a line of English goes on in the next one."""
_TITLE_CHARACTERS = 120


def statements(head: str, tail: str) -> Statements:
    """Args:
    head: the first part of the text, with its title.
    tail: the last part; empty where the head is all of it.
    """
    first, last = (fold(_WRAPPED.sub(" ", one)) if one else "" for one in (head, tail))
    text = f"{first}\n{last}"
    has_days, has_ends = has_year(text), any(word in text for word in _OF_AN_END)
    days = (_day(pattern, text) for pattern in (*_EFFECTIVE, *_ENDING) if has_days)
    effective = next(filter(None, days), 0)
    ended = _NAMED.finditer(text) if has_ends else ()
    named = [next(filter(None, found.groups())) for found in ended]
    stems = (name_parts(name).stem for name in named)
    return Statements(
        effective=effective,
        dated=_day(_DATED, first) if has_days else 0,
        number=_number(first),
        draft=bool(_DRAFT.search(first[:_TITLE_CHARACTERS])),
        repealed=has_ends and bool(_REPEALED.search(text)),
        replaces=has_ends and (bool(named) or any(one.search(text) for one in _REPLACES)),
        replaced=tuple(dict.fromkeys(filter(None, stems))),
    )


def _day(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return first_day(found["day"]) if found else 0


def _number(text: str) -> tuple[int, ...]:
    found = _NUMBER.search(text) if any(word in text for word in _OF_A_NUMBER) else None
    if found is None:
        return ()
    written = found["number"].removeprefix("v")
    if written.isalpha():
        return (ord(written) - ord("a") + 1,)
    return tuple(map(int, written.split(".")))
