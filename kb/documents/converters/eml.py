"""Mail as RFC 5322 has it, read with the standard library.

unstructured drops most headers and trusts the character set that a message declares; Chinese
mail often declares gb2312 and holds more.

What is attached is a document of its own: `Attachments` lists and reads it. A signature, and an
image that the mail's page shows, are part of the mail.
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from email.errors import InvalidBase64LengthDefect
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from itertools import islice

from kb.documents.archives.members import Entry, named
from kb.documents.archives.opening import with_members
from kb.documents.builder import Builder
from kb.documents.converters.common.mail import add_headers, add_names, add_richest, unflowed
from kb.documents.converters.common.mail_headers import decoded, file_name, header_text
from kb.documents.converters.common.signed import enclosed
from kb.documents.converters.ics import appointments
from kb.documents.detect import Content
from kb.documents.failures import protected
from kb.documents.formats import Format
from kb.types import ElementKind, ParsedDocument, SourceFile

_FIELDS = ("From", "To", "Cc", "Subject", "Date")
_ENCLOSING = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
"""S/MIME: encrypted, or signed in such a way that the mail is within the signature."""
_SIGNATURES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    }
)
_COMMAND = re.compile(r"<param>.*?</param>|(?<!<)</?[A-Za-z][\w-]{0,59}>", re.S | re.I)
"""Of enriched text (RFC 1896)."""
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_MOST_PARTS = 10_000
_MOST_ENCLOSED = 20
_UU_BYTES = 45
"""In a full line."""
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} ([^\n]{1,255})\n((?:[!-`][ -`]*\n)+?)`?[ ]?\n?end$", re.M
)


class Attachments:
    """What a mail carries, under the names it gives (see `archives.members.Container`)."""

    packed = False

    def __init__(self, data: bytes) -> None:
        self.message = _message(data)
        leaves = [*islice(_leaves(self.message), _MOST_PARTS + 1)]
        self.is_cut = len(leaves) > _MOST_PARTS
        first = leaves[0].get_content_type() if leaves else ""
        encrypted = self.message.get_content_type() == "multipart/encrypted"
        self.is_encrypted = encrypted or (len(leaves) == 1 and first in _ENCLOSING)
        parts = _parts(self.message, leaves[:_MOST_PARTS])
        self.plain, self.pages, self.calendars, attached = parts
        self.is_torn = any(
            isinstance(defect, InvalidBase64LengthDefect)
            for part in leaves
            for defect in part.defects
        )
        self.entries = named(
            (name, Entry(size, size, part))
            for name, part in attached
            if (size := len(_content(part))) or part.get_content_maintype() != "message"
        )

    def read(self, entry: Entry) -> bytes:
        return _content(entry.key)

    def close(self) -> None:
        """Nothing is open."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Headers as lines and labels, the body, the attachments' names."""
    attachments = Attachments(data)
    message = attachments.message
    if attachments.is_encrypted:
        raise protected(source.path)
    builder = Builder(source)
    if attachments.is_cut:
        builder.lose(f"parts of the mail beyond the first {_MOST_PARTS:,}")
    if attachments.is_torn:
        builder.lose("the end of a part whose base64 was cut off")
    add_headers(builder, list(_headers(message)))
    add_richest(builder, attachments.plain, attachments.pages)
    for calendar in attachments.calendars:
        for _, row in appointments(calendar):
            builder.add(ElementKind.TABLE_ROW, row)
    add_names(builder, attachments.entries)
    return with_members(builder.document(builder.labels.get("subject", "")), attachments)


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    fields = {name.lower(): str(value) for name, value in reversed([*message.raw_items()])}
    for name in _FIELDS:
        value = header_text(fields.get(name.lower(), ""))
        if name == "Date" and value:
            value = _iso(value)
        if value:
            yield name, value


def _iso(date: str) -> str:
    try:
        return parsedate_to_datetime(date).isoformat(" ")
    except ValueError:
        return date


def _parts(
    message: EmailMessage, leaves: Sequence[EmailMessage]
) -> tuple[list[str], list[bytes], list[str], list[tuple[str, EmailMessage]]]:
    """The plain texts, the pages, the calendars, and what is attached."""
    plain: list[str] = []
    pages: list[bytes] = []
    calendars: list[str] = []
    attached: list[tuple[str, EmailMessage]] = []
    for part in leaves:
        kind = part.get_content_type()
        if kind == "message/delivery-status":  # what came of a mail, in fields (RFC 3464)
            told = part.get_payload()
            plain += [str(one).strip() for one in (told if isinstance(told, list) else [])]
            continue
        if _is_attached(part, message):
            if kind not in _SIGNATURES:
                attached.append((_name(part), part))
            continue
        body = _payload(part)
        if body is None:
            continue
        flows = _says(part, "format", "flowed")
        text = decoded(body, part.get_content_charset() or "").replace("\r\n", "\n")
        if kind == "text/plain":
            text, files = _without_files(text)
            attached += files
            plain.append(unflowed(text, delsp=_says(part, "delsp", "yes")) if flows else text)
        elif kind == "text/html":
            pages.append(text.encode("utf-8", "replace"))
        elif kind == "text/calendar":
            calendars.append(text)
        elif kind in ("text/enriched", "text/richtext"):
            plain.append(_COMMAND.sub("", text).replace("<<", "<"))
        elif "html" not in kind and kind not in ("text/css", "text/javascript"):
            plain.append(text)
    shown = b"".join(pages)
    attached = [(name, part) for name, part in attached if not _is_shown(part, shown)]
    return plain, pages, calendars, attached


