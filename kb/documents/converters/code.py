"""Source code and configuration: text whose lines and blanks mean something."""

from __future__ import annotations

import re

from kb.documents.builder import check_length, title_of
from kb.documents.formats import Format, extension
from kb.documents.text.encoding import decode
from kb.types import Element, ElementKind, ParsedDocument, SourceFile

_LONGEST = 50
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ENDINGS = (
    "py java sql yaml toml sh pyi c h cc cpp hpp cs kt go rs rb php js jsx ts tsx mjs swift scala "
    "lua pl r bash zsh ps1 bat cmd ini cfg conf env yml properties gradle cmake mk css scss less "
    "vue svelte tex bib proto graphql diff patch"
)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    text, _ = decode(data)
    if extension(source.path) == "properties":
        text = _ESCAPES.sub(_unescaped, text)
    return as_code(source, text)


def _unescaped(found: re.Match[str]) -> str:
    """Java's properties write what is not Latin as UTF-16 in hex digits."""
    units = bytes.fromhex(found[0].replace("\\u", ""))
    return units.decode("utf-16-be", "replace")


def as_code(source: SourceFile, text: str) -> ParsedDocument:
    """Each run of lines without a blank one is an element, of at most 50 lines."""
    check_length(len(text))
    elements: list[Element] = []
    position = first = 0
    start = -1
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if start >= 0 and (not line.strip() or number - first == _LONGEST):
            elements.append(Element(ElementKind.CODE, start, position - 1, line=first))
            start = -1
        if line.strip() and start < 0:
            start, first = position, number
        position += len(line) + 1
    return ParsedDocument(source, text, tuple(elements), title_of(source))


FORMAT = Format(
    name="code",
    endings=tuple(_ENDINGS.split()),
    kept="line numbers; the text as it is (of properties, with `\\uXXXX` as characters)",
    convert=convert,
    by_ending=True,
    text=True,
)
