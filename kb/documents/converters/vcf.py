"""Contacts: vCard, as telephones and mail programs export them."""

from __future__ import annotations

from kb.documents.builder import Builder
from kb.documents.converters.common.content_lines import Component, components, row
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.types import ElementKind, ParsedDocument, SourceFile

_NAMES = {
    "FN": ("name", "姓名"),
    "N": ("name", "姓名"),
    "NICKNAME": ("nickname", "别名"),
    "TEL": ("phone", "电话"),
    "TEL;CELL": ("mobile phone", "手机"),
    "TEL;FAX": ("fax", "传真"),
    "EMAIL": ("email", "邮箱"),
    "ORG": ("organisation", "单位"),
    "TITLE": ("title", "职务"),
    "ROLE": ("role", "职责"),
    "ADR": ("address", "地址"),
    "URL": ("website", "网址"),
    "BDAY": ("birthday", "生日"),
    "NOTE": ("note", "备注"),
}


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A contact a row."""
    builder = Builder(source)
    for card in components(decode(data)[0], "VCARD"):
        builder.add(ElementKind.TABLE_ROW, row(_named_once(card), _NAMES), line=card.line)
    return builder.document()


def _named_once(card: Component) -> Component:
    """The parts of a name are left out where it stands there whole: they turn 欧阳静 around."""
    whole = any(one.name == "FN" and one.value for one in card.fields)
    fields = [one for one in card.fields if not (whole and one.name == "N")]
    return Component(card.kind, card.line, fields)


FORMAT = Format(
    name="vcf",
    endings=("vcf", "vcard"),
    kept="a contact a row: name, telephones by kind, addresses, organisation, notes; line numbers",
    lost="photographs, groups",
    convert=convert,
    by_ending=True,
    guessed=lambda content: content.head.lstrip().upper().startswith(b"BEGIN:VCARD"),
    text=True,
    hidden=("vcf",),
)