def _without_files(text: str) -> tuple[str, list[tuple[str, EmailMessage]]]:
    """A plain text, and the files that are written into it, as mail had them before MIME."""
    files: list[tuple[str, EmailMessage]] = []

    def taken(match: re.Match[str]) -> str:
        lines = match[2].splitlines()
        try:
            data = [binascii.a2b_uu(line) for line in lines]
        except binascii.Error:
            return match[0]
        if any(len(one) != _UU_BYTES for one in data[:-1]) or len(data[-1]) > _UU_BYTES:
            return match[0]
        part = EmailMessage()
        part.set_content(b"".join(data), "application", "octet-stream")
        files.append((match[1].strip(), part))
        return ""

    return _UUENCODED.sub(taken, text) if "\nend" in text else text, files


def _says(part: EmailMessage, name: str, value: str) -> bool:
    """Whether a parameter of the part's type has a value."""
    return str(part.get_param(name, "", "content-type")).strip().lower() == value


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something, in order; a mail in a mail is one of them. Without recursion:
    hostile mails nest deeper than Python does."""
    stack = [message]
    opened = 0
    while stack:
        part = stack.pop()
        if part.get_content_type() in _ENCLOSING and opened < _MOST_ENCLOSED:
            signed = enclosed(_payload(part) or b"")
            if signed is not None:
                opened += 1
                stack.append(_message(signed))
                continue
        if part.is_multipart() and part.get_content_maintype() != "message":
            inner = [one for one in part.iter_parts() if isinstance(one, EmailMessage)]
            stack.extend(reversed(inner))
        else:
            yield part


def _is_attached(part: EmailMessage, message: EmailMessage) -> bool:
    if part is message:
        return False
    if part.get_content_disposition() == "attachment" or part.get_content_maintype() == "message":
        return True
    return bool(part.get_filename()) or part.get_content_maintype() not in ("text", "multipart")


def _is_shown(part: EmailMessage, pages: bytes) -> bool:
    """Whether the mail's page shows this part where it refers to its Content-ID (RFC 2392), or
    it is a part of a saved web page, which has a Content-Location (RFC 2557)."""
    if part.get("Content-Location") and part.get_content_disposition() != "attachment":
        return True
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    return bool(content_id) and f"cid:{content_id}".encode() in pages


def _name(part: EmailMessage) -> str:
    if name := file_name(part):
        return name
    if part.get_content_maintype() == "message":
        return "attached.eml"
    return f"attachment.{part.get_content_subtype()}"


def _content(part: EmailMessage) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], EmailMessage):
            return _serialised(inner[0])
    return _payload(part) or b""


def _payload(part: EmailMessage) -> bytes | None:
    """What a part holds. Of base64 that was cut off, which Python leaves as it is, all whole
    groups of letters."""
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes):
        return None
    if not any(isinstance(defect, InvalidBase64LengthDefect) for defect in part.defects):
        return body
    letters = _NO_BASE64.sub(b"", body)
    return base64.b64decode(letters[: len(letters) // 4 * 4])


def _serialised(message: EmailMessage) -> bytes:
    """The standard library's own writer fails on some headers that it has read itself."""
    try:
        return message.as_bytes(policy=email.policy.compat32)
    except (ValueError, LookupError, AttributeError, TypeError):
        return message.as_string(policy=email.policy.compat32).encode("utf-8", "replace")


# Three fields in a row, of which two are those of a mail, and not of any other text.
_FIELDS_FIRST = re.compile(rb"(?:[\x21-\x39\x3b-\x7e]+:[ \t].*\r?\n(?:[ \t]+.*\r?\n)*){3}")
_OF_A_MAIL = re.compile(rb"^(?:from|to|subject|date|received|message-id):", re.I | re.M)


def _guessed(content: Content) -> bool:
    head = content.head
    return bool(_FIELDS_FIRST.match(head)) and len(_OF_A_MAIL.findall(head)) >= 2


FORMAT = Format(
    name="eml",
    endings=("eml",),
    kept="sender, recipients, subject and date as labels; the plain text, or the page where it "
    "says more; invitations; attachments as documents",
    lost="signatures, pictures in the page",
    convert=convert,
    open=lambda path, file: Attachments(file.read()),
    by_ending=True,
    guessed=_guessed,
    hidden=("eml",),
)
