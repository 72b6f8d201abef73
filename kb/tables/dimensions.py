"""Which column a superlative or a comparative is of by what it says: the longest, deeper than 50 m;
and columns of places in a ranking, where the smallest number is the best.
"""

from __future__ import annotations

import re

from kb.tables.shape import Shape

_DIMENSIONS = tuple(
    (re.compile(word), re.compile(name))
    for word, name in (
        (r"longe(?:st|r)|shorte(?:st|r)|最[长短]", r"\blength|\bduration|长度|时长|里程|全长|总长"),
        (r"talle(?:st|r)|how tall|最高|多高", r"\bheight|\belevation|\baltitude|高度|身高|海拔"),
        (r"high(?:est|er)|low(?:est|er)|how high", r"\bheight|\belevation|\baltitude"),
        (
            r"heavie(?:st|r)|lighte(?:st|r)|how heavy|[最多]重|最轻",
            r"\bweight|\bmass\b|重量|体重|净重|毛重",
        ),
        (r"f[au]rthe(?:st|r)|nearest|closest|how far|[最多]远|最近", r"\bdistance|距离|里程"),
        (r"larges?t?r?|how big|bigge(?:st|r)|smalle(?:st|r)|最[大小]|多大", r"\barea\b|面积"),
        (r"deepe(?:st|r)|how deep|[最多]深", r"\bdepth|深度"),
        (r"olde(?:st|r)|younge(?:st|r)|最老|最年轻", r"\bage\b|年龄"),
        (r"wide(?:st|r)|narrowe(?:st|r)|how wide|[最多]宽", r"\bwidth|宽度"),
    )
)
_OTHER_SIZES = re.compile(r"population|capacity|members|seats|tonnage|人口|容量|人数|床位|座位")
_SIZES = re.compile(r"larg|big|small|最[大小]|多大")
_RANK = re.compile(r"\b(?:rank|ranking|pos|position|place|placing|seed)\b|名次|排名|位次|排位")


def dimension(word: str, shape: Shape) -> int | None:
    """The one column of numbers that the word is of; None where there is none, or several."""
    for said, name in _DIMENSIONS:
        if said.search(word):
            if _SIZES.search(word) and any(map(_OTHER_SIZES.search, shape.names)):
                return None  # the largest by its area, or by its people?
            found = [c for c in shape.numbers if name.search(shape.names[c])]
            return found[0] if len(found) == 1 else None
    return None


def is_rank(column: int, shape: Shape) -> bool:
    """Whether the smaller number of a column is the better one: a position in the charts."""
    return bool(_RANK.search(shape.names[column]))


def only_rank(shape: Shape) -> int | None:
    """The one column of places of a table."""
    found = [c for c in shape.numbers if is_rank(c, shape)]
    return found[0] if len(found) == 1 and shape.tells_apart(found[0]) else None
