"""winmail.dat: what Outlook makes of a mail for receivers that it takes for Outlook ([MS-OXTNEF]).

What is attached to the mail lies in it, and often its text too; other mail programs show a file
that nothing opens."""

from __future__ import annotations

from collections.abc import Iterator

from kb.documents.archives.members import Entry, named
from kb.documents.archives.opening import with_members
from kb.documents.builder import Builder
from kb.documents.converters.common.mail import add_bodies, add_headers, add_names
from kb.documents.converters.common.tnef import SIGNATURE, Attached, wrapping
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

# PidTagSubject, PidTagBody, PidTagHtml, PidTagRtfCompressed, PidTagSenderName, PidTagClientSubmit…
_SUBJECT, _BODY, _PAGE, _PACKED_RTF, _SENDER, _SENT = 0x37, 0x1000, 0x1013, 0x1009, 0xC1A, 0x39
_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME, _CONTENT_ID, _DATA = 0x3707, 0x3704, 0x3001, 0x3712, 0x3701


class Attachments:
    """What is wrapped (see `kb.documents.archives.members.Container`)."""

    packed = False

    def __init__(self, data: bytes) -> None:
        self.wrapping = wrapping(data)
        self.entries = named(self._attached())

    def _attached(self) -> Iterator[tuple[str, Entry]]:
        page = self.wrapping.properties.bytes_of(_PAGE)
        for one in self.wrapping.attached:
            content_id = one.properties.text(_CONTENT_ID)
            if content_id and f"cid:{content_id}".encode() in page:
                continue
            data = one.data or one.properties.bytes_of(_DATA)
            yield _name(one, data), Entry(len(data), len(data), data)

    def read(self, entry: Entry) -> bytes:
        return bytes(entry.key)

    def close(self) -> None:
        """Nothing is open."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Subject, sender and date, the body, the names of what is attached."""
    attachments = Attachments(data)
    wrapped, properties = attachments.wrapping, attachments.wrapping.properties
    builder = Builder(source)
    shown = [
        ("From", properties.text(_SENDER)),
        ("Subject", properties.text(_SUBJECT) or wrapped.subject),
        ("Date", properties.time(_SENT)),
    ]
    add_headers(builder, [(name, value) for name, value in shown if value])
    add_bodies(
        builder,
        properties.text(_BODY) or wrapped.body,
        properties.bytes_of(_PAGE),
        properties.bytes_of(_PACKED_RTF),
    )
    add_names(builder, attachments.entries)
    if wrapped.is_cut:
        builder.lose("what follows the place at which the file is damaged")
    return with_members(builder.document(builder.labels.get("subject", "")), attachments)


def _name(one: Attached, data: bytes) -> str:
    name = one.properties.text(_LONG_NAME, _SHORT_NAME) or one.name
    if data.startswith(SIGNATURE):  # a mail, or another item of Outlook's, wrapped likewise
        return f"{one.properties.text(_DISPLAY_NAME) or name or 'attached item'}.tnef"
    return name or "attachment"


FORMAT = Format(
    name="tnef",
    endings=("tnef",),
    kept="as `eml`: what Outlook sends as `winmail.dat`",
    lost="fields of appointments and tasks",
    convert=convert,
    open=lambda path, file: Attachments(file.read()),
    recognised=lambda content: content.starts(SIGNATURE),
)
