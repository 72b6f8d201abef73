"""Outlook's own mail files ([MS-OXMSG]). The only importer of oxmsg.

unstructured reads them through the same package and leaves out recipients, date and attachments'
names.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

from kb.documents.archives.limits import MOST_NESTED
from kb.documents.archives.members import Entry, named
from kb.documents.archives.opening import with_members
from kb.documents.builder import Builder
from kb.documents.converters.common.compressed_rtf import page_of, text_of, unpacked
from kb.documents.converters.common.mail import add_bodies, add_headers, add_names
from kb.documents.converters.common.mail_headers import decoded
from kb.documents.failures import protected
from kb.documents.formats import Format
from kb.errors import DamagedDocument, UnsupportedFormat
from kb.types import ParsedDocument, SourceFile

_CONTENT_ID = 0x3712  # PidTagAttachContentId
_PACKED_RTF = 0x1009  # PidTagRtfCompressed
_PAGE = 0x1013  # PidTagHtml, or PidTagBodyHtml where it is text
_ITEM = "__substg1.0_3701000D"  # PidTagAttachDataObject
_LIST = "__properties_version1.0"
_TEXT8, _TEXT16 = 0x1E, 0x1F
_MESSAGE_PAGE, _INTERNET_PAGE = 0x3FFD, 0x3FDE  # PidTagMessageCodepage, PidTagInternetCodepage
_ENCRYPTED = "IPM.Note.SMIME"


class Attachments:
    """What a mail carries (see `kb.documents.archives.members.Container`)."""

    packed = False

    def __init__(self, data: bytes) -> None:
        import oxmsg

        loaded = oxmsg.Message.load(io.BytesIO(data))
        self.message = oxmsg.Message(_in_unicode(loaded._storage))
        self.entries = named(self._attached())

    def _attached(self) -> Iterator[tuple[str, Entry]]:
        page = _page(self.message)
        for one in self.message.attachments:
            content_id = one.properties.str_prop_value(_CONTENT_ID)
            if content_id and f"cid:{content_id}".encode() in page:
                continue
            item = _item(one)
            data = one.file_bytes if item is None else _as_mail(item, MOST_NESTED).as_bytes()
            size = len(data or b"")
            name = one.file_name or "attached item.msg"
            yield (name if item is None else f"{_subject(item)}.eml"), Entry(size, size, data)

    def read(self, entry: Entry) -> bytes:
        if not isinstance(entry.key, bytes):
            raise UnsupportedFormat(
                "an attached Outlook item is not read",
                why="it lies in the mail as an object of another program, not as a file",
                hint="open the mail in Outlook and save the attached item beside it",
            )
        return entry.key

    def close(self) -> None:
        """Nothing is open."""


# --- texts of 8 bits: oxmsg knows Chinese code pages by names that Python does not, and fails on a
# character beyond what a page is said to hold


def _in_unicode(folder: Any, page: str = "") -> Any:
    """The same folder of the file with its texts in UTF-16. `page`: of the mail that it is of."""
    head = {"": 32, _ITEM: 24}.get(folder.name, 8)
    streams = {one.name: one for one in folder.streams}
    listed = bytearray(streams[_LIST].bytes_ if _LIST in streams else b"")
    places = range(head, len(listed) - 15, 16)
    entries = [(at, *struct.unpack_from("<HH4xI", listed, at)) for at in places]
    for wanted in (_INTERNET_PAGE, _MESSAGE_PAGE):
        page = next((f"cp{value}" for _, _, tag, value in entries if tag == wanted), page)
    for at, kind, tag, _ in entries:
        name = f"__substg1.0_{tag:04X}{_TEXT8:04X}"
        if kind == _TEXT8 and name in streams:
            one = streams.pop(name)
            text = decoded(one.bytes_.rstrip(b"\0"), page).encode("utf-16-le")
            path = one.path.removesuffix(f"{_TEXT8:04X}") + f"{_TEXT16:04X}"
            streams[path] = replace(one, path=path, bytes_=text)
            struct.pack_into("<H", listed, at, _TEXT16)
    if _LIST in streams:
        streams[_LIST] = replace(streams[_LIST], bytes_=bytes(listed))
    folders = tuple(_in_unicode(one, page) for one in folder.storages)
    return replace(folder, streams=tuple(streams.values()), storages=folders)


# --- a mail attached to a mail: a folder in the file, without one of its own ------------


def _item(attachment: Any) -> Any:
    """An attached item of Outlook's as a message, None for anything else."""
    import oxmsg

    for folder in attachment._storage.storages:
        if folder.name == _ITEM:
            # Its properties follow a head that is 8 bytes shorter than that of a file.
            streams = tuple(
                replace(one, bytes_=one.bytes_[:24] + bytes(8) + one.bytes_[24:])
                if one.name == _LIST
                else one
                for one in folder.streams
            )
            return oxmsg.Message(replace(folder, streams=streams))
    return None


