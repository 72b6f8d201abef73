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
from kb.tables.operations import Want
from kb.tables.plan import Operation, Plan
from kb.tables.spans import overlaps
from kb.text.fold import fold

_FILES = frozenset(plural_too(FILES).split())
_OF_THE_DOCUMENT = frozenset(("path", "title", "date", "kind", "version"))
_DEFINES = re.compile(
    r"^什么(?:是|叫)|是(?:个|一个)?(?:什么|啥)[?。]?$|^what(?:'s| is| are| was| were)\b"
)
_OF_A_TEXT = re.compile(
    r"(?:几|多少)(?:条|款|章|节|种|类|页|句|步|点|级|人|名|天|年|个?月)|[几多]少?项(?!制度|规定|合同|协议)"
    r"|\bhow many \w+ (?:do|does) (?:the|our|this|that|a|each) .*\bhave\b"
)
"""What a text has several of, and its documents are not counted by."""
_INSIDE = re.compile(
    r"(?:邮件|来信|纪要|报告|周报|月报|通知|公告)(?:里面?|中|内|上)"
    r"|\b(?:in|according to) (?:the|this|that) (?:e?-?mail|minutes|letter|message|report|notice)\b"
)
"""What is asked for stands in its text: the day of the banquet is not that of the mail."""


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


def asks_for_no_document(links: Links, plan: Plan) -> bool:
    """Whether titles of documents, or their number, would answer what asks for no document, and
    names one only by what it is called: what is Falcon, how many kinds of Falcon are there? How
    many clauses a contract has is no number of contracts either."""
    if not plan.table.of_documents:
        return False
    text = links.text.strip()
    if plan.operation is Operation.COUNT and _OF_A_TEXT.search(text):
        return True
    told = {plan.columns[one].name for one in plan.targets}
    if "date" in told and told <= _OF_THE_DOCUMENT and _INSIDE.search(text):
        return True
    speaks_of_them = any(is_in(text, word) for word in own_words(plan.table) if word)
    if plan.operation is Operation.COUNT and not speaks_of_them and _counts_a_cell(links, plan):
        return True
    if links.named:
        return False
    held = {plan.columns[one].name for each in plan.filters for one in each.columns}
    if plan.operation is Operation.SELECT:
        lists = "title" in told and told | held <= _OF_THE_DOCUMENT
        return lists and (bool(_DEFINES.search(text)) or not speaks_of_them)
    counts = plan.operation in (Operation.COUNT, Operation.EXISTS)
    return counts and held == {"title"} and not speaks_of_them


def _counts_a_cell(links: Links, plan: Plan) -> bool:
    """Whether what is counted is what documents state: visitors, of a report on one."""
    ends = {at for one in links.wants if one.want is Want.NUMBER for at in (one.end, one.end + 1)}
    return any(
        one.start in ends and all(plan.columns[c].name not in _OF_THE_DOCUMENT for c in one.columns)
        for one in links.values
    )


def counts_a_folder(links: Links, plan: Plan) -> bool:
    """Whether all rows of a table would be counted for what only its document's folder is called:
    the rows of one table in rules/travel.docx are not the rules."""
    table = plan.table
    if plan.operation is not Operation.COUNT or plan.filters or links.columns or table.of_documents:
        return False
    file = table.source.rpartition("/")[2]
    called = fold(f"{table.name} {table.caption} {table.title} {file}")
    words = [links.text[start:end] for start, end in links.named]
    return bool(words) and not any(singular(word) in called for word in words)
