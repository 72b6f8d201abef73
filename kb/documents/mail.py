"""Mail as RFC 5322 has it, read with the standard library.

unstructured drops most headers and trusts the character set that a message declares; Chinese
mail often declares gb2312 and holds more.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from kb.documents.build import Builder
from kb.documents.decode import decode
from kb.documents.formats import protected
from kb.documents.text import is_wrapped
from kb.errors import DamagedDocument
from kb.types import ParsedDocument, SourceFile

_FIELDS = ("From", "To", "Cc", "Subject", "Date")
_ENCRYPTED = frozenset(
    {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}


def parse_mail(
    source: SourceFile, data: bytes, add_html: Callable[[Builder, bytes], None]
) -> ParsedDocument:
    """Headers as lines and labels, the body, the attachments' names.

    Args:
        add_html: adds a page to the builder; used where a message has no plain text.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    if message.get_content_type() in _ENCRYPTED:
        raise protected(source.path)
    builder = Builder(source)
    shown = list(_headers(message))
    builder.paragraph("\n".join(f"{name}: {value}" for name, value in shown))
    for name, value in shown:
        builder.label(name, value)
    plain, pages, attachments = _parts(message)
    if any(text.strip() for text in plain):
        for text in plain:
            for paragraph in _paragraphs(text):
                builder.paragraph(paragraph)
    else:
        for page in pages:
            add_html(builder, page)
    if attachments:
        builder.paragraph("Attachments: " + ", ".join(attachments))
    return builder.document(builder.labels.get("subject", ""))


def _headers(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for name in _FIELDS:
        try:
            value = " ".join(str(message.get(name, "")).split())
        except (ValueError, IndexError, AttributeError, TypeError):
            # The standard library's header parser fails on some malformed headers.
            value = ""
        if name == "Date" and value:
            value = _iso(value)
        if value:
            yield name, value


def _iso(date: str) -> str:
    try:
        return parsedate_to_datetime(date).isoformat(" ")
    except ValueError:
        return date


def _parts(message: EmailMessage) -> tuple[list[str], list[bytes], list[str]]:
    plain: list[str] = []
    pages: list[bytes] = []
    attachments: list[str] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            attachments.append(name or part.get_content_type())
            continue
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes):
            continue
        if part.get_content_type() == "text/plain":
            plain.append(_text(body, part.get_content_charset()))
        elif part.get_content_type() == "text/html":
            pages.append(_text(body, part.get_content_charset()).encode("utf-8", "replace"))
    return plain, pages, attachments


def _text(body: bytes, charset: str | None) -> str:
    if charset:
        try:
            return body.decode(_ALIASES.get(charset.lower(), charset)).replace("\r\n", "\n")
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return decode(body)[0]
    except DamagedDocument:
        return body.decode("utf-8", "replace").replace("\r\n", "\n")


def _paragraphs(text: str) -> Iterator[str]:
    lines = text.split("\n")
    paragraph: list[str] = []
    for line in lines:
        if paragraph and not (line.strip() and is_wrapped(paragraph[-1], line)):
            yield "\n".join(paragraph)
            paragraph = []
        if line.strip():
            paragraph.append(line.rstrip())
    if paragraph:
        yield "\n".join(paragraph)
