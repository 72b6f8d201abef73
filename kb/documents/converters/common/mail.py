"""What a mail looks like as a document, whichever program wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.documents.archives.members import Entry
from kb.documents.builder import Builder
from kb.documents.converters import html, rtf
from kb.documents.converters.common.compressed_rtf import page_of, text_of, unpacked
from kb.errors import DamagedDocument
from kb.text.sentences import is_wrapped

_RUN = 3
_SAME = 0.5
"""Of a page's runs of letters, the least share that a plain text of the same mail holds."""


def add_headers(builder: Builder, shown: list[tuple[str, str]]) -> None:
    """Fields as lines of one paragraph, and as labels."""
    builder.paragraph("\n".join(f"{name}: {value}" for name, value in shown))
    for name, value in shown:
        builder.label(name, value)


def add_richest(builder: Builder, plain: Sequence[str], pages: Sequence[bytes]) -> None:
    """The pages where they say more than the plain texts, which often say no more than that there
    is a page; both where the plain texts are as long and say something else."""
    in_plain = sum(map(letters, plain))
    of_pages = "".join(map(html.text_of, pages))
    is_plain = in_plain * 3 >= letters(of_pages) * 2
    if is_plain:
        for text in plain:
            add_body(builder, text)
    if not is_plain or _share_held(of_pages, "".join(plain)) < _SAME:
        for page in pages:
            html.add_page(builder, page)


def add_bodies(builder: Builder, plain: str, page: bytes, packed: bytes) -> None:
    """The body of a mail of Outlook's, which may be there as plain text, as a page and as packed
    RTF, one made of the other. A packed body that is damaged is named as a loss.

    Raises:
        DocumentError: the RTF in it cannot be converted.
    """
    text = plain.replace("\r\n", "\n")
    if letters(text) or letters(html.text_of(page) if page else ""):
        add_richest(builder, [text], [page] if page else [])
    elif packed:
        _add_packed(builder, packed)


def _add_packed(builder: Builder, packed: bytes) -> None:
    try:
        content = unpacked(packed)
    except DamagedDocument as error:
        builder.lose(f"the mail's body: {error.what}, {error.why}")
        return
    if wrapped := page_of(content):
        html.add_page(builder, wrapped.encode("utf-8", "replace"), charset="utf-8")
    elif wrapped := text_of(content):
        add_body(builder, wrapped)
    elif content.strip(b"\0\r\n "):
        builder.extend(rtf.convert(builder.source, content))


def _share_held(text: str, other: str) -> float:
    """Of a text's runs of three letters, how many another has; 1 for a text without any."""
    runs, others = _runs(text), _runs(other)
    return len(runs & others) / len(runs) if runs else 1.0


def _runs(text: str) -> set[str]:
    plain = "".join(filter(str.isalnum, text)).lower()
    return {plain[at : at + _RUN] for at in range(len(plain) - _RUN + 1)}


def letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def unflowed(text: str, *, delsp: bool) -> str:
    """A plain text whose lines flow (RFC 3676), each paragraph in one line: a line that ends with a
    blank goes on in the next of the same depth of quotation. `delsp`: that blank is no text."""
    lines = list[str]()
    held, depth, flows = "", 0, False
    for line in text.split("\n"):
        rest = line.lstrip(">")
        quoted = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        signature = rest == "-- "
        if flows and (quoted != depth or signature):
            lines.append(f"{'>' * depth} {held}" if depth else held)
            flows = False
        held = held + rest if flows else rest
        depth, flows = quoted, rest.endswith(" ") and not signature
        if not flows:
            lines.append(f"{'>' * depth} {held}" if depth else held)
        elif delsp:
            held = held[:-1]
    if flows:
        lines.append(f"{'>' * depth} {held}" if depth else held)
    return "\n".join(lines)


def add_body(builder: Builder, text: str) -> None:
    for paragraph in _paragraphs(text):
        builder.paragraph(paragraph)


def add_names(builder: Builder, entries: dict[str, Entry]) -> None:
    if entries:
        builder.paragraph("Attachments: " + ", ".join(entries))


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a plain text, those that were wrapped to a width in one piece."""
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
