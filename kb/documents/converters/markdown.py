"""Markdown, with the line of every element. The only importer of markdown_it.

unstructured would turn Markdown into HTML first: line numbers and code blocks are lost, and a
file costs twenty times as much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from kb.documents.builder import Builder
from kb.documents.converters import html
from kb.documents.formats import Format
from kb.documents.tables.heads import render_rows
from kb.documents.text.encoding import decode
from kb.documents.text.exponent import with_marks
from kb.table_types import Grid
from kb.types import ElementKind, ParsedDocument, SourceFile

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([\w.-]+)[ \t]*:[ \t]*(.*)$")
_NOTE = re.compile(r"^(?P<before>[ ]{0,3})\[(?P<name>[^\]\n]+)\]:[ \t]*(?P<text>\S.*)$", re.M)
_ADDRESS = re.compile(
    r"<[^>\n]*>|[a-z][a-z0-9+.-]*:|[/.#?]|(?=[\w%-]*[./])[\w%./-]++(?:\s|$)", re.I
)
_RICH = re.compile(r"<(?:table|sup|s|del|strike|math)\b|<[^>]*\b(?:hidden\b|style\s*=)", re.I)
"""HTML whose text alone is not what a reader sees."""
_OPEN = re.compile(r"<([a-z][\w-]*)", re.I)
_VOID = frozenset({"br", "img", "hr", "input", "wbr"})
_BAR = re.compile(r"(?<!\\)\|")
_OUTER_ROW = 2
"""Level of a row of a table that stands in no list or quotation."""
_TAG = re.compile(r"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)>|<[^>]+>", re.DOTALL)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Headings, paragraphs, list items, code and table rows; front matter becomes labels.

    The title is the front matter's, else the first heading if nothing stands above it.
    """
    builder = Builder(source)
    text, _ = decode(data)
    body, skipped = text, 0
    front = _FRONT_MATTER.match(text)
    if front:
        fields = [(key, value) for key, value in _fields(front.group(1)) if value]
        for key, value in fields:
            builder.label(key, value)
        shown = " | ".join(f"{key}: {value}" for key, value in fields if key.lower() != "title")
        builder.add(ElementKind.TABLE_ROW, shown, line=2)
        skipped = front.group().count("\n")
        body = text[front.end() :]
    title = add_markdown(builder, body, skipped + 1)
    return builder.document(builder.labels.get("title") or title)


def add_markdown(builder: Builder, text: str, first_line: int = 0) -> str:
    """A text's blocks; its first heading, if nothing stands above it. `first_line` is that of the
    text in its file, 0 where lines are not known."""
    tokens = _parser().parse(_NOTE.sub(_as_text, text))
    _add_blocks(builder, tokens, first_line, text.split("\n"))
    if len(tokens) > 1 and tokens[0].type == "heading_open":
        return " ".join(_inline(tokens[1]).split())
    return ""


