"""Whether the figure of an answer is of the kind that was asked for.

A number says what it is by what stands beside it. 38 m of head is no noise level of 38, and a
telephone number is no staff number, though each stands in a passage on the right pump or person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from kb.answering.names import words
from kb.answering.properties import Property, answers, labels, listed
from kb.answering.units import asked_units, stands_in
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question

# The property that is asked for: 张飞的[工号]是多少, what is the [staff number] of Zhang Fei.
_PROPERTIES = (
    re.compile(r"的([^的，,。？?\s]{2,10}?)(?:是|为)?(?:多少|什么|哪个|几号|几)"),
    re.compile(r"\bwhat (?:is|was|are|were) the ([a-z][a-z -]*?) (?:of|for|in|on|at)\b"),
)
# What does not tell by itself what it is: a code, or a long number without a unit.
_CODE = re.compile(
    r"(?<![a-z0-9.])(?<!\d,)"
    rf"(?:[a-z]+[-_./]?\d[a-z0-9./_-]{{2,}}|\d{{5,}}(?:[-_./]\d+)*(?![\d,.]*\s*[%a-z{HAN}]))"
)

# A count or an amount is asked for, and how one may be said without a digit.
_ASKS_FOR_A_COUNT = re.compile(
    r"(?:多少|几)(?:个?(?:工作日|小时|分钟|星期|月|季度)|公里|千米|平方米|[天日年岁周次人名位元块万家台件条层米吨度]|公斤|克)"
    r"|百分之几|\bhow many\b"
)
_COUNT = re.compile(
    r"\d|[零一二两三四五六七八九十百千万半]|没有|不限|全部|所有|无需|\b(?:one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?"
    r"|millions?|billions?|dozens?|half|no|none|nobody"
    r"|several|few|many|couple|single|never|both|all|each|once|twice|majority|most)\b"
)

# A day is asked for, and how one may be said without a digit.
_ASKS_FOR_A_DAY = re.compile(
    r"哪一?[天日](?!常)|几月几[日号]|[在是]几号(?![房楼门车库机柜线])|星期几|[周礼]拜?几"
    r"|\b(?:(?:which|what) (?:day|date|weekday)|on what date)\b"
)
_DAY = re.compile(
    r"\d|[零一二两三四五六七八九十][日号天月]|[周礼]拜?[一二三四五六日天末]|星期|[当次翌每同今明昨前后隔][天日]|[月年季][初底末中]"
    r"|[元春中国端清重五]\w{1,2}节|除夕|元旦|生日"
    r"|\b(?:today|tomorrow|yesterday|daily|\w+days?|first|last|\w+th|same|next)\b"
)

KindOf = Callable[[str], Property]
"""The kind of a property that no list names, by its meaning."""


def of_another_kind(
    question: Question, answer: str, texts: Sequence[str], *, kind_of: KindOf | None = None
) -> tuple[str, ...]:
    """What the question asks for and the cited texts do not speak of, while the answer gives a
    figure: a unit of measurement, or, where the figure is a code, the property's name. And the
    count or the day that is asked for where the answer has none.

    Args:
        answer: without markers.
        texts: the cited passages with title and section, in the question's language.
        kind_of: for names that no list has; without it such a name is nothing else's other name.
    """
    text, folded = fold("\n".join(texts)), fold(answer)
    missing = []
    if any(figure not in question.folded for figure in re.findall(r"\d[\d.,]*", folded)):
        missing = [unit for unit in asked_units(question.folded) if not stands_in(unit, text)]
    if (count := _ASKS_FOR_A_COUNT.search(question.folded)) and not _COUNT.search(folded):
        missing.append(count[0])
    if (day := _ASKS_FOR_A_DAY.search(question.folded)) and not _DAY.search(folded):
        missing.append(day[0])
    if codes := _added_codes(question, folded):
        missing += _missing_property(question, codes, text, kind_of)
    return tuple(dict.fromkeys(missing))


def held_under_other_names(
    question: Question, answer: str, text: str, *, kind_of: KindOf | None = None
) -> tuple[str, ...]:
    """The words of the property that is asked for, where a text has it under another name: 电话
    of a row with a 手机."""
    folded = fold(text)
    phrase = _phrase(question.folded)
    asked = _kind_asked(phrase, question.folded)
    if any(answers(asked, kind) for _, kind in listed(folded)):
        names = (name for name, _ in listed(question.folded))
        return tuple(dict.fromkeys((*words(phrase), *names)))
    codes = _added_codes(question, fold(answer))
    labelled = [[*labels(code, folded)] for code in codes]
    if phrase and kind_of and _is_meant(phrase, asked, labelled, kind_of):
        return words(phrase)
    return ()


def names_property(question: Question, text: str) -> bool:
    """Whether a folded text has the property that a question asks for, under this or another name;
    not where the question asks in a way that names none."""
    phrase = _phrase(question.folded)
    asked = _kind_asked(phrase, question.folded)
    if any(answers(asked, kind) for _, kind in listed(text)):
        return True
    named = words(phrase)
    return bool(named) and all(word in text for word in named)


def _added_codes(question: Question, answer: str) -> list[str]:
    """What a folded answer gives that does not tell by itself what it is."""
    codes = (code.group() for code in _CODE.finditer(answer))
    return [code for code in codes if code not in question.folded]


def _missing_property(
    question: Question, codes: Sequence[str], text: str, kind_of: KindOf | None
) -> list[str]:
    """The words of the property that was asked for, where the text has none of them under any
    name, or where each code bears another property's name."""
    phrase = _phrase(question.folded)
    asked = _kind_asked(phrase, question.folded)
    labelled = [[*labels(code, text)] for code in codes]
    if asked is not Property.OTHER:
        if any(map(all, _of_others(asked, labelled))):
            return [*words(phrase)] or [name for name, _ in listed(question.folded)]
        if any(answers(asked, kind) for places in labelled for kind, _ in places):
            return []
    named = words(phrase)
    if not named or any(word in text for word in named):
        return []
    return [] if kind_of and _is_meant(phrase, asked, labelled, kind_of) else [*named]


def _phrase(question: str) -> str:
    """The property as a question names it; empty where it asks in another way."""
    found = (pattern.search(question) for pattern in _PROPERTIES)
    return next((match[1] for match in found if match), "")


def _kind_asked(phrase: str, question: str) -> Property:
    """By the list. Of a telephone's extension the narrower one is asked for; of two kinds that are
    nothing to each other no rule tells which."""
    kinds = {kind for _, kind in listed(phrase or question)}
    kinds = {one for one in kinds if not any(answers(one, each) for each in kinds - {one})}
    return kinds.pop() if len(kinds) == 1 else Property.OTHER


def _of_others(
    asked: Property, labelled: Sequence[Sequence[tuple[Property, str]]]
) -> Iterator[list[bool]]:
    """For each code whether each of its places bears another property's name."""
    for places in labelled:
        if places:
            yield [kind is not Property.OTHER and not answers(asked, kind) for kind, _ in places]


def _is_meant(
    phrase: str,
    asked: Property,
    labelled: Sequence[Sequence[tuple[Property, str]]],
    kind_of: KindOf,
) -> bool:
    """Whether some code's label is another name of the property, by the meaning of both."""
    if asked is Property.OTHER:
        asked = kind_of(phrase)
    if asked is Property.OTHER:
        return False
    for kind, label in (place for places in labelled for place in places):
        if kind is Property.OTHER and label and not listed(label):
            kind = kind_of(label)
        if answers(asked, kind):
            return True
    return False
