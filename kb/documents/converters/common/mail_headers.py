"""The text of a mail's header fields, as their writers meant it (RFC 2047, RFC 2231).

Mail programs label GB18030 as gb2312, cut encoded words inside of a character, and write bytes
where the standard allows ASCII alone; the standard library gives replacement characters for all of
these.
"""

from __future__ import annotations

import base64
import binascii
import email.message
import quopri
import re
from urllib.parse import unquote_to_bytes

from kb.documents.text.encoding import CHARSETS, decode
from kb.errors import DamagedDocument

_WORD = re.compile(r"=\?([\w.:-]+)(?:\*[\w-]*)?\?([bq])\?([^?\n]*)\?=", re.I)
_LATIN = re.compile(r"iso-?8859-1(?:5)?|latin-?[19]|(?:windows-|cp)125[0-8]|us-ascii", re.I)
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")


def header_text(raw: str) -> str:
    """A field's value, its bytes as surrogates (PEP 383) if it has any, as text in one line."""
    joined = _BETWEEN.sub(r"\1\2", _bytes_as_text(raw))
    text, at, held, charset = "", 0, b"", ""
    for word in _WORD.finditer(joined):
        name = word.group(1).lower()
        if held and (word.start() > at or name != charset):
            text, held = text + decoded(held, charset), b""
        text += joined[at : word.start()]
        held += _content(word.group(2), word.group(3))
        at, charset = word.end(), name
    text += decoded(held, charset) if held else ""
    return " ".join((text + joined[at:]).split())


def file_name(part: email.message.Message) -> str:
    """The name that a part gives to what it carries, "" where it gives none."""
    for field, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        raw = _raw(part, field)
        if not raw:
            continue
        holder = email.message.Message()
        holder[field] = " ".join(_bytes_as_text(raw).split())
        value = holder.get_param(parameter, None, field)
        if isinstance(value, tuple):
            charset, _, text = value
            return decoded(unquote_to_bytes(text.encode("latin-1", "replace")), charset or "")
        if value:
            return header_text(str(value))
    return ""


def decoded(data: bytes, charset: str) -> str:
    """Bytes in a declared character set, which is not always the one they are in: any bytes at all
    are Latin letters, valid UTF-8 beyond ASCII is never them by chance."""
    if _LATIN.fullmatch(charset) and not data.isascii():
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    if charset:
        try:
            return data.decode(CHARSETS.get(charset.lower(), charset))
        except (UnicodeDecodeError, LookupError):
            pass
    try:
        return decode(data)[0]
    except DamagedDocument:
        pass
    try:
        return data.decode("gb18030")  # too short for statistics, and rarely anything else
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _raw(part: email.message.Message, field: str) -> str:
    return next((str(value) for name, value in part.raw_items() if name.lower() == field), "")


def _bytes_as_text(raw: str) -> str:
    if raw.isascii():
        return raw
    return decoded(raw.encode("utf-8", "surrogateescape"), "")


def _content(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(text.replace("_", "=20").encode("ascii", "replace"))
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
