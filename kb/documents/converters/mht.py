"""Saved web pages (MHTML, RFC 2557), also those of Word and Excel under .doc and .xls."""

from __future__ import annotations

import email
import email.policy
import re

from kb.documents.builder import Builder
from kb.documents.converters import html
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_RELATED = re.compile(rb"^Content-Type:\s*multipart/related", re.I | re.M)
_OF_A_MAIL = re.compile(rb"^(?:to|received|message-id):", re.I | re.M)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """The page that is the file's root, and its frames."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    builder = Builder(source)
    for part in message.walk():
        page = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(page, bytes):
            html.add_page(builder, page, charset=str(part.get_content_charset() or ""))
    return builder.document(builder.first_heading() or builder.title)


def _is_page(head: bytes) -> bool:
    fields = head.lstrip(b"\xef\xbb\xbf\r\n").replace(b"\r\n", b"\n").split(b"\n\n")[0]
    return bool(
        re.match(rb"(?:from|subject|date|mime-version|snapshot[\w-]*):", fields, re.I)
        and _RELATED.search(fields)
        and not _OF_A_MAIL.search(fields)
    )


FORMAT = Format(
    name="mht",
    endings=("mht", "mhtml"),
    kept="as `html`",
    lost="pictures",
    convert=convert,
    recognised=lambda content: _is_page(content.head),
    by_ending=True,
    hidden=("mht",),
)
