"""What the earlier turns offer a follow-up: the last question, its names, times and persons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.answering.names import Kind, terms
from kb.text.fold import fold
from kb.text.language import Language, language
from kb.types import Turn


@dataclass(frozen=True, slots=True)
class Name:
    """A name or an identifier, by its place in a text."""

    start: int
    end: int
    kind: Kind


# One pattern a kind of time: only times of one kind take each other's place.
_TIMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:19|20)\d\d(?:年度?)?|[今去前明]年|\b(?:last|this|next) year\b",
        r"第?[一二三四1-4]季度|\bq[1-4]\b|\b(?:first|second|third|fourth|last) quarter\b",
        r"[上下]半年",
        r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份?|\b(?:january|february|march|april|may|june"
        r"|july|august|september|october|november|december)\b",
        r"(?:周|週|星期)[一二三四五六日天末]|工作日|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"
        r"|\bweekends?\b|\bweekdays?\b",
        r"[今明昨后前]天|\b(?:today|tomorrow|yesterday)\b",
    )
)
_WHO = re.compile(
    r"谁|誰|哪[位个個]|\bwho\b|\bwhich (?:person|employee|colleague)\b", re.IGNORECASE
)
_WHICH = re.compile(r"哪一?[台臺份个個款家种種]|\bwhich\b", re.IGNORECASE)
_CAPITALISED = re.compile(r"[A-Z][\w'’-]*")
_NO_NAME = re.compile(
    r"What|Who|Whose|Where|When|Why|How|Which|Does|Do|Did|Is|Are|Was|Were|Can|Could|Will|Would|"
    r"Should|Has|Have|And|But|Or|So|No|Not|The|A|An|In|On|At|For|Of|Tell|Give|Show|Please|Name|"
    r"List|My|Our|I|Ok|Okay|Also|Then"
)
# What may follow an identifier that is not the noun it names.
_NO_NOUN = re.compile(
    r"and|or|but|with|in|on|at|of|for|to|from|by|per|when|if|than|as|is|are|was|were|do|does|did|"
    r"has|have|had|can|will|made|built|signed|open|closed|due|valid|available|installed|delivered|"
    r"(?:need|weigh|cost|come|use|require|run|work|expire|cover|contain|include|start|end|take|"
    r"support|say|mean|fit|hold|last)s?"
)


def names(text: str) -> list[Name]:
    """The names in the order of the text; of a Latin one the whole run of capitalised words."""
    folded, origin = "", []
    for place, char in enumerate(text):
        piece = fold(char)
        folded += piece
        origin += [place] * len(piece)
    found: list[Name] = []
    for term in terms(text, organisations=False):
        name = "".join(map(fold, term.text))
        at = folded.find(name)
        if at >= 0:
            start, end = origin[at], origin[at + len(name) - 1] + 1
            if term.kind is Kind.LATIN:
                start = _run_start(text, start)
            found.append(Name(start, end, term.kind))
    return sorted(found, key=lambda name: name.start)


def _run_start(text: str, start: int) -> int:
    """Where "Alice Porter" begins, from where "Porter" does."""
    while start > 0 and text[start - 1] == " ":
        before = text[: start - 1].rpartition(" ")[2]
        if not _CAPITALISED.fullmatch(before) or _NO_NAME.fullmatch(before):
            break
        start -= len(before) + 1
    return start


def within(found: Sequence[Name], start: int, end: int) -> list[Name]:
    """The names inside a span, by their place in it."""
    return [
        Name(name.start - start, name.end - start, name.kind)
        for name in found
        if start <= name.start and name.end <= end
    ]


class History:
    """The turns as a follow-up sees them; there is at least one."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.base = turns[-1].standalone.strip().rstrip("？?。.！! ")
        self.names = names(self.base)
        self._answer = turns[-1].answer

    def text(self, name: Name) -> str:
        return self.base[name.start : name.end]

    def as_question(self, text: str) -> str:
        """A text made of the last question, with the question mark of its language."""
        return text + ("？" if language(text) is Language.ZH else "?")

    def phrase(self, name: Name) -> str:
        """ "the X200 pump" for X200 in English, where the product's noun follows; else the name."""
        start, end = name.start, name.end
        if before := re.search(r"\b(?:the|our|my) (?:[a-z]+ ){0,2}$", self.base[:start], re.I):
            start = before.start()
        after = re.match(r" [a-z]+(?= (?!of\b)|$)", self.base[end:])
        if name.kind is Kind.IDENTIFIER and after and not _NO_NOUN.fullmatch(after[0][1:]):
            end += after.end()
        return self.base[start:end]

    def persons(self) -> list[str]:
        """Whom "he" may mean: whoever the last question asked for, else whom it names."""
        if re.search(
            r"谁|誰|哪[位个個]|\bwho\b|\bwhich (?:person|employee|colleague)\b", self.base, re.I
        ):
            named = self._named_in_answer((Kind.PERSON, Kind.LATIN))
            if named:
                return named
        kinds = (Kind.PERSON, Kind.LATIN)
        return [self.text(name) for name in self.names if name.kind in kinds]

    def things(self) -> list[str]:
        """Which thing the last answer named, where the last question asked which one it is."""
        return self._named_in_answer((Kind.IDENTIFIER,)) if _WHICH.search(self.base) else []

    def _named_in_answer(self, kinds: tuple[Kind, ...]) -> list[str]:
        # A capital at the start of the answer says nothing, but behind a word it does.
        answer = f": {self._answer}"
        found = [answer[n.start : n.end] for n in names(answer) if n.kind in kinds]
        return [one for one in dict.fromkeys(found) if one not in self.base]

    def with_time(self, text: str) -> str | None:
        """The last question with this time in the place of its own one of the same kind.

        None where `text` is no time, or the question has none of its kind.
        """
        for pattern in _TIMES:
            if pattern.fullmatch(text):
                own = [*pattern.finditer(self.base)]
                if len(own) == 1:
                    return self.base[: own[0].start()] + text + self.base[own[0].end() :]
        return None

    def has_time(self) -> bool:
        return any(pattern.search(self.base) for pattern in _TIMES)

    def with_name(self, text: str, inside: Sequence[Name]) -> str | None:
        """The last question with `text`, which holds the names `inside`, in the place of its own.

        None where it is not plain which of its names is meant.
        """
        kind = inside[0].kind
        own = [name for name in self.names if name.kind is kind]
        if not own and kind is not Kind.IDENTIFIER:
            own = [name for name in self.names if name.kind is not Kind.IDENTIFIER]
        if not own or not self._joined(own):
            return None
        start, end = own[0].start, own[-1].end
        # "X300泵" for "X200" in "X200泵的扬程", "the X300" for "X200" in "the X200 pump".
        head, tail = text[: inside[0].start], text[inside[-1].end :]
        if head and self.base[:start].lower().endswith(head.lower()):
            start -= len(head)
        if tail and self.base[end:].lower().startswith(tail.lower()):
            end += len(tail)
        return self.base[:start] + text + self.base[end:]

    def _joined(self, own: Sequence[Name]) -> bool:
        """Whether the names are one, or a plain list of them."""
        return all(
            re.fullmatch(r"\s*(?:和|与|與|及|跟|、|,|，|and|or|或)\s*", self.base[a.end : b.start])
            for a, b in pairwise(own)
        )


def is_time(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in _TIMES)
