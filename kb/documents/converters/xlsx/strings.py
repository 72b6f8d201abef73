"""Texts of cells, which may change their look within (ISO 29500-1, 18.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from kb.documents.converters.common.markup import xml_elements
from kb.documents.converters.common.package import Package
from kb.documents.converters.common.rich_text import Ground, Run, as_seen
from kb.documents.converters.xlsx.names import MAIN, is_on
from kb.documents.converters.xlsx.styles import BLACK, rgb

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


Text = str | tuple[Run, ...]
"""Of a cell; its runs where one has a colour of its own, in which it may not be seen."""


def shared_strings(package: Package) -> list[Text]:
    """The texts that cells name by number.

    Raises:
        DamagedDocument: the part is not XML.
    """
    parts = package.related(package.main_part(), "sharedStrings")
    found = list[Text]()
    for item in xml_elements(package.bytes_of(parts[0]), f"{MAIN}si") if parts else ():
        found.append(text_of(item))
        item.clear()
        while item.getprevious() is not None:
            del item.getparent()[0]
    return found


def text_of(item: Any) -> Text:
    """A text as it stands there, with the marks of its raised and struck runs, without readings."""
    whole = item.findtext(f"{MAIN}t")
    if whole is not None:
        return unescaped(whole)
    return text_of_runs([_run(run) for run in item.iterchildren(f"{MAIN}r")])


def text_of_runs(runs: Sequence[Run]) -> Text:
    coloured = any(run.colour not in ("", BLACK) for run in runs)
    return tuple(runs) if coloured else as_seen(runs, Ground())[0]


def unescaped(text: str) -> str:
    """With what stands for characters that XML does not have (`_x000D_`)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _run(run: Any) -> Run:
    text, look = unescaped(run.findtext(f"{MAIN}t") or ""), run.find(f"{MAIN}rPr")
    if look is None:
        return Run(text)
    set_at = look.find(f"{MAIN}vertAlign")
    raised = set_at is not None and set_at.get("val") == "superscript"
    return Run(text, raised, is_on(look.find(f"{MAIN}strike")), rgb(look.find(f"{MAIN}color")))
