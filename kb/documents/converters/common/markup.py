"""HTML and XML trees. The only importer of lxml."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from kb.documents.builder import HIDDEN
from kb.documents.converters.common.css_visibility import unseen
from kb.documents.converters.common.page_marks import (
    show_buttons,
    show_drawings,
    show_filled_in,
    show_formulas,
    show_note_marks,
    show_numbers,
    show_struck,
)
from kb.documents.converters.common.page_tables import (
    cells_of,
    open_frames_of_tables,
    rows_of,
    show_forms,
)
from kb.documents.text.encoding import CHARSETS, decode
from kb.documents.text.exponent import is_exponent
from kb.errors import DamagedDocument

_UNREAD = (
    "script style noscript template svg nav iframe object embed select textarea datalist noframes "
    "noembed canvas audio video rt rp rtc"
)
# unstructured leaves out what is in the first of these, and all but one `main` or `article`.
_CONTAINERS = (
    "form figure figcaption details summary dialog fieldset legend article section main header "
    "footer aside"
)
_INLINE = "del ins s strike u mark sub sup label ruby rb"
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.I)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENDS = re.compile(r"</(?:body|html)\s*>", re.I)
"""A browser goes on behind them: programs append to a page, and mails join several in one. libxml2
drops what comes there, or puts it outside of the body."""
_MOST_SPAN = 100
_BOOK_TYPE = "{http://www.idpf.org/2007/ops}type"
"""What a part of a book is: noteref, footnote, rearnotes …"""


def decode_markup(data: bytes, charset: str = "") -> str:
    """The text of a page: a byte-order mark and valid UTF-8 count more than the encoding that
    it declares, which counts more than statistics."""
    found = _CHARSET.search(data[:2048])
    declared = charset or (found.group(1).decode("ascii") if found else "")
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            name = declared.lower()
            try:
                return data.decode(CHARSETS.get(name, name))
            except (UnicodeDecodeError, LookupError):
                pass
    return decode(data)[0]


def clean_html(page: str) -> tuple[str, str, str]:
    """The page without what nobody reads, its tables without spans; its `<title>`; and what of its
    styles is not known, in words: what it may hide cannot be told.

    Dropped: scripts, styles, navigation, choices of forms that were not chosen, inline images'
    data, the readings of ruby, what no reader sees (css_visibility.py). An exponent stands behind
    ^, struck text between ~~; formulas, and the texts of drawings, are text. A form's or a
    figure's text stays, for some programs put a whole page into a form.
    """
    tree = _tree(page)
    title = " ".join((tree.findtext(".//title") or "").split())
    for element in list(tree.iter(etree.Comment, etree.ProcessingInstruction)):
        _drop(element)
    for frame in list(tree.iter("iframe")):
        _open_frame(frame)
    hidden, untold = unseen(tree)
    for element, all_below in hidden:
        _drop(element) if all_below else _empty(element)
    show_formulas(tree)
    show_struck(tree)
    show_filled_in(tree)
    show_numbers(tree)
    show_note_marks(tree)
    show_drawings(tree)
    show_buttons(tree)
    for element in list(tree.iter(*_UNREAD.split())):
        _drop(element)
    containers, inline = frozenset(_CONTAINERS.split()), frozenset(_INLINE.split())
    for element in list(tree.iter()):
        if element.getparent() is None and element is not tree:
            continue  # within a link to a footnote, whose number is its text by now
        if element.get("aria-hidden") == "true" and "".join(element.itertext()).strip():
            element.text = f"{HIDDEN}{element.text or ''}"
        if element.tag == "dt":
            element.tag = "p"
        elif element.tag in containers:
            element.tag = "div"
        elif element.tag in inline:
            if element.tag == "sup" and is_exponent("".join(element.itertext())):
                element.text = f"^{(element.text or '').lstrip()}"
            element.drop_tag()
        elif element.tag == "a" and "footnote" in (element.get("class") or ""):
            _keep_apart(element)
        elif element.tag == "img" and (element.get("src") or "").startswith("data:"):
            element.set("src", "")
    for caption in list(tree.iter("caption")):
        _put_above(caption)
    show_forms(tree)
    open_frames_of_tables(tree)
    for table in tree.iter("table"):
        _fill_spans(table)
    return etree.tostring(tree, encoding="unicode", method="html"), title, untold


def without_unseen(page: bytes, sheets: str) -> bytes | None:
    """A page in XHTML without what its style sheets hide from a reader; None where they hide
    nothing, or it is no XML."""
    try:
        root = xml_root(page)
    except DamagedDocument:
        return None
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    hidden, _ = unseen(root, sheets)
    if not hidden:
        return None
    for element, all_below in hidden:
        drop_from_xml(element) if all_below else _empty(element)
    etree.cleanup_namespaces(root)
    return xml_bytes(root)


def with_notes(page: bytes) -> bytes | None:
    """A page of a book in XHTML whose notes are ordinary text: pandoc leaves out those that it
    finds no mark for in the same file. None where it has none, or is no XML."""
    if b"note" not in page:
        return None
    try:
        root = xml_root(page)
    except DamagedDocument:
        return None
    found = [one for one in root.iter(etree.Element) if "note" in (one.get(_BOOK_TYPE) or "")]
    for element in found:
        del element.attrib[_BOOK_TYPE]
    return xml_bytes(root) if found else None


def drop_from_xml(element: Any) -> None:
    """Take an element out of a tree of XML; the text that follows it stays."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def table_cells(fragment: str) -> list[list[str]]:
    """The cells of an HTML table, row by row; a table inside a cell is that cell's text."""
    table = _tree(fragment).find(".//table")
    if table is None:
        return []
    return [[" ".join(cell.itertext()) for cell in cells_of(row)] for row in rows_of(table)]


