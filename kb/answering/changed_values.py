"""A sentence that changes a value states two: 原定4月19日，改期到5月10日; from 15 July to 2 August.
A small model takes the first one for an answer; the one in force is the second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.answering.features import figures
from kb.text.fold import fold
from kb.text.question import Question
from kb.text.sentences import sentence_spans

_VALUE = r"[^。;!?\n]{0,40}?\d[^。;!?\n]{0,24}?"
_WORD = r"[^.;\n]{0,30}?\d[^.;\n]{0,24}?"
_TO = (
    r"(?:改|调整?|变更?|推迟|延期?|延后|提前|顺延|提高|上调|下调|降低?|增加|减少)"
    r"(?:期|成)?(?:到|至|为|在|于)"
)
_MOVES = (
    r"\b(?:moved?s?|postponed?|deferred|shifted|changed?s?|rais(?:ed?|es)|lowered|increase[sd]?"
    r"|reduce[sd]?|brought forward|put off|rescheduled|extended|cut)\b"
)
_CHANGED = re.compile(
    rf"原(?:定|计划|为|是)?(?:于|在|为)?(?P<a>{_VALUE}),?[^。;\n]{{0,12}}?{_TO}(?P<b>{_VALUE})(?=[,。;\n]|$)"
    rf"|(?:从|由)(?P<c>{_VALUE}){_TO}(?P<d>{_VALUE})(?=[,。;\n]|$)"
    rf"|{_MOVES}[^.;\n]{{0,40}}?\bfrom (?P<e>{_WORD}) to (?P<f>{_WORD})(?=[.,;\n]|$)"
)
_PAIRS = (("a", "b"), ("c", "d"), ("e", "f"))
CHANGES = re.compile(
    rf"{_TO}|(?:追加|压缩|延长|缩短)(?:到|至|为)|改(?:期|在|用)|{_MOVES}"
    r"|(?:挪|移|换|调|推|押|错)[到至后前]|往[前后](?:挪|推|移|调|延)|[多少](?:付|交|收|给)"
    r"|\bnow (?:on|at|from)\b|\bnew (?:date|time)\b|\bpush(?:ed|es)? (?:it |back|to)"
    r"|\bswitch(?:ed|es)? to\b"
)
"""In a folded text, that something becomes another than it was."""
OVERRULES = re.compile(
    r"维持|没有?必要|不必|不予|否决|不同意|未(?:获)?(?:通过|批准|采纳)|驳回|不再"
    r"|\b(?:stay(?:s|ed)? (?:at|with)|not (?:necessary|needed|approved)|no need|reject(?:s|ed)"
    r"|turned down|decided against|dropped|instead|overruled?|withdr[ae]wn?"
    r"|more (?:week|day|month)s?)\b"
)
"""In a folded text, that something was decided against, or stays as it was before."""
_FORMER = re.compile(
    r"原(?![因则料件始])|(?<![时日天月年点号])[之以]前|(?:修订|修改|调整?|变更?|改|涨价?|降价?|更新|更换)前"
    r"|曾|旧|过去(?!多少|几)|本来|最初"
    r"|\b(?:original(?:ly)?|first|former(?:ly)?|previous(?:ly)?|before|earlier|old|initial(?:ly)?|from)\b"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def former_values(question: Question, answer: str, texts: Sequence[str]) -> Iterator[str]:
    """The values of an answer that its own source says are no longer so, where the answer does not
    tell the new one and the question does not ask for the former.

    Args:
        answer: without markers.
        texts: of the passages that it cites, folded.
    """
    if asks_for_the_former(question):
        return
    told = figures(fold(answer)) - figures(question.folded)
    for text in texts:
        for start, end in sentence_spans(text):
            for found in _CHANGED.finditer(text[start:end]):
                former, now = next((found[a], found[b]) for a, b in _PAIRS if found[a])
                before, after = figures(former), figures(now)
                if told & (before - after) and not _telling(after - before) <= told:
                    yield former.strip()


def asks_for_the_former(question: Question) -> bool:
    """Whether a question is about what was before a change."""
    return bool(_FORMER.search(question.folded))


def _telling(numbers: set[str]) -> set[str]:
    """Without the year of a day, which an answer need not repeat."""
    return {one for one in numbers if not _YEAR.fullmatch(one)} or numbers
