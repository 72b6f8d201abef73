"""A file to a document: its bytes are read, its format is told, its converter called."""

from __future__ import annotations

import dataclasses
import itertools
import re

from kb.documents.archives import opening
from kb.documents.detect import detect
from kb.documents.failures import damaged, no_text, protected, too_large
from kb.documents.reading import read
from kb.errors import KbError, LimitExceeded
from kb.types import ParsedDocument, SourceFile

MOST_TEXT_BYTES = 100 << 20


_SURROGATES = re.compile("[\ud800-\udfff]")


def parse(source: SourceFile) -> ParsedDocument:
    """Read one file, or one member of an archive: once, so that hash and text are of the same
    bytes.

    The document's source carries the `sha256`, and size and time of the bytes that were read.
    Of an archive, and of a mail with attachments, it is an `opening.Opened`, which lists what
    is inside; an archive has no text and no elements.

    Raises:
        DocumentError: one of its kinds, when the file cannot be taken in.
    """
    try:
        source, data = read(source)
        if not data.strip(b"\0 \t\r\n"):
            raise no_text(source.path, source.size)
        kind = detect(source.path, data)
        if kind.text and len(data) > MOST_TEXT_BYTES:
            raise too_large(source.path, MOST_TEXT_BYTES)
        if kind.convert is None:
            return opening.opened(source, kind, data)
        return _in_unicode(kind.convert(source, data))
    except KbError:
        raise
    except MemoryError as error:
        raise LimitExceeded(
            f"'{source.path}' needs too much memory",
            why="parsing it went over the limit of [ingest] megabytes_per_file",
            hint="split the file, or raise ingest.megabytes_per_file",
        ) from error
    except Exception as error:  # parsers of hostile input raise anything at all
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise protected(source.path) from error
        raise damaged(source.path, error) from error


def _in_unicode(document: ParsedDocument) -> ParsedDocument:
    """Half of a surrogate pair, as exports that were cut hold it (half an emoji), is nothing that
    UTF-8 has: a replacement character takes its place."""
    if all(map(_is_unicode, (document.text, document.title, *itertools.chain(*document.labels)))):
        return document
    return dataclasses.replace(
        document,
        text=_replaced(document.text),
        title=_replaced(document.title),
        labels=tuple((_replaced(key), _replaced(value)) for key, value in document.labels),
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _replaced(text: str) -> str:
    return _SURROGATES.sub("\ufffd", text)
