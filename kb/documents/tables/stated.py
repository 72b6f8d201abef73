"""What a document states about itself, as a row: front matter, the heads of mails and contracts,
lines and cells of the form "name: value".

A name that comes more than once with different values is none: whose it is cannot be told (the two
telephone numbers of a contract's parties, the speakers of a talk).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from email.utils import parsedate_to_datetime

from kb.documents.tables.columns import Reading, read_column
from kb.documents.tables.dates import date_of
from kb.documents.tables.numbers import number_of
from kb.table_types import STATED, Column, ColumnType, Row, Table
from kb.text.fold import fold, standard
from kb.text.han import HAN
from kb.text.numbers import han_value
from kb.types import Element, ElementKind, ParsedDocument

MOST_FIELDS = 60
_MOST_VALUE = 200
_MOST_ELEMENTS = 400
"""Of a document's beginning: what comes later is about something else."""
_READ = frozenset((ElementKind.PARAGRAPH, ElementKind.LIST_ITEM))

_NUMBERING = (
    r"(?:[第(（]?[0-9一二三四五六七八九十]{1,3}(?:[、.．)）]|条[、\s]?)\s*|[-*•·]\s*|\[hidden\] )?"
)
_HAN_NAME = re.compile(
    rf"{_NUMBERING}(?P<name>[{HAN}][{HAN}A-Za-z0-9/（）()·]{{0,15}})\s*[:：]\s*(?P<value>.+)"
)
_NAME = re.compile(
    rf"{_NUMBERING}(?P<name>[A-Z][\w.&/'-]*(?: [\w.&/'()-]+){{0,4}})\s*[:：]\s+(?P<value>.+)"
)
_APART = re.compile(
    rf"\t+| {{3,}}|　+|\s*[；;]\s*|\s*[|｜]\s*|[。，,]\s*(?=[{HAN}][{HAN}/（）()]{{1,9}}[:：])"
)
"""What stands between several fields of a line."""
_SENTENCE = re.compile(
    r"\b(?:is|are|was|were|be|will|must|can|not|we|you|i|it|that|this|the|if|when|says|said)\b",
    re.I,
)
"""What no name of a field holds: a verb. What somebody said is no field of the document."""
_CLOCK = re.compile(r"^[^:：]*\d[:：]\d")

_MARKS = "*_`"
_PARTS = {"from": "sender", "to": "recipient"}
"""How the fields of a mail are called, whose own names are no names."""
_NOT_OF_MAIL = frozenset(("attachments", "message-id", "in-reply-to", "references"))

_CAPITALS = "零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿"
_AS_SMALL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
_IN_CAPITALS = re.compile(rf"[{_CAPITALS}]{{1,20}}[元圆](?:整|正)?")
_MONEY = re.compile(
    r"(?:[¥￥$€£]|(?:RMB|CNY|USD|EUR|GBP)\s?)\s*[\d,]+(?:\.\d+)?(?:\s*(?:万|亿|million|m|k))?(?:元)?"
    r"|[\d,]+(?:\.\d+)?\s*(?:百|千|十|百|千)?(?:万|亿)?(?:美|欧|港)?元",
    re.I,
)
_AROUND = re.compile(
    r"人民币|大写|小写|整|正|元|圆|约|共计|总计|合计|含税|不含税|（|）|\(|\)|[:：,，。.\s]"
    r"|\b(?:in words|incl\.?|excl\.?|including|excluding|vat|tax|net|gross|total|approx\.?)\b",
    re.I,
)
_RANGE = re.compile(
    r"(?:自|从|由|from\b)?\s*(?P<first>.{6,24}?)\s*(?:起)?\s*"
    r"(?:至|到|—+|–|~|～|\bto\b|\buntil\b|\bthrough\b| - )\s*"
    r"(?P<last>.{6,24}?)\s*(?:止|为止)?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    text: str
    page: int | None = None
    line: int | None = None


def stated_of(document: ParsedDocument) -> Table | None:
    """The fields that a document states, as a table of one row; None where it states none.

    The last column, hidden and without a name, displays for each of the others where it stands:
    JSON, a pair (page or null, line or null) a column.
    """
    fields = _distinct(_all(document))[:MOST_FIELDS]
    if not fields:
        return None
    read = [(one, _typed(one.name, one.text)) for one in fields]
    columns = [reading.column for _, reading in read]
    places = json.dumps([(one.page, one.line) for one in fields], separators=(",", ":"))
    row = Row(
        number=1,
        texts=(*(one.text for one in fields), places),
        values=(*(reading.values[0] for _, reading in read), None),
    )
    return Table(
        place=STATED,
        name="",
        caption="",
        page=None,
        columns=(*columns, Column("", ColumnType.INTEGER, hidden=True)),
        rows=(row,),
    )


def _all(document: ParsedDocument) -> Iterator[_Field]:
    is_mail = {"from", "subject"} <= {name for name, _ in document.labels}
    for name, value in document.labels:
        if is_mail and name in _NOT_OF_MAIL:
            continue
        yield from _ranged(_Field(_PARTS.get(name, name) if is_mail else name, _day(value)))
    for element in document.elements[:_MOST_ELEMENTS]:
        if element.kind in _READ and not (is_mail and element is document.elements[0]):
            yield from _of_element(document, element)
    for table in document.tables:
        if len(table.rows) == 1 and not table.hidden:
            for column, text in zip(table.columns, table.rows[0].texts, strict=True):
                if column.name and text and not column.hidden:
                    yield from _ranged(_Field(column.name, _ended(text), table.page))


def _day(value: str) -> str:
    """A mail's date as ISO 8601 writes it, in the sender's time; anything else as it is."""
    if match := re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d.*)?", value):
        return f"{match[1]} {match[2]}"
    if not re.match(r"[A-Z][a-z]{2}, \d", value):
        return value
    try:
        return parsedate_to_datetime(value).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return value


