"""Outlook's own mail files ([MS-OXMSG]). The only importer of oxmsg.

unstructured reads them through the same package and leaves out recipients, date and attachments'
names.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from kb.documents.archives.members import Entry, named
from kb.documents.archives.opening import with_members
from kb.documents.builder import Builder
from kb.documents.converters import html
from kb.documents.converters.common.mail import add_body, add_headers, add_names
from kb.documents.failures import protected
from kb.documents.formats import Format
from kb.errors import UnsupportedFormat
from kb.types import ParsedDocument, SourceFile

_CONTENT_ID = 0x3712  # PidTagAttachContentId
_ENCRYPTED = "IPM.Note.SMIME"


class Attachments:
    """What a mail carries (see `kb.documents.archives.members.Container`)."""

    packed = False

    def __init__(self, data: bytes) -> None:
        import oxmsg

        self.message = oxmsg.Message.load(io.BytesIO(data))
        self.entries = named(self._attached())

    def _attached(self) -> Iterator[tuple[str, Entry]]:
        page = self.message.html_body or ""
        for one in self.message.attachments:
            content_id = one.properties.str_prop_value(_CONTENT_ID)
            if content_id and f"cid:{content_id}" in page:
                continue
            data = one.file_bytes
            size = len(data or b"")
            yield one.file_name or "attached item.msg", Entry(size, size, data)

    def read(self, entry: Entry) -> bytes:
        if not isinstance(entry.key, bytes):
            raise UnsupportedFormat(
                "an attached Outlook item is not read",
                why="it lies in the mail as Outlook's own object, not as a file",
                hint="open the mail in Outlook and save the attached item beside it",
            )
        return entry.key

    def close(self) -> None:
        """Nothing is open."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Headers as lines and labels, the body, the attachments' names."""
    attachments = Attachments(data)
    message = attachments.message
    if message.message_class == _ENCRYPTED:
        raise protected(source.path)
    builder = Builder(source)
    add_headers(builder, [(name, value) for name, value in _headers(message) if value])
    body = (message.body or "").replace("\r\n", "\n")
    if body.strip():
        add_body(builder, body)
    elif message.html_body:
        html.add_page(builder, message.html_body.encode())
    add_names(builder, attachments.entries)
    return with_members(builder.document(builder.labels.get("subject", "")), attachments)


def _headers(message: Any) -> Iterator[tuple[str, str]]:
    yield "From", message.sender or ""
    yield "To", ", ".join(_address(one) for one in message.recipients)
    yield "Subject", message.subject or ""
    yield "Date", message.sent_date.isoformat(" ") if message.sent_date else ""


def _address(recipient: Any) -> str:
    name, address = recipient.name or "", recipient.email_address or ""
    return f"{name} <{address}>" if name and address and name != address else name or address


FORMAT = Format(
    name="msg",
    endings=("msg",),
    kept="as `eml`",
    lost="Outlook items attached as objects (listed as failed)",
    convert=convert,
    open=lambda path, file: Attachments(file.read()),
    recognised=lambda content: content.has_stream("__properties_version1.0"),
    hidden=("msg",),
)
