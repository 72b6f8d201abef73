"""The words of a question that nothing explains: with them a table alone cannot answer it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from kb.text.han import HAN
from kb.text.stop_words import ENGLISH_STOP_WORDS

Cut = Callable[[str], Sequence[str]]
"""The words of a Chinese text."""


def leftovers(text: str, taken: Sequence[tuple[int, int]], cut: Cut) -> list[tuple[int, int, str]]:
    """The words that nothing explains and that say something, joined where they touch."""
    covered = [False] * len(text)
    for start, end in taken:
        covered[start:end] = [True] * (end - start)
    _cover_appositions(text, covered)
    spans: list[tuple[int, int]] = []
    for start, end in _left_words(text, covered, cut):
        gap = text[spans[-1][1] : start] if spans else "x"
        if spans and (not gap or (gap == " " and text[start].isascii())):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [(start, end, text[start:end]) for start, end in spans]


def _left_words(text: str, covered: Sequence[bool], cut: Cut) -> Iterator[tuple[int, int]]:
    for match in re.finditer(rf"[{HAN}]+|[a-z0-9](?:[a-z0-9._@/+#'-]*[a-z0-9])?", text):
        start, end = match.span()
        if text[start].isascii():
            while start < end and covered[start]:
                start += 1
            while end > start and covered[end - 1]:
                end -= 1
            word = text[start:end]
            if start < end and word != "'s" and (word in _MANNER or not is_function(word)):
                yield start, end
            continue
        while start < end:
            if covered[start]:
                start += 1
                continue
            stop = next((at for at in range(start, end) if covered[at]), end)
            for word in cut(text[start:stop]):
                if word in _MANNER or not is_light(word) or _is_rate(text, start, word):
                    yield start, start + len(word)
                start += len(word)


_MANNER = frozenset(("how", "why", "怎么", "怎样", "如何", "为何", "为什么", "怎么样"))
"""What asks for a manner or a reason, which no cell is."""


def _is_rate(text: str, start: int, word: str) -> bool:
    """Whether a rate is asked for by a name that is not all linked: 率 of 收缴率."""
    return word == "率" and bool(re.match(f"[{HAN}]", text[start - 1 : start] or " "))


_LIGHT = frozenset(
    "运载装教排值领借还开办做打拿取放买卖用花付收发送交签住坐站写记填报查问找给让叫属归称算数过曾仍均皆亦则于以因"
    "去跑靠带上下看所且个些种类项条件份名位人家次回趟地得了着与和跟同及或并把被将从到由向往对为在有是就都也再又很太挺真"
)
"""Words of one character that a question may have besides: verbs, measures, particles."""


def _cover_appositions(text: str, covered: list[bool]) -> None:
    """In `the R&D centre (研发中心)` and `海豚 (Dolphin)` what stands before, or in, the brackets
    is the linked value in the other language."""
    for match in re.finditer(r"([^()，,。]*?)\s*\(([^()]*)\)", text):
        inside = range(*match.span(2))
        if inside and all(covered[at] or not text[at].isalnum() for at in inside):
            words = re.split(rf"(?<![\w])(?:{_BEFORE_NOUN})\s", match[1])
            phrase = " ".join(words[-1].split()[-3:])
            start = match.start(1) + len(match[1]) - len(phrase)
            for at in range(start, match.start(1) + len(match[1])):
                covered[at] = True


_BEFORE_NOUN = "of|the|in|for|a|an|with|by|at|from|does|do|is|are|was|were|has|have|many|which|any"


def _words() -> tuple[list[str], list[str]]:
    """The Chinese and the English words of function_words.txt."""
    from importlib import resources

    text = resources.files("kb.tables").joinpath("function_words.txt").read_text(encoding="utf-8")
    chinese, _, english = text.partition("# English\n")
    return chinese.partition("\n")[2].split(), english.split()


_HAN_FUNCTION, _ENGLISH = _words()
_FUNCTION = re.compile("|".join(_HAN_FUNCTION))
_FUNCTIONS = re.compile(f"(?:{'|'.join(one for one in _HAN_FUNCTION if len(one) > 1)})+")
"""现行标准: a tokenizer may take two of them for one."""
_ENGLISH_FUNCTION = frozenset(_ENGLISH)


def is_function(word: str) -> bool:
    if word.isascii():
        parts = word.split()
        return all(part in _ENGLISH_FUNCTION or part in ENGLISH_STOP_WORDS for part in parts)
    return not word.strip() or bool(_FUNCTION.fullmatch(word) or _FUNCTIONS.fullmatch(word))


def is_light(word: str) -> bool:
    """Whether a word says nothing where it stands between words that are linked."""
    return is_function(word) or word in _LIGHT