def _of_element(document: ParsedDocument, element: Element) -> Iterator[_Field]:
    lines = document.text[element.start : element.end].split("\n")
    for below, line in enumerate(lines):
        number = None if element.line is None else element.line + below
        for part in _APART.split(line.strip()):
            bare = part.strip().replace("**", "").strip(_MARKS)
            match = _HAN_NAME.fullmatch(bare) or _NAME.fullmatch(bare)
            if match and (_SENTENCE.search(match["name"]) or _CLOCK.search(bare)):
                continue
            if match and 0 < len(match["value"]) <= _MOST_VALUE:
                name = match["name"].strip(_MARKS + " ")
                field = _Field(name, _ended(match["value"]), element.page, number)
                yield from _ranged(field)


def _ended(value: str) -> str:
    return " ".join(value.split()).strip(_MARKS).rstrip("。；;,，")[:_MOST_VALUE]


def _ranged(field: _Field) -> Iterator[_Field]:
    """The field; of one that lasts from a day to a day, both days too."""
    if not field.text:
        return
    yield field
    match = _RANGE.fullmatch(field.text)
    if match and len(field.text) <= 60:
        first, last = date_of(match["first"]), date_of(match["last"])
        if first and last and first <= last:
            chinese = re.search(f"[{HAN}]", field.name)
            begins, ends = ("开始日期", "到期日期") if chinese else (" start date", " end date")
            yield replace(field, name=f"{field.name}{begins}", text=first)
            yield replace(field, name=f"{field.name}{ends}", text=last)


def _distinct(fields: Iterator[_Field]) -> list[_Field]:
    """In their order, without names that are said of several values."""
    found: dict[str, list[_Field]] = {}
    for one in fields:
        found.setdefault(fold(one.name), []).append(one)
    return [same[0] for same in found.values() if len({fold(one.text) for one in same}) == 1]


def _typed(name: str, text: str) -> Reading:
    reading = read_column(name, [text])
    if reading.column.type is ColumnType.TEXT and (amount := _amount(text)):
        return replace(read_column(name, [amount]))
    return reading


def _amount(text: str) -> str:
    """The one amount of money that a value is, in words or digits or both: 人民币壹佰万元整
    （¥1,000,000）; empty where it is more than that, or they are not the same."""
    even = standard(text)
    written = [match[0].strip() for match in _MONEY.finditer(even)]
    rest = _MONEY.sub("", even)
    capitals = [match[0].rstrip("整正") for match in _IN_CAPITALS.finditer(rest)]
    if _AROUND.sub("", _IN_CAPITALS.sub("", rest)):
        return ""
    worth = {_worth(one) for one in written}
    worth |= {Decimal(han_value(one.rstrip("元圆").translate(_AS_SMALL))) for one in capitals}
    if len(worth) != 1 or None in worth:
        return ""
    return written[0] if written else f"{worth.pop()}元"


def _worth(text: str) -> Decimal | None:
    number = number_of(text)
    return None if number is None else number.shown * number.unit.scale