@cache
def _parser() -> MarkdownIt:
    """One for all texts: to make it takes as long as to read a page."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _as_text(found: re.Match[str]) -> str:
    """CommonMark takes a footnote for the address of a link, and shows nothing of it."""
    if found["name"].startswith("^") or not _ADDRESS.match(found["text"]):
        return f"{found['before']}\\[{found['name']}]: {found['text']}"
    return found[0]


def _fields(block: str) -> Iterator[tuple[str, str]]:
    """The `key: value` lines of front matter; a list's items, and a text's lines, are joined by
    commas."""
    key, items = "", list[str]()
    for line in block.split("\n"):
        field = _FIELD.match(line)
        if field:
            if key:
                yield key, ", ".join(items)
            value = field.group(2).strip().strip("[]\"'")
            key, items = field.group(1), [value] if value not in ("", "|", ">", "|-", ">-") else []
        elif line[:1] in (" ", "\t", "-") and line.strip():
            items.append(line.strip().removeprefix("- ").strip("\"'"))
    if key:
        yield key, ", ".join(items)


def _add_blocks(
    builder: Builder, tokens: Sequence[Token], first_line: int, written: Sequence[str]
) -> None:
    items = level = 0
    begins = False
    counts: list[int] = []  # of the lists around: the next number, 0 where none is shown
    number = 0
    table: list[list[str]] = []
    row = ""
    lines: list[int] = []
    for token in tokens:
        line = first_line + token.map[0] if token.map and first_line else None
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "ordered_list_open" | "bullet_list_open":
                counts.append(int(token.attrGet("start") or 0))
            case "ordered_list_close" | "bullet_list_close":
                counts.pop()
            case "list_item_open":
                items += 1
                begins = True
                number = counts[-1]
                counts[-1] += bool(number)
            case "list_item_close":
                items -= 1
            case "tr_open":
                table.append([])
                row = written[token.map[0]] if token.map and token.level == _OUTER_ROW else ""
                lines.append(line or 0)
            case "tr_close":
                _add_left_out(table[-1], row)
            case "table_close":
                _add_table(builder, table, lines)
                table, lines = [], []
            case "inline" if table:
                table[-1].append(_inline(token).replace("\n", " "))
            case "inline" if level:
                flat = " ".join(_inline(token).split())
                builder.add(ElementKind.HEADING, flat, level=level, line=line)
            case "inline":
                kind = ElementKind.LIST_ITEM if items else ElementKind.PARAGRAPH
                text = f"{number}. {_inline(token)}" if begins and number else _inline(token)
                builder.add(kind, text, level=items if begins else 0, line=line)
                begins = False
            case "fence" | "code_block":
                inside = line + 1 if line and token.type == "fence" else line
                builder.add(ElementKind.CODE, token.content, line=inside)
            case "html_block" if _RICH.search(token.content):
                html.add_piece(builder, token.content)
            case "html_block":
                builder.add(ElementKind.PARAGRAPH, _TAG.sub(" ", token.content), line=line)
            case _:
                pass


def _add_left_out(cells: list[str], row: str) -> None:
    """CommonMark drops what a row has beyond the columns of its head, as after a bar in `code`; it
    goes with the last cell."""
    written = _BAR.split(row.strip().removeprefix("|"))
    if not written[-1].strip():
        written.pop()
    if cells and len(written) > len(cells):
        rest = "|".join(written[len(cells) - 1 :])
        cells[-1] = " ".join(rest.replace("\\|", "|").split())


def _add_table(builder: Builder, table: list[list[str]], lines: list[int]) -> None:
    if table:
        rows = tuple(tuple(row) for row in table)
        builder.grid(Grid("", rows, tuple(lines) if all(lines) else (), head=1))
    for place, row in render_rows(table):
        builder.add(ElementKind.TABLE_ROW, row, line=lines[place] or None)


def _inline(token: Token) -> str:
    """The text without its emphasis marks; line breaks kept, a link's address behind its text, an
    exponent behind ^, struck text between ~~."""
    parts: list[tuple[str, bool, bool]] = []
    raised = struck = False
    address = ""
    hidden: list[str] = []  # tags within one that hides what it holds, outermost first
    for child in token.children or ():
        if hidden or (child.type == "html_inline" and _hides(child.content)):
            _follow(child, hidden)
            continue
        text = ""
        match child.type:
            case "text" | "code_inline" | "image":
                text = child.content
            case "softbreak" | "hardbreak":
                text = "\n"
            case "link_open":
                address = str(child.attrGet("href") or "")
            case "link_close":
                known = "".join(part for part, _, _ in parts[-2:])
                if address.startswith(("http", "mailto:")) and address not in known:
                    text = f" ({address})"
            case "html_inline":
                tag = child.content.lower().strip("<>/ ").partition(" ")[0]
                opens = not child.content.startswith("</")
                text = "\n" if tag == "br" else ""
                raised = opens if tag == "sup" else raised
                struck = opens if tag in ("s", "del", "strike") else struck
            case _:
                pass
        parts.append((text, raised, struck))
    return with_marks(parts)


def _hides(tag: str) -> bool:
    """Whether a browser shows nothing of what stands behind a tag of HTML, up to its end."""
    return bool(_OPEN.match(tag) and _RICH.search(tag)) and not html.text_of(f"{tag}x".encode())


def _follow(child: Token, hidden: list[str]) -> None:
    """Note the tags that open and close within what is hidden."""
    tag = _OPEN.match(child.content) if child.type == "html_inline" else None
    if tag and tag[1].lower() not in _VOID and not child.content.endswith("/>"):
        hidden.append(tag[1].lower())
    elif child.type == "html_inline" and child.content.startswith("</") and hidden:
        name = child.content.strip("</> \t\n").lower()
        if name in hidden:
            while hidden.pop() != name:
                pass


FORMAT = Format(
    name="md",
    endings=("md", "markdown", "mdown", "mkd"),
    kept="sections, lists, rows, code, line numbers; front matter as labels and "
    "as a row, footnotes, exponents in HTML as `10^6`, numbers of lists that do not count from 1",
    convert=convert,
    by_ending=True,
    text=True,
    hidden=("md", "markdown"),
)
