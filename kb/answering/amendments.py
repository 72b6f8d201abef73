"""What a later document changes word for word in an earlier one: “前一日20时”改为“当日12时”.

Such a notice does not repeat what the words are about, so that no model puts the two together: an
answer that has the old words is told with the new ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kb.answering.superseded import Changed
from kb.text.language import Language, language
from kb.types import Passage

_OPENS, _WORDS, _CLOSES = '[“"「『]', '[^“”"「」『』\\n]', '[”"」』]'
_OLD = f"{_OPENS}(?P<{{}}>{_WORDS}{{{{4,80}}}}){_CLOSES}"
"""Fewer than four characters stand in many a text by chance."""
_NEW = f"{_OPENS}(?P<{{}}>{_WORDS}{{{{1,80}}}}){_CLOSES}"
_CHANGES = re.compile(
    _OLD.format("a")
    + r"(?:的?(?:表述|规定|字样|内容))?[，,]?(?:均|一律|统一)?"
    + r"(?:修改|修订|更正|改|调整|变更)(?:为|成)[:：]?"
    + _NEW.format("b")
    + "|"
    + _OLD.format("c")
    + r",? (?:(?:is|are|shall be|has been|have been|now) (?:hereby )?)?"
    + r"(?:replaced (?:by|with)|amended to(?: read)?|changed to|to be read as|reads?),? "
    + _NEW.format("d"),
    re.IGNORECASE,
)
_PAIRS = (("a", "b"), ("c", "d"))
_BEFORE = {
    Language.ZH: "修改前为“{old}”。[{n}]",
    Language.EN: ' Before it was changed: "{old}". [{n}]',
}


@dataclass(frozen=True, slots=True)
class Amendment:
    """`new` stands in the place of `old` in the passage `of`, as the passage `by` says."""

    old: str
    new: str
    of: Passage
    by: Passage


def changes(text: str) -> Iterator[tuple[str, str]]:
    """The old and the new words of each change that a text makes to another one."""
    for found in _CHANGES.finditer(text):
        yield next((found[old], found[new]) for old, new in _PAIRS if found[old])


def amendments(
    passages: Sequence[Passage], later: Callable[[str, str], bool]
) -> tuple[Amendment, ...]:
    """Those of passages by others. Who quotes the old words knows them: a day is asked for only to
    leave alone what was made anew since.

    Args:
        later: whether the first document, by its path, is known to be of a later day.
    """
    return tuple(
        Amendment(old, new, of, by)
        for by in passages
        for old, new in changes(by.text)
        for of in passages
        if of.source != by.source and old in of.text and not later(of.source, by.source)
    )


def amended(answer: str, numbers: Sequence[int], known: Sequence[Amendment]) -> str | None:
    """The answer with the new words, and behind it the old ones, each with the number of the
    passage that it rests on; None where it has none of the old ones.

    Args:
        answer: without markers.
        numbers: of the passages that it cites.
    """
    used = [one for one in known if one.of.n in numbers and one.old in answer]
    if not used:
        return None
    before = ""
    for one in used:
        answer = answer.replace(one.old, one.new)
        before += _BEFORE[language(answer)].format(old=one.old, n=one.of.n)
    return answer.rstrip() + f"[{used[0].by.n}]{before}"


def without_amended(gone: Changed, known: Sequence[Amendment]) -> Changed:
    """What later passages have changed, but for the sentences whose words they give anew: with
    these the question is answered."""
    kept: dict[int, Sequence[tuple[int, int]]] = {}
    for n, spans in gone.items():
        mine = [one for one in known if one.of.n == n]
        left = [
            (start, end)
            for start, end in spans
            if not any(one.old in one.of.text[start:end] for one in mine)
        ]
        if left:
            kept[n] = left
    return kept
