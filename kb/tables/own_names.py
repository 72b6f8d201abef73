"""Words of a question that are in the names of a table, and of its document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kb.tables import concepts
from kb.tables.column_names import bare
from kb.tables.joined import Readable
from kb.tables.leftovers import is_function
from kb.tables.links import ColumnLink, Links, Strength
from kb.tables.operations import Want
from kb.tables.spans import overlaps
from kb.text.fold import fold
from kb.text.han import HAN

_COUNTS = (Want.NUMBER, Want.WHICH, Want.SUM, Want.MONEY, Want.DIFFERENCE)
_HAN = re.compile(f"[{HAN}]")


def spoken_names(text: str) -> str:
    """Folded names of tables and files as a question says them: without underscores and brackets
    (List_of_mayors, season 3 of Fog (season 3))."""
    return re.sub(r"[ \t]+", " ", re.sub(r"[_()]", " ", text))


def names_of(tables: Iterable[Readable]) -> set[str]:
    """What tables and columns are called, folded."""
    names = {fold(one) for table in tables for one in (table.name, table.title)}
    return names | {bare(fold(column.name)) for table in tables for column in table.columns}


def names_rows(word: str, table: Readable, after: str) -> bool:
    """Whether a word of a table's own name is what the rows are called by which a question asks:
    租赁 of 到期的租赁有哪些 is no part of 安捷租赁."""
    own = fold(f"{table.name} {table.caption}")
    return word in own and bool(_HAN.match(word)) and bool(_ASKED.match(after))


_ASKED = re.compile(r"(?:一共|总共|共|都)?(?:有|是)?(?:哪[些几个]|几|多少|什么|谁)")


def link_name(
    found: Links, taken: list[tuple[int, int]], words: Sequence[tuple[int, int, str]]
) -> None:
    """Words of the table's name, its caption, and its document's title and path."""
    table = found.table
    own = spoken_names(fold(f"{table.name} {table.caption} {table.title} {table.source}"))
    text = found.text
    for start, end, word in words:
        short = 2 if _HAN.search(word) else 3
        said = next((one for one in concepts.forms(spoken_names(word)) if one in own), "")
        if not said or len(word) < short:
            continue
        if overlaps(start, end, taken) or is_function(word):
            continue
        if not word.isascii() or re.search(rf"(?<![a-z0-9]){re.escape(said)}", own):
            found.named.append((start, end))
            taken.append((start, end))
    heads = own + fold("".join(column.name for column in table.columns))
    for one in found.wants:  # 几个班 of a 值班表, 哪条线 of 三号线
        span = one.end, one.end + 1
        asks = one.want in _COUNTS and _HAN.match(text[one.end :])
        if asks and text[one.end] in heads and not overlaps(*span, taken):
            of = [c for c, it in enumerate(table.columns) if it.name.startswith(text[one.end])]
            if one.want is Want.WHICH and len(of) == 1 and text[one.end - 1] == "么":
                found.columns.append(ColumnLink(*span, (of[0],), Strength.PART))  # 什么货: 货品
            else:
                found.named.append(span)
            taken.append(span)
