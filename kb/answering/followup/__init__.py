"""A follow-up, understood: what it leans on in earlier turns is written out before retrieval.

rules       "那曹操的呢？" after "张飞的电话号码是多少？" is "曹操的电话号码是多少？"
the model   where a question leans on the past and no rule says how
check       no identifier, number or name of the question may be lost, none that nobody said added

A question that names what it is about is left as it is: a rewriting that nothing asks for can
only do harm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.answering.followup import chinese, english
from kb.answering.followup.history import History
from kb.answering.names import Term, terms
from kb.answering.prompt import harmless
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.language import Language, language
from kb.types import Message, Turn

__all__ = ["By", "Reading", "by_rule", "from_reply", "is_sound", "messages"]

_TURNS = 3
"""Turns that the model is shown; the rules look at the last one."""

_HAN = re.compile(f"[{HAN}]")
_FIGURE = re.compile(r"[a-z0-9]*\d[a-z0-9]*(?:[-_./:][a-z0-9]+)*")
_DENIED = re.compile(r"^(?:不是?|no, not )[^，,]+[，,]")
_WORD = re.compile(f"[{HAN}]|[a-z0-9]+")
_LEFT_OUT = re.compile(
    r"[那这呢的么还有它他她其是问说]|and|so|but|what|about|how|the|its?|he|his|she|hers?|they|"
    r"theirs?|them|this|that"
)


class By(StrEnum):
    """Who says how a question stands alone."""

    ITSELF = "itself"
    RULE = "rule"
    MODEL = "model"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` stands alone; with NOBODY it is the question as it was, and leans on the history."""

    text: str
    by: By


def by_rule(question: str, turns: Sequence[Turn]) -> Reading:
    """What the rules make of a question after these turns."""
    if not turns:
        return Reading(question, By.ITSELF)
    history = History(turns)
    leans, text = chinese.read(question, history) if _HAN.search(question) else (False, None)
    if not leans:
        leans, text = english.read(question, history)
    if not leans:
        return Reading(question, By.ITSELF)
    if text and is_sound(text, question, turns):
        return Reading(text, By.RULE)
    return Reading(question, By.NOBODY)


def is_sound(text: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewriting keeps what the user named, and names nothing that nobody said.

    Every identifier, number and name of the question must be in it, as well as two thirds of its
    words; every figure and name in it must be in the question or in the turns.
    """
    question = _DENIED.sub("", question)
    new, old = fold(text), fold(question)
    if not new.strip() or "\n" in text or len(text) > 2 * len(question) + 160:
        return False
    known = "\n".join([old, *(fold(f"{t.standalone}\n{t.answer}") for t in turns)])
    kept = {*_FIGURE.findall(old), *(fold(term.text) for term in _named(question))}
    added = {*_FIGURE.findall(new), *(fold(term.text) for term in _named(text))}
    if any(one not in new for one in kept) or any(one not in known for one in added):
        return False
    words = {word for word in _WORD.findall(old) if not _LEFT_OUT.fullmatch(word)}
    return 3 * len(words & set(_WORD.findall(new))) >= 2 * len(words)


def _named(text: str) -> tuple[Term, ...]:
    """Of 上海办事处 the place, which a follow-up exchanges."""
    return terms(text, organisations=False)


# --- the model ------------------------------------------------------------------------

_WORDINGS = {
    Language.ZH: (
        "把最后一个问题改写成不看上文也能懂的完整问题：补上它省略的、或用代词指代的人、物或事。"
        "不要回答问题，不要添加上文没有的内容。只写改写后的问题，一行。",
        "问：{question}\n答：{answer}",
        "最后一个问题：{question}\n改写后的问题：",
    ),
    Language.EN: (
        "Rewrite the last question so that it can be understood without the conversation: write "
        "out the person or thing that it leaves out or means by a pronoun. Do not answer it. Add "
        "nothing that the conversation does not hold. Write the rewritten question alone, in one "
        "line.",
        "Q: {question}\nA: {answer}",
        "The last question: {question}\nThe rewritten question:",
    ),
}
_PREFIX = re.compile(
    r"^\s*(?:改写后的?(?:问题)?|完整问题|问题?|(?:the )?rewritten question|question|q)\s*[:：]\s*",
    re.IGNORECASE,
)


def messages(question: str, turns: Sequence[Turn]) -> tuple[Message, ...]:
    """The conversation that asks a model how the question stands alone."""
    instructions, turn, last = _WORDINGS[language(question)]
    before = [
        turn.format(question=harmless(one.standalone), answer=harmless(one.answer[:300]))
        for one in turns[-_TURNS:]
    ]
    body = "\n\n".join((*before, last.format(question=harmless(question))))
    return (Message("system", instructions), Message("user", body))


def from_reply(reply: str) -> str:
    """The question in a model's reply: its first line without label and quotation marks."""
    first = next((line for line in reply.strip().splitlines() if line.strip()), "")
    return _PREFIX.sub("", first).strip().strip("\"'“”「」`").strip()
