"""A question in several parts, told by rule: each part is then searched for by itself.

What is taken for several parts:

    A的价格是多少？B的重量呢 …        sentences that are questions, each complete
    what is X, and who wrote Y        clauses with a question word each
    A的价格和B的重量                   two properties, each of its own subject
    the price of A and the weight of B
    A和B的价格分别是多少               one property of several subjects, said to be several

What leans on the part before it (它, 呢, its, that) stays with it. A question about two things at
once ("the difference between A and B", "A和B的关系") is one question.
"""

from __future__ import annotations

import re

from kb.text.han import HAN

_MOST = 4
"""Parts at most; a longer list is searched as it stands."""

_ASKS = re.compile(
    r"什么|甚么|多少|谁|哪|几|如何|怎|为何|何时|何地|何人|何种|多[大久长高远重快]|吗|是否"
    r"|\b(?:what|who|whom|whose|when|where|why|how|which)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^[^的]*?(?:它|他|她|其(?!他)|该|此|这|那)|^[^的]*呢[？?]?$"
    r"|\b(?:it|its|they|them|their|theirs|he|him|his|she|her|this|that|these|those|one|ones"
    r"|each other)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^？?]+[？?]*")
# In English only before "and": after a bare comma, "which" begins a relative clause.
_CLAUSE = re.compile(
    rf"(?:[，；]|[,;](?=\s*[{HAN}]))\s*(?:并且|以及|还有|而且|同时|另外)?|以及|还有|并且"
    r"|[,;]?\s+and\s+(?!(?-i:WHO)\b)(?=(?:what|who|whom|whose|when|where|why|how|which)\b)",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"关系|区别|差别|差异|不同|异同|共同|相同|比较|相比|对比|之间|联系"
    r"|\b(?:differ\w*|relat\w*|between|compar\w*|common|both|versus|vs)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"和|与|跟|及|、|分别|各|\b(?:and|or|each)\b", re.IGNORECASE)
_PROPERTY = r"[^的，,]{1,20}的(?!是|什么)[^的，,]{1,8}?"
_PROPERTIES = re.compile(
    rf"(?P<one>{_PROPERTY})(?:和|与|及|以及|、)(?P<other>{_PROPERTY})"
    r"(?:分别)?(?:是|为|有|在)?(?:多少|什么|谁|哪.*|几.*|怎.*|如何)?呢?[？?。]?"
)
_OF = re.compile(
    r"(?:\w+ (?:is|are|was|were) )?(?P<one>the [\w' -]+? of .+?),? and "
    r"(?P<other>the [\w' -]+? of .+)",
    re.IGNORECASE,
)
_SEVERALLY = re.compile(r"(?P<all>[^的，,]+?)的(?P<what>[^的，,]+?)(?:各自|分别).*")
_AND = re.compile(r"、|和|与|及|以及")
_WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+")
_LEAST = 3


def parts(question: str) -> tuple[str, ...]:
    """The parts of a question, in order; empty where it is one question.

    Nothing is lost by a wrong division: the caller searches for the whole question too.
    """
    text = question.strip()
    if _TOGETHER.search(text):
        return ()
    for divided in (_questions(text), _clauses(text), _severally(text), _two(text)):
        if 1 < len(divided) <= _MOST and all(_stands(part) for part in divided):
            return tuple(divided)
    return ()


def asks_for_several(question: str) -> bool:
    """Whether a question may be after more than one thing, of which one sentence need not speak:
    several parts, or things that are joined or compared. Rather too often than too rarely."""
    wide = (_JOINED, _TOGETHER)
    return bool(parts(question)) or any(pattern.search(question) for pattern in wide)


def _questions(text: str) -> list[str]:
    found = [part.strip() for part in _QUESTION.findall(text)]
    return _with_what_leans([part for part in found if part.strip(" ？?")])


def _clauses(text: str) -> list[str]:
    """Between two marks there may be a clause that asks nothing: it belongs to what follows."""
    found: list[str] = []
    start = 0
    for mark in _CLAUSE.finditer(text):
        before, after = text[start : mark.start()], text[mark.end() :]
        if _ASKS.search(before) and _ASKS.search(after):
            found.append(before.strip())
            start = mark.end()
    return _with_what_leans([*found, text[start:].strip()])


def _severally(text: str) -> list[str]:
    match = _SEVERALLY.fullmatch(text)
    return [f"{one}的{match['what']}" for one in _AND.split(match["all"])] if match else []


def _two(text: str) -> list[str]:
    match = _PROPERTIES.fullmatch(text) or _OF.fullmatch(text)
    if match is None or _ASKS.search(match["one"]):
        return []
    return [match["one"].strip(), match["other"].strip()]


def _with_what_leans(found: list[str]) -> list[str]:
    joined: list[str] = []
    for part in found:
        if joined and _LEANS.search(part):
            joined[-1] = f"{joined[-1]} {part}"
        else:
            joined.append(part)
    return joined


def _stands(part: str) -> bool:
    """Whether there is enough in it to be searched for."""
    return len(_WORD.findall(part)) >= _LEAST
