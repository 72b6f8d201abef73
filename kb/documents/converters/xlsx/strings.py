"""Texts of cells, which may change their look within (ISO 29500-1, 18.4)."""

from __future__ import annotations

import re
from typing import Any

from kb.documents.converters.common.markup import xml_elements
from kb.documents.converters.common.package import Package
from kb.documents.converters.xlsx.names import MAIN, is_on
from kb.documents.text.exponent import with_marks

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def shared_strings(package: Package) -> list[str]:
    """The texts that cells name by number.

    Raises:
        DamagedDocument: the part is not XML.
    """
    parts = package.related(package.main_part(), "sharedStrings")
    found = list[str]()
    for item in xml_elements(package.bytes_of(parts[0]), f"{MAIN}si") if parts else ():
        found.append(text_of(item))
        item.clear()
        while item.getprevious() is not None:
            del item.getparent()[0]
    return found


def text_of(item: Any) -> str:
    """A text as it stands there, with the marks of its raised and struck runs, without readings."""
    whole = item.findtext(f"{MAIN}t")
    text = whole if whole is not None else with_marks(map(_run, item.iterchildren(f"{MAIN}r")))
    return unescaped(text)


def unescaped(text: str) -> str:
    """With what stands for characters that XML does not have (`_x000D_`)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _run(run: Any) -> tuple[str, bool, bool]:
    text, look = run.findtext(f"{MAIN}t") or "", run.find(f"{MAIN}rPr")
    if look is None:
        return text, False, False
    set_at = look.find(f"{MAIN}vertAlign")
    raised = set_at is not None and set_at.get("val") == "superscript"
    return text, raised, is_on(look.find(f"{MAIN}strike"))
