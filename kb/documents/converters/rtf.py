"""RTF, and its code pages. pandoc takes every byte above 127 for Windows-1252, whatever the file
declares, which makes noise of a Chinese document of WordPad, loses the character behind
`\\u1234?`, and of a text that is there twice takes the one for programs of 1995. Here such bytes
become `\\u`, with a blank behind the number, and of `\\upr` its version in Unicode stays.

(Rich Text Format Specification 1.9.1, "Unicode RTF" and "Font Table".)
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from typing import Any

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_TOKEN = re.compile(
    rb"\\'(?P<hex>[0-9a-fA-F]{2})"
    rb"|\\(?P<word>[a-zA-Z]+)(?P<number>-?\d+)? ?"
    rb"|(?P<brace>[{}])"
    rb"|\\[^a-zA-Z]"
    rb"|(?P<plain>[^\\{}]+)",
    re.S,
)
_CODE_PAGES = {"936": "gb18030", "950": "big5hkscs", "54936": "gb18030", "65001": "utf-8"}
_CHARSETS = {
    128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5hkscs", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_FREE = range(0xFDD0, 0xFDF0)
"""Codes that Unicode keeps for no character."""
_OTHER = re.compile(
    rb"\\u-?\d|\\upr\b|\\ansicpg(?!1252\b)\d|\\fcharset(?:%s)\b"
    % b"|".join(b"%d" % one for one in _CHARSETS)
)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    rewriter = _Rewriter(joins=True)
    page = to_html(source, rewriter.rewritten(data) if _OTHER.search(data) else data, "rtf")
    for character, code in rewriter.stand_ins.items():
        page = page.replace(chr(code).encode(), character.encode())
    return html.convert(source, page)


def in_unicode(data: bytes) -> bytes:
    """The same document with `\\u` in place of bytes of another code page than 1252.

    Pictures in binary are left out."""
    return _Rewriter().rewritten(data) if _OTHER.search(data) else data


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits: its font, how many characters stand in for one `\\u`, and whether it
    is a version of a text that is left out."""

    font: int = -1
    fallbacks: int = 1
    left_out: bool = False


@dataclass(slots=True)
class _Rewriter:
    state: _State = field(default_factory=_State)
    groups: list[_State] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    page: str = "cp1252"
    skip: int = 0
    has_versions: bool = False
    """The next group is a text as programs that know no Unicode show it."""
    joins: bool = False
    """Whether pairs of UTF-16 are joined, for pandoc, which makes noise of each half."""
    high: int = 0
    """The first half of a pair that waits for its second."""
    stand_ins: dict[str, int] = field(default_factory=dict)
    """Codes that no text has, for the characters of such pairs."""
    out: list[bytes] = field(default_factory=list)
    decoder: Any = None

    def rewritten(self, data: bytes) -> bytes:
        position = 0
        while token := _TOKEN.match(data, position):
            position = token.end()
            if token["hex"]:
                self.feed(bytes.fromhex(token["hex"].decode()))
            elif token["plain"]:
                self.plain(token["plain"])
            else:
                self.finish()
                if token["word"]:
                    position += self.control(token)
                else:
                    self.symbol(token)
        self.finish()
        return b"".join(self.out)

    def plain(self, text: bytes) -> None:
        """Line ends mean nothing. A character's second byte may stand here as a letter."""
        text = text.replace(b"\r", b"").replace(b"\n", b"")
        text, self.skip = text[self.skip :], max(0, self.skip - len(text))
        if text and self.is_within_character():
            self.feed(text[:1])
            text = text[1:]
        if text.isascii():
            if text:
                self.finish()
                self.put(text)
        else:
            for byte in text:
                self.feed(bytes([byte]))

    def symbol(self, token: re.Match[bytes]) -> None:
        if token["brace"] == b"{":
            self.groups.append(self.state)
            if self.has_versions:
                self.state, self.has_versions = replace(self.state, left_out=True), False
        if token["brace"] or not self.skip:
            self.put(token[0])
        else:
            self.skip -= 1
        if token["brace"]:
            self.skip = 0
        if token["brace"] == b"}" and self.groups:
            self.state = self.groups.pop()

    def control(self, token: re.Match[bytes]) -> int:
        """Note what a control word says. Returns how many raw bytes follow it."""
        word, number = token["word"], int(token["number"] or 0)
        if word == b"uc":
            self.state = replace(self.state, fallbacks=max(0, number))
            return 0
        if word == b"u" and token["number"]:
            self.unit(number)
            self.skip = self.state.fallbacks
            return 0
        if word == b"upr":
            self.has_versions = True
            return 0
        if word == b"ud":
            if self.out[-1:] == [b"\\*"]:
                self.out.pop()  # it would say that the group may be passed over
            return 0
        if word == b"ansicpg":
            self.page = _known(_CODE_PAGES.get(str(number), f"cp{number}"))
        elif word == b"f":
            self.state = replace(self.state, font=number)
        elif word == b"fcharset" and number in _CHARSETS:
            self.fonts[self.state.font] = _CHARSETS[number]
        elif word == b"bin":
            return max(0, number)  # a picture; the word is dropped with its bytes
        self.put(token[0])
        return 0

    def put(self, written: bytes) -> None:
        if not self.state.left_out:
            self.out.append(written)

    def feed(self, byte: bytes) -> None:
        if self.skip:
            self.skip -= 1
            return
        if self.decoder is None:
            encoding = self.fonts.get(self.state.font, self.page)
            self.decoder = codecs.getincrementaldecoder(encoding)("replace")
        self.write(self.decoder.decode(byte))

    def is_within_character(self) -> bool:
        return self.decoder is not None and bool(self.decoder.getstate()[0])

    def finish(self) -> None:
        if self.decoder is not None:
            self.write(self.decoder.decode(b"", True))
            self.decoder = None

    def write(self, text: str) -> None:
        for character in text:
            if character in "\\{}":
                self.put(b"\\" + character.encode())
            elif character.isascii():
                self.put(character.encode())
            else:
                units = memoryview(character.encode("utf-16-le")).cast("h")
                for unit in units:
                    self.unit(unit)

    def unit(self, unit: int) -> None:
        """A 16-bit unit of UTF-16, which RTF writes with a sign."""
        code = unit & 0xFFFF
        if self.joins and 0xD800 <= code < 0xDC00:
            self.high = code
            return
        if self.high and 0xDC00 <= code < 0xE000:
            character = chr(0x10000 + ((self.high - 0xD800) << 10) + code - 0xDC00)
            if len(self.stand_ins) < len(_FREE):
                self.stand_ins.setdefault(character, _FREE[len(self.stand_ins)])
            unit = self.stand_ins.get(character, 0xFFFD) - 0x10000
        self.high = 0
        self.put(b"\\u%d ?" % unit)


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"


FORMAT = Format(
    name="rtf",
    endings=("rtf",),
    kept="sections, lists, rows; Chinese, Japanese, Cyrillic and other code pages",
    lost="pictures, headers and footers",
    convert=convert,
    recognised=lambda content: content.starts(b"{\\rtf"),
    hidden=("rtf",),
    program=PANDOC,
    preload="kb.documents.converters.common.unstructured",
)
