"""winmail.dat, Outlook's own wrapping of a mail ([MS-OXTNEF]): its attributes, and the properties
of the mail and of each attachment in them."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.documents.converters.common.mail_headers import decoded

SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTRIBUTE = struct.Struct("<BII")
_MESSAGE_CLASS, _CODE_PAGE, _MESSAGE = 0x8008, 0x9007, 0x9003
_SUBJECT, _BODY, _SENT = 0x8004, 0x800C, 0x8005
_BEGIN, _NAME, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
MOST_ATTACHED = 10_000

_TEXT8, _TEXT, _BINARY, _OBJECT, _MANY = 0x1E, 0x1F, 0x102, 0x0D, 0x1000
_FIXED = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8,
    0x48: 16,
}  # fmt: skip
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Properties:
    """MAPI properties by their number, as bytes; texts in UTF-16 and times in 100 ns since 1601
    by their type."""

    code_page: str
    values: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def text(self, *numbers: int) -> str:
        """The first of these that is a text and not empty."""
        for number in numbers:
            kind, value = self.values.get(number, (0, b""))
            if kind == _TEXT:
                found = value[: len(value) & ~1].decode("utf-16-le", "replace")
            else:
                found = _text8(value, self.code_page) if kind == _TEXT8 else ""
            if found := found.rstrip("\0"):
                return found
        return ""

    def bytes_of(self, number: int) -> bytes:
        """A binary value, a text in UTF-8, or what lies behind an object's interface."""
        kind, value = self.values.get(number, (0, b""))
        if kind == _OBJECT:
            return value[16:]
        if kind in (_TEXT, _TEXT8):
            return self.text(number).encode("utf-8", "replace")
        return value if kind == _BINARY else b""

    def time(self, number: int) -> str:
        """As ISO 8601 in UTC."""
        kind, value = self.values.get(number, (0, b""))
        if kind != 0x40:
            return ""
        try:
            ticks = datetime.timedelta(microseconds=struct.unpack("<Q", value)[0] // 10)
            return (_EPOCH + ticks).replace(microsecond=0).isoformat(" ")
        except OverflowError:
            return ""


def _text8(value: bytes, code_page: str) -> str:
    return decoded(value.rstrip(b"\0"), code_page)


@dataclass(slots=True)
class Attached:
    """A file in the wrapping: what older programs wrote of it, and its properties."""

    properties: Properties
    name: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Wrapping:
    """What a winmail.dat holds. `is_cut`: it ends within an attribute."""

    properties: Properties
    subject: str = ""
    body: str = ""
    attached: list[Attached] = field(default_factory=list)
    is_cut: bool = False


def wrapping(data: bytes) -> Wrapping:
    """Read a winmail.dat. What a damaged one holds before the damage is read, and `is_cut`."""
    code_page = ""
    found = Wrapping(Properties(code_page))
    for number, value in _attributes(data, found):
        if number == _CODE_PAGE and len(value) >= 4:
            code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif number == _SUBJECT:
            found.subject = _text8(value, code_page)
        elif number == _BODY:
            found.body = _text8(value, code_page)
        elif number == _MESSAGE:
            found.properties = _properties(value, code_page, found)
        elif number == _BEGIN:
            if len(found.attached) == MOST_ATTACHED:
                found.is_cut = True
                break
            found.attached.append(Attached(Properties(code_page)))
        elif found.attached:
            last = found.attached[-1]
            if number == _NAME:
                last.name = _text8(value, code_page)
            elif number == _DATA:
                last.data = value
            elif number == _ATTACHMENT:
                last.properties = _properties(value, code_page, found)
    return found


def _attributes(data: bytes, found: Wrapping) -> Iterator[tuple[int, bytes]]:
    at = 6  # the signature, and a key that nobody needs
    while at + _ATTRIBUTE.size <= len(data):
        _, number, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if at + length > len(data):
            found.is_cut = True
            return
        yield number & 0xFFFF, data[at : at + length]
        at += length + 2  # a checksum
    found.is_cut = bool(data[at:].strip(b"\0"))


def _properties(data: bytes, code_page: str, found: Wrapping) -> Properties:
    reader = _Reader(data)
    properties = Properties(code_page)
    try:
        for _ in range(reader.number()):
            kind, number = struct.unpack("<HH", reader.take(4))
            if number >= 0x8000:
                reader.skip_name()
            values = [*reader.values(kind)]
            if values:
                properties.values.setdefault(number, (kind, values[0]))
    except (EOFError, struct.error):
        found.is_cut = True
    return properties


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int, *, padded: bool = False) -> bytes:
        if self.at + size > len(self.data):
            raise EOFError
        value = self.data[self.at : self.at + size]
        self.at += size + (-size % 4 if padded else 0)
        return value

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def skip_name(self) -> None:
        """Of a property that has no number of its own: a namespace, and a number or a name."""
        self.take(16)
        if self.number():
            self.take(self.number(), padded=True)
        else:
            self.number()

    def values(self, kind: int) -> Iterator[bytes]:
        single = kind & ~_MANY
        if single in _FIXED:
            for _ in range(self.number() if kind & _MANY else 1):
                yield self.take(_FIXED[single])
        elif single in (_TEXT8, _TEXT, _BINARY, _OBJECT):
            for _ in range(self.number()):
                yield self.take(self.number(), padded=True)
        elif single > 1:
            raise EOFError  # how long it is nobody knows