def _as_mail(message: Any, most_nested: int) -> EmailMessage:
    """An attached item as RFC 5322 has it, with what is attached to it."""
    mail = EmailMessage()
    for name, value in _headers(message):
        mail[name] = " ".join(value.split())
    packed = message.properties.binary_prop_value(_PACKED_RTF) or b""
    try:
        content = unpacked(packed) if packed else b""
    except DamagedDocument:
        content = packed  # attached as it is, it is a failure of its own
    page = _page(message).decode("utf-8", "replace") or page_of(content)
    text = message.body or text_of(content)
    mail.set_content(text)
    if page:
        mail.add_alternative(page, subtype="html")
    elif content and not text:
        mail.add_attachment(content, maintype="application", subtype="rtf", filename="body.rtf")
    for one in message.attachments:
        item = _item(one)
        if item is None:
            mail.add_attachment(
                one.file_bytes or b"",
                maintype="application",
                subtype="octet-stream",
                filename=one.file_name or "attached item.msg",
            )
        elif most_nested:
            mail.add_attachment(_as_mail(item, most_nested - 1))
    return mail


def _subject(message: Any) -> str:
    return " ".join(message.subject.replace("/", "_").split())[:100] or "attached item"


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Headers as lines and labels, the body, the attachments' names."""
    attachments = Attachments(data)
    message = attachments.message
    if message.message_class == _ENCRYPTED:
        raise protected(source.path)
    builder = Builder(source)
    add_headers(builder, [(name, value) for name, value in _headers(message) if value])
    packed = message.properties.binary_prop_value(_PACKED_RTF) or b""
    add_bodies(builder, message.body or "", _page(message), packed)
    add_names(builder, attachments.entries)
    return with_members(builder.document(builder.labels.get("subject", "")), attachments)


def _headers(message: Any) -> Iterator[tuple[str, str]]:
    yield "From", message.sender or ""
    yield "To", ", ".join(_address(one) for one in message.recipients)
    yield "Subject", message.subject or ""
    yield "Date", message.sent_date.isoformat(" ") if message.sent_date else ""


def _page(message: Any) -> bytes:
    """The mail as HTML, in bytes: oxmsg fails on GB18030 that calls itself gb2312."""
    properties = message.properties
    page = properties.binary_prop_value(_PAGE) or properties.str_prop_value(_PAGE) or b""
    return page.encode("utf-8", "replace") if isinstance(page, str) else bytes(page)


def _address(recipient: Any) -> str:
    name, address = recipient.name or "", recipient.email_address or ""
    return f"{name} <{address}>" if name and address and name != address else name or address


FORMAT = Format(
    name="msg",
    endings=("msg",),
    kept="as `eml`",
    lost="objects of other programs in the mail (listed as failed)",
    convert=convert,
    open=lambda path, file: Attachments(file.read()),
    recognised=lambda content: content.has_stream(_LIST),
    hidden=("msg",),
)
