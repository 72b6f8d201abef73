"""A mailbox: many mails in one file (RFC 4155)."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from typing import BinaryIO

from kb.documents.archives.limits import MOST_MAILS
from kb.documents.archives.members import Entry, named
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.errors import LimitExceeded

_FROM_LINE = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]*\r?\n(?=>?[\x21-\x39\x3b-\x7e]+[: ])"
)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)


class Mailbox:
    """Mails in the order of the file, numbered: one that is appended leaves the others' names
    alone. A line "From " within a mail is
    quoted by ">", as in mboxrd."""

    packed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.entries = named(self._mails())
        if len(self.entries) > MOST_MAILS:
            raise LimitExceeded(
                "the mailbox holds too many mails",
                why=f"more than {MOST_MAILS:,}",
                hint="split it, for example by year",
            )

    def _mails(self) -> Iterator[tuple[str, Entry]]:
        lines = list(_FROM_LINE.finditer(self.map))
        ends = [line.start() for line in lines[1:]] + [len(self.map)]
        for number, (line, end) in enumerate(zip(lines, ends, strict=True), start=1):
            key = line.end(), end
            size = len(self._mail(*key))
            yield f"{number:04d}.eml", Entry(size, size, key)

    def _mail(self, start: int, end: int) -> bytes:
        return _QUOTED_FROM.sub(rb"\1", self.map[start:end])

    def read(self, entry: Entry) -> bytes:
        return self._mail(*entry.key)

    def close(self) -> None:
        self.map.close()
        self.file.close()


_FIRST_LINE = re.compile(rb"From [^\r\n]*\d\d:\d\d[^\r\n]*\r?\n>?[\x21-\x39\x3b-\x7e]+[: ]")
_ONE_MAIL = ("eml", "mht", "mhtml")


def _recognised(content: Content) -> bool:
    """A single mail may have been saved with the line that begins it in a mailbox."""
    if content.ending in _ONE_MAIL or not _FIRST_LINE.match(content.head):
        return False
    return content.is_text


FORMAT = Format(
    name="mbox",
    endings=("mbox", "mbx"),
    kept="each mail, as `eml`",
    recognised=_recognised,
    open=lambda path, file: Mailbox(file),
    hidden=("mbox",),
)
