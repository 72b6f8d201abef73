"""How cells are asked for: {w} of whom, {t} the table, {r} the row, {o} and {i} the outer and the
inner head, {c} the one head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from tests.bench.lookups.shapes import Known, Shape

OUTER = {
    "期末余额": ("期末", "年末", "报告期末"),
    "期末数": ("期末", "年末"),
    "期初余额": ("期初", "年初"),
    "期初数": ("期初", "年初"),
    "本期发生额": ("本期", "本年"),
    "上期发生额": ("上期", "上年"),
    "31 December 2024": ("at the end of 2024", "at 31 December 2024", "at year-end 2024"),
    "31 December 2023": ("at the end of 2023", "at 31 December 2023", "at year-end 2023"),
    "2024": ("in 2024", "for 2024"),
    "2023": ("in 2023", "for 2023"),
}
LEVELS_ZH = (
    "{w}{t}中，{r}的{o}{i}是多少？",
    "{w}的{t}里{r}{o}的{i}有多少？",
    "{w}{o}{t}：{r}的{i}是多少？",
    "请问{w}{t}（{r}）{o}{i}为多少？",
    "查一下{w}{t}项下{r}的{o}{i}",
    "{w}{t}附注里，{o}{r}{i}多少？",
)
LEVELS_EN = (
    "What is the {i} of {w}'s {t} {r} {o}?",
    "In the {t} of {w}, what is the {i} for {r} {o}?",
    "{w}, {t}: what was the {i} of {r} {o}?",
    "{o}, what was the {i} for {r} in {w}'s {t}?",
    "Tell me the {i} for {r} {o} from the {t} table of {w}.",
)
ONE_ZH = (
    "{w}{t}中{r}的{c}是多少？",
    "{w}的{t}里，{r}{c}是什么？",
    "查一下{w}{t}上{r}的{c}",
    "请问{w}{t}写的{r}{c}是？",
    "{w}{t}：{r}的{c}是多少？",
)
ONE_EN = (
    "What is the {c} of {r} in the {t} of {w}?",
    "According to {w}'s {t}, what is the {c} of {r}?",
    "{w}, {t}: what {c} is given for {r}?",
    "Look up the {c} for {r} in {w}'s {t}.",
    "Which {c} does the {t} of {w} state for {r}?",
)
FORM_ZH = (
    "{w}{t}上的{c}是什么？",
    "{w}的{t}里，{c}是多少？",
    "查一下{w}{t}的{c}",
    "请问{w}{t}填的{c}是？",
    "{w}{t}：{c}写的是什么？",
)
FORM_EN = (
    "What is the {c} in the {t} of {w}?",
    "According to its {t}, what is the {c} of {w}?",
    "{w}: what does the {t} give as {c}?",
    "Look up the {c} of {w}.",
    "Which {c} does {w} state in its {t}?",
)
AND = {"zh": "和", "en": " and "}


def question(rnd: Random, shape: Shape, cells: Sequence[Known]) -> str:
    """A question for these cells, which share a row."""
    join = AND[shape.lang]
    slots = {"w": shape.whose, "t": shape.what, "r": _row(cells[0], shape)}
    if shape.kind == "levels":
        said = {one.column[0]: rnd.choice(OUTER[one.column[0]]) for one in cells}
        inner = list(dict.fromkeys(one.column[1] for one in cells))
        slots["o"], slots["i"] = join.join(said.values()), join.join(map(_bare, inner))
    else:
        slots["c"] = join.join(_bare(one.column[0]) for one in cells)
    stem = {"levels": "LEVELS", "form": "FORM"}.get(shape.kind, "ONE")
    bank: Sequence[str] = globals()[f"{stem}_{shape.lang.upper()}"]
    text = rnd.choice(bank).format(**slots)
    if len(cells) > 1 and shape.lang == "zh":
        text = text.replace("是多少", "分别是多少").replace("是什么", "分别是什么")
    return text[0].upper() + text[1:]


def _row(cell: Known, shape: Shape) -> str:
    if shape.lang == "en" and shape.kind == "levels":
        return f"'{cell.row}'"
    return cell.row


def _bare(head: str) -> str:
    """A head without its unit, and in English as it stands in a sentence."""
    found = re.sub(r"[(（].*[)）]", "", head).strip()
    return found[0].lower() + found[1:] if found.isascii() else found
