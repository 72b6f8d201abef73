"""Words of a question that speak of documents: of a kind of them, of parts of their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.table_types import ValueHit
from kb.tables import concepts
from kb.tables.column_names import candidates
from kb.tables.concepts import singular
from kb.tables.joined import Readable
from kb.tables.kinds import FILES, plural_too
from kb.tables.links import Links
from kb.tables.spans import overlaps
from kb.text.fold import fold

_FILES = frozenset(plural_too(FILES).split())


def own_words(table: Readable) -> frozenset[str]:
    """The words for what the rows of a table of documents are: 合同, contract, 文件."""
    return frozenset((*fold(table.caption).split(), fold(table.name))) | _FILES


def link_kind(found: Links, taken: list[tuple[int, int]]) -> None:
    """The words for the kind of document, and for documents of any kind."""
    words = own_words(found.table)
    for start, end, word in candidates(found.text):
        if word in words and not overlaps(start, end, taken):
            found.named.append((start, end))
            taken.append((start, end))


def named_weight(links: Links, start: int, end: int) -> float:
    """How much a word for documents tells of a table of them: its own more than any."""
    word = links.text[start:end]
    own = word in fold(links.table.caption).split()
    return 1.3 if own else 0.5


def is_in(cell: str, word: str) -> bool:
    """Whether a word is in what a document is called, or states: 专题会 of 信息化专题会会议纪要."""
    if not word.isascii():
        return word in cell
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(singular(word))}(?:e?s)?(?![a-z0-9])", cell))


def parts_of_documents(hits: Sequence[ValueHit], word: str, table: Readable) -> list[ValueHit]:
    """The cells that a word names by a part of them. A word that is a property's name (押金) names
    no part of what is stated, but of a title."""
    found = [hit for hit in hits if is_in(hit.folded, word)]
    if concepts.is_property(word):
        return [hit for hit in found if table.columns[hit.column].name == "title"]
    return found
