"""The RTF in which Outlook keeps a mail's body, packed ([MS-OXRTFCP]), and the page or plain text
that such an RTF was made of ([MS-OXRTFEX])."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace

from kb.documents.converters.rtf import in_unicode
from kb.errors import DamagedDocument, LimitExceeded

MOST_RTF = 100 << 20
_SIZE = 4096
_PRESET = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_HEADER = struct.Struct("<II4sI")


def unpacked(data: bytes) -> bytes:
    """The RTF itself.

    Raises:
        DamagedDocument: it is no packed RTF.
        LimitExceeded: it unpacks to more than 100 MiB.
    """
    if len(data) < _HEADER.size:
        raise _damaged("it ends within its header")
    packed, size, kind, _ = _HEADER.unpack_from(data)
    if size > MOST_RTF:
        raise LimitExceeded(
            "the mail's body is too long",
            why=f"it unpacks to more than {MOST_RTF >> 20} MiB",
            hint="save the mail as text or PDF, or exclude it",
        )
    content = data[_HEADER.size : packed + 4]
    if kind == b"MELA":
        return content[:size]
    if kind != b"LZFu":
        raise _damaged("its compression is not known")
    return _lzfu(content, size)


def _lzfu(data: bytes, size: int) -> bytes:
    """Runs of eight pieces behind a byte that tells which of them are references to what was
    written within the last 4,096 bytes. What ends early is what there is."""
    window = bytearray(_PRESET.ljust(_SIZE, b"\0"))
    write, at, out = len(_PRESET), 0, bytearray()
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data):
                break
            if not control >> bit & 1:
                window[write] = data[at]
                out.append(data[at])
                write = (write + 1) % _SIZE
                at += 1
                continue
            if at + 1 >= len(data):
                return bytes(out[:size])
            offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
            at += 2
            if offset == write:
                return bytes(out[:size])
            for step in range(length):
                byte = window[(offset + step) % _SIZE]
                window[write] = byte
                out.append(byte)
                write = (write + 1) % _SIZE
    return bytes(out[:size])


def _damaged(why: str) -> DamagedDocument:
    return DamagedDocument(
        "the mail's body cannot be unpacked",
        why=why,
        hint="open the mail in Outlook and save it again",
    )


# --- what an RTF was made of ----------------------------------------------------------

_TOKEN = re.compile(
    rb"\\'(?P<hex>[0-9a-fA-F]{2})"
    rb"|\\(?P<word>[a-zA-Z]+)(?P<number>-?\d{1,9})? ?"
    rb"|(?P<brace>[{}])"
    rb"|\\(?P<symbol>[^a-zA-Z])"
    rb"|(?P<text>[^\\{}\r\n]+)"
    rb"|[\r\n]+|\\",
    re.S,
)
_UNSEEN = {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"generator"}
_CHARACTERS = {
    b"par": "\n", b"line": "\n", b"tab": "\t", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–", b"emdash": "—",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n"}
_BEGINNING = 1000


def page_of(rtf: bytes) -> str:
    """The HTML that a mail program has wrapped into this RTF, "" where it is none."""
    return _unwrapped(rtf) if b"\\fromhtml" in rtf[:_BEGINNING] else ""


def text_of(rtf: bytes) -> str:
    """The plain text that a mail program has wrapped into this RTF, "" where it is none."""
    return _unwrapped(rtf) if b"\\fromtext" in rtf[:_BEGINNING] else ""


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group inherits. `unseen`: it is no part of what was wrapped; `rendered`: it is there
    for readers of RTF alone."""

    unseen: bool = False
    rendered: bool = False


def _unwrapped(rtf: bytes) -> str:
    group, groups = _Group(), list[_Group]()
    out: list[str] = []
    destination, skip = False, 0
    data = in_unicode(rtf)
    for token in _TOKEN.finditer(data):
        starts, destination = destination, False
        text = ""
        if token["brace"] == b"{":
            groups.append(group)
        elif token["brace"]:
            group = groups.pop() if groups else _Group()
        elif token["symbol"] == b"*":
            destination = True
        elif word := token["word"]:
            if word == b"htmlrtf":
                group = replace(group, rendered=token["number"] != b"0")
            elif word == b"u" and token["number"]:
                text, skip = chr(int(token["number"]) & 0xFFFF), 2
            elif word in _UNSEEN or (starts and word != b"htmltag"):
                group = replace(group, unseen=True)
            else:
                text = _CHARACTERS.get(word, "")
        elif token["hex"]:
            text = bytes.fromhex(token["hex"].decode()).decode("cp1252", "replace")
        elif token["symbol"]:
            text = _SYMBOLS.get(token["symbol"], "")
        elif token["text"]:
            text = token["text"].decode("latin-1")
            if skip:  # the question mark for readers that know no Unicode
                text = text.removeprefix("?")
        skip = max(0, skip - 1)
        if text and not group.unseen and not group.rendered:
            out.append(text)
    joined = "".join(out)
    return joined.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
