"""Values behind labels on one line (Chair: Bo Marsh. Present: …; 主持人：林雅琴。记录：马腾。): an
answer may take another one than that of the label which the question names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.answering.names import words
from kb.answering.rows import CELLS
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question

_LABEL = rf"(?:[{HAN}]{{2,8}}|[a-z][a-z-]*(?: [a-z-]+){{0,2}})\s?:"
_SEGMENT = re.compile(
    rf"(?:^|[.;。,]\s*)(?P<label>{_LABEL})\s*(?P<value>.*?)(?=[.;。,]\s*{_LABEL}|$)"
)
_ITEMS = re.compile(r"[、,;/]| and |和|及")
_STEM = 4


def of_another_label(question: Question, answer: str, lines: Sequence[str]) -> Iterator[str]:
    """The label of the question behind which something else stands than the answer says, while
    another label of the same line has it.

    Args:
        answer: without markers.
        lines: of the passages that it cites, folded.
    """
    asked, said = words(question.text), fold(answer)
    for line in (one for one in lines if CELLS not in one):  # kb.answering.contrary has rows
        behind = {
            one["label"].rstrip(" :"): _items(one["value"]) for one in _SEGMENT.finditer(line)
        }
        named = [label for label in behind if _is_named(label, asked)]
        if len(named) != 1 or any(item in said for item in behind[named[0]]):
            continue
        others = {item for label in behind if label != named[0] for item in behind[label]}
        if any(item in said and item not in question.folded for item in others):
            yield named[0]


def _items(value: str) -> list[str]:
    items = (item.strip(" .。") for item in _ITEMS.split(value))
    return [item for item in items if len(item) > 1]


def _is_named(label: str, asked: Sequence[str]) -> bool:
    if label.isascii():
        stems = {word[:_STEM] for word in label.split() if len(word) >= _STEM}
        return any(word[:_STEM] in stems for word in asked if word.isascii())
    return any(word in label or label in word for word in asked if not word.isascii())