def _tree(page: str) -> Any:
    page = _ENDS.sub("", _DECLARATION.sub("", page).replace("\x00", ""))
    try:
        return html.document_fromstring(page or "<p></p>", ensure_head_body=True)
    except (etree.ParserError, ValueError) as error:
        raise DamagedDocument(
            "the page is not HTML", why=str(error)[:160], hint="get another copy of the page"
        ) from error


def _open_frame(frame: Any) -> None:
    """A page that is written out in its frame (`srcdoc`) takes the frame's place. Its styles hold
    for it alone; one within another is as much shorter as its quotation marks are escaped."""
    if page := frame.get("srcdoc"):
        inner = _tree(clean_html(page)[0]).find("body")
        frame.tag, frame.text = "div", inner.text
        frame[:] = list(inner)


def _keep_apart(link: Any) -> None:
    """pandoc's link to a footnote would be a digit at the end of a word, its link back an arrow."""
    if link.get("class") == "footnote-back":
        _drop(link)
        return
    number = "".join(link.itertext())
    for child in list(link):
        link.remove(child)
    link.text = f"[{number}]"


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _empty(element: Any) -> None:
    """Take out an element's own text; what it holds may be seen."""
    element.text = None
    for child in element:
        child.tail = None


def plain_text(fragment: str) -> str:
    """The text of a piece of HTML, in one line."""
    text = " ".join(_tree(fragment).itertext()).replace(CAPTION_MARK, "")
    return " ".join(text.split())


CAPTION_MARK = "\ue0ca"
"""Before the text of a table's caption: a character for private use, which no page displays."""


def _put_above(caption: Any) -> None:
    """A table's caption becomes a marked paragraph above it, for unstructured reads its rows
    alone."""
    table = caption.getparent()
    if table is not None and table.tag == "table" and table.getparent() is not None:
        caption.tag, caption.tail = "p", None
        caption.text = f"{CAPTION_MARK}{caption.text or ''}"
        table.addprevious(caption)


def _fill_spans(table: Any) -> None:
    """Repeat a cell in every place it spans, so that each column stands below its header."""
    above: dict[int, tuple[int, Any]] = {}
    for row in rows_of(table):
        own, filled, below = cells_of(row), list[Any](), dict[int, tuple[int, Any]]()
        while own or len(filled) in above:
            if len(filled) in above:
                left, cell = above[len(filled)]
                wide = 1
                filled.append(_copy(cell))
            else:
                cell = own.pop(0)
                left, wide = _span(cell, "rowspan"), _span(cell, "colspan")
                filled.extend([cell, *(_copy(cell) for _ in range(wide - 1))])
            if left > 1:
                for column in range(len(filled) - wide, len(filled)):
                    below[column] = (left - 1, cell)
        row[:] = filled
        above = below


def _span(cell: Any, name: str) -> int:
    value = (cell.attrib.pop(name, None) or "1").strip()
    if name == "rowspan" and value == "0":
        return _MOST_SPAN  # down to the last row
    return min(_MOST_SPAN, int(value)) if value.isdecimal() and int(value) else 1


def _copy(cell: Any) -> Any:
    twin = cell.makeelement(cell.tag)
    twin.text = " ".join(" ".join(cell.itertext()).split())[:200]
    return twin


# --- XML ------------------------------------------------------------------------------


def xml_root(data: bytes) -> Any:
    """The root of a part of an office file. Entities are not resolved and nothing is fetched.

    Raises:
        DamagedDocument: it is not XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _no_xml(error) from error


def _no_xml(error: Exception) -> DamagedDocument:
    return DamagedDocument(
        "a part of the document is not XML",
        why=str(error)[:160],
        hint="open it in the program it was made with and save it again",
    )


def xml_elements(data: bytes, *tags: str) -> Iterator[Any]:
    """Each element of these tags as it ends, without the whole tree: clear what is done with.

    Raises:
        DamagedDocument: it is not XML.
    """
    safely = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    try:
        for _, element in etree.iterparse(io.BytesIO(data), tag=tags, **safely):
            yield element
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _no_xml(error) from error


def xml_bytes(root: Any) -> bytes:
    """A part of an office file, written again."""
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def xml_tree(data: bytes) -> Any:
    """The root of an XML file as it comes, without comments and entities; None where nothing of
    it makes sense. Entities are not resolved and nothing is fetched.

    Raises:
        DamagedDocument: it is not XML.
    """
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        recover=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(decode_markup(data).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DamagedDocument(
            "the file is not XML", why=str(error)[:160], hint="get another copy of the file"
        ) from error
    if root is not None:
        etree.strip_elements(root, etree.Entity, with_tail=False)
    return root
