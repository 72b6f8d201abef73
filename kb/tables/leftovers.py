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
    for match in re.finditer(rf"[{HAN}]+|[a-z0-9][a-z0-9._@/+#'-]*", text):
        start, end = match.span()
        if text[start].isascii():
            if not all(covered[start:end]) and not is_function(match.group().rstrip(".'")):
                yield start, end
            continue
        while start < end:
            if covered[start]:
                start += 1
                continue
            stop = next((at for at in range(start, end) if covered[at]), end)
            for word in cut(text[start:stop]):
                if not (is_function(word) or (len(word) == 1 and word not in _TELLING)):
                    yield start, start + len(word)
                start += len(word)


_TELLING = frozenset("不未非无前后新旧男女外除老大小高低早晚多少上下左右东西南北正副")
"""Characters that say something by themselves; any other is a verb (排, 领), a measure, or a part
of what is explained."""


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


_HAN_FUNCTION = (
    "请问|请|帮我|查一下|查查|告诉我|我想知道|想知道|知道|我们|咱们|本公司|公司里|全公司|公司|里面|里头|其中|当中|之中|分别|所有的?|全部的?|"
    "目前|现在|当前|如今|当初|已经|正在|曾经|一共|总共|共有|共|都是|都有|都|还有|还|又|也|就|才|只|仅|是不是|是否|是|为|有|的话|的|地|得|了|过|着|"
    "吗|呢|吧|啊|呀|么|嘛|在|于|里|中|内|上|下|间|时候|时|那|这|该|此|这个|那个|这些|那些|个|名|位|台|件|家|条|种|批|次|项|套|辆|份|张|户|笔|款|类|人|"
    "和|与|及|以及|跟|同|或|或者|还是|并且|并|且|而|被|把|将|给|对于|对|关于|由|从|到|向|往|按照|按|根据|属于|属|位于|处于|叫做|叫|"
    "名叫|做|当|用|要|会|能|可以|可|应该|应|需要|需|得到|哪里|哪儿|哪个|哪些|哪|什么|怎么样|怎么|如何|多少钱|多少|多大|多长|多高|几个|几|"
    "谁|何时|何|每|各|名下|所|之|其|我|你|您|大概|大约|左右|一下|一个|一台|一家|一名|一位|一种|一条|一件|一|"
    "记录|登记|列出|显示|数据|信息|情况|总|号|钱|放|买|花|卖|占|比|共|率|更|最"
)
_FUNCTION = re.compile(f"(?:{_HAN_FUNCTION})")
_ENGLISH_FUNCTION = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "all",
        "be",
        "been",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "in",
        "into",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "please",
        "s",
        "t",
        "than",
        "that",
        "the",
        "their",
        "them",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "will",
        "with",
        "would",
        "you",
        "your",
        "much",
        "many",
        "tell",
        "give",
        "show",
        "get",
        "find",
        "also",
        "only",
        "one",
        "ones",
        "thing",
        "things",
        "some",
        "each",
        "both",
        "between",
        "currently",
        "now",
        "today",
        "ever",
        "so",
        "far",
        "out",
        "up",
        "own",
        "work",
        "works",
        "working",
        "made",
        "make",
        "makes",
        "list",
        "lists",
        "listed",
        "recorded",
        "record",
        "company",
        "firm",
        "we've",
        "you're",
        "i'm",
        "let",
        "know",
        "like",
        "want",
        "need",
        "most",
        "more",
        "less",
        "very",
        "just",
        "then",
        "if",
        "not",
        "no",
        "yes",
        "during",
        "over",
        "whole",
        "entire",
        "overall",
        "pieces",
        "units",
        "went",
        "go",
        "goes",
        "going",
        "being",
        "but",
        "exactly",
        "altogether",
    ]
)


def is_function(word: str) -> bool:
    if word.isascii():
        parts = word.split()
        return all(part in _ENGLISH_FUNCTION or part in ENGLISH_STOP_WORDS for part in parts)
    return not _FUNCTION.sub("", word).strip()
