"""Documents to chunks. LlamaIndex's SentenceSplitter does the packing.

The splitter gets one block at a time: a stretch that no chunk may reach across. Blocks begin

* at headings, so a chunk belongs to one section. A section of less than a quarter of a chunk is
  packed with the next one beside or below it, as long as both fit into one chunk; the chunk's
  section is then the path they have in common;
* inside a long section, at paragraphs that the paragraph's own hash selects (content-defined
  chunking, as in LBFS, Muthitacharoen et al. 2001), so that an edit moves the chunks up to the
  next such paragraph and no further.

Inside a block the splitter is handed sentences and table rows and told our token estimate.
It strips its chunks and could in theory alter them; each is therefore found again in the text,
and a chunk is always exactly `document.text[start:end]`.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kb.documents.builder import title_of
from kb.text.sentences import cut_long, sentences
from kb.text.tokens import estimate_tokens
from kb.types import Chunk, Element, ElementKind, ParsedDocument, chunk_id

SECTION_SEPARATOR = " > "
_SMALL = 4
_BLOCK = 4
_LARGEST_BLOCK = 32
_SELECTED = 4
_RESERVE = 6
_CONTEXT = 4

Path = tuple[str, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Piece:
    """An element with the headings above it; a heading's own path ends with itself."""

    element: Element
    path: Path
    tokens: int


_Block = list[_Piece]


def chunk(
    document: ParsedDocument, tokens: int, overlap_sentences: int, lexical: Sequence[Span] = ()
) -> list[Chunk]:
    """Cut a document into chunks, in order; every character but white space is in one.

    Args:
        tokens: the most a chunk's `embedding_text` may take, in estimated tokens; at least 32.
        overlap_sentences: how many sentences of the chunk before are repeated at the start of
            the next one, as far as they fit; never across a block, never a table row.
        lexical: spans of the text; chunks that lie inside of one are `lexical_only`.
    """
    if tokens < 32:
        raise ValueError("a chunk has at least 32 tokens")
    made: list[Chunk] = []
    seen: dict[tuple[str, str], int] = {}
    packer = _Packer(document, tokens, overlap_sentences)
    lines = _Lines(document.text)
    for block in _blocks(document, tokens):
        for start, fresh, end in packer.spans(block):
            inside = [p for p in block if p.element.end > fresh and p.element.start < end]
            path = _common_path([p for p in inside if not _is_heading(p)] or inside)
            text = document.text[start:end]
            context = _context(packer.title, path, inside, text, tokens)
            occurrence = seen[context, text] = seen.get((context, text), -1) + 1
            first = inside[0].element
            top = next(p.element for p in block if p.element.end > start)
            doc_id = document.source.doc_id
            made.append(
                Chunk(
                    id=chunk_id(doc_id, context, text, occurrence),
                    doc_id=doc_id,
                    ordinal=len(made),
                    text=text,
                    context=context,
                    page=first.page,
                    line=lines.at(top, start),
                    section=SECTION_SEPARATOR.join(path),
                    start=start,
                    end=end,
                    lexical_only=any(a <= start and end <= b for a, b in lexical),
                )
            )
    return made


class _Lines:
    """Line numbers of ascending positions; each line end is counted once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.element: Element | None = None
        self.position = self.line = 0

    def at(self, element: Element, position: int) -> int | None:
        if element.line is None:
            return None
        if element is not self.element:
            self.element, self.position, self.line = element, element.start, element.line
        self.line += self.text.count("\n", self.position, max(self.position, position))
        self.position = max(self.position, position)
        return self.line


# --- blocks ---------------------------------------------------------------------------


def _blocks(document: ParsedDocument, tokens: int) -> Iterator[_Block]:
    sections = _merge_small(_sections(document), tokens)
    for section in sections:
        yield from _cut_at_selected(document, section, tokens)


def _sections(document: ParsedDocument) -> list[_Block]:
    sections: list[_Block] = []
    stack: list[tuple[int, str]] = []
    for element in document.elements:
        text = document.text[element.start : element.end]
        if element.kind is ElementKind.HEADING:
            while stack and stack[-1][0] >= element.level:
                stack.pop()
            stack.append((element.level, " ".join(text.split())))
        if element.kind is ElementKind.HEADING or not sections:
            sections.append([])
        path = tuple(name for _, name in stack)
        sections[-1].append(_Piece(element, path, estimate_tokens(text)))
    return sections


def _merge_small(sections: list[_Block], tokens: int) -> list[_Block]:
    """Pack small sections with what follows; a bare heading always goes with its content."""
    merged: list[_Block] = []
    for section in sections:
        if merged and _belongs(merged[-1], section, tokens):
            merged[-1] = merged[-1] + section
        else:
            merged.append(section)
    return merged


def _belongs(before: _Block, after: _Block, tokens: int) -> bool:
    if all(map(_is_heading, before)) and _starts_with(after[0].path, before[-1].path):
        return True
    small = tokens // _SMALL
    if _tokens(before) >= small and _tokens(after) >= small:
        return False
    if _tokens(before) + _tokens(after) > tokens:
        return False
    inner = min((piece.path for piece in before), key=len)
    return _starts_with(after[0].path, inner[:-1])


def _starts_with(path: Path, prefix: Path) -> bool:
    return path[: len(prefix)] == prefix


def _tokens(block: _Block) -> int:
    return sum(piece.tokens for piece in block)


def _is_heading(piece: _Piece) -> bool:
    return piece.element.kind is ElementKind.HEADING


def _cut_at_selected(document: ParsedDocument, section: _Block, tokens: int) -> Iterator[_Block]:
    block: _Block = []
    size = 0
    for piece in section:
        may_cut = size >= _BLOCK * tokens and not _is_heading(piece)
        if may_cut and (size >= _LARGEST_BLOCK * tokens or _selected(document, piece)):
            yield block
            block, size = [], 0
        block.append(piece)
        size += piece.tokens
    if block:
        yield block


def _selected(document: ParsedDocument, piece: _Piece) -> bool:
    text = document.text[piece.element.start : piece.element.end]
    return zlib.crc32(text.encode("utf-8", "replace")) % _SELECTED == 0


# --- packing --------------------------------------------------------------------------


@dataclass(slots=True)
class _Packer:
    document: ParsedDocument
    tokens: int
    overlap: int

    @property
    def title(self) -> str:
        """What stands in front of every chunk; not a file's name, lest a renamed file be embedded
        again."""
        named = self.document.title == title_of(self.document.source)
        return "" if named else self.document.title

    def spans(self, block: _Block) -> Iterator[tuple[int, int, int]]:
        """`(start, fresh, end)` of each chunk: [start, fresh) is the overlap."""
        text = self.document.text
        begin, end = block[0].element.start, block[-1].element.end
        capacity = self.capacity(block)
        if _tokens(block) <= capacity:
            yield begin, begin, end
            return
        units = self.units(block, capacity)
        packed = _pack(text[begin:end], [text[a:b] for a, b in units], capacity)
        located = _locate(text, begin, end, packed)
        bounds = [part for span in located for part in _within(text, span, units, capacity)]
        for position, (fresh, stop) in enumerate(bounds):
            start = fresh
            if self.overlap and position:
                previous = bounds[position - 1][0]
                start = self.with_overlap(block, units, previous, fresh, stop, capacity)
            yield start, fresh, stop

    @property
    def reserve(self) -> int:
        return self.tokens // _RESERVE if self.overlap else 0

    def capacity(self, block: _Block) -> int:
        """Tokens for new text: what the context and the overlap leave, at least half."""
        path = max((piece.path for piece in block), key=len)
        context = _context(self.title, path, [], "", self.tokens)
        room = self.tokens - self.reserve - (estimate_tokens(context) if context else 0)
        return max(self.tokens // 2, room)

    def units(self, block: _Block, capacity: int) -> list[Span]:
        """What must not be cut: sentences, rows and headings, each with the space behind it.
        Only what is longer than a chunk by itself is cut: a row at its sentences, then anything
        at commas and spaces."""
        text = self.document.text
        found: list[Span] = []
        for piece, following in zip(block, [*block[1:], None], strict=True):
            element = piece.element
            stop = following.element.start if following else element.end
            body = text[element.start : stop]
            whole = element.kind in (ElementKind.HEADING, ElementKind.TABLE_ROW)
            parts = [body] if whole and piece.tokens <= capacity else sentences(body)
            start = element.start
            for part in parts:
                for unit in _fitting(part, capacity):
                    found.append((start, start + len(unit)))
                    start += len(unit)
        return found

    def with_overlap(
        self, block: _Block, units: list[Span], previous: int, fresh: int, stop: int, capacity: int
    ) -> int:
        """Where the chunk starts when it repeats up to `overlap` sentences before `fresh`."""
        text = self.document.text
        start = fresh
        for index in range(bisect_left(units, (fresh, 0)) - 1, -1, -1):
            begin = units[index][0]
            if begin < previous:
                break
            kind = next(p.element.kind for p in block if p.element.end > begin)
            if kind not in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM):
                break
            if estimate_tokens(text[begin:stop]) > capacity + self.reserve:
                break
            start = begin
            if text[start:fresh].strip() and len(sentences(text[start:fresh])) >= self.overlap:
                break
        return _stripped(text, start, stop)[0]


def _fitting(part: str, capacity: int) -> Iterator[str]:
    """Pieces that fit. The estimate is taken again of each: dense and thin text may alternate."""
    size = estimate_tokens(part)
    if size <= capacity or len(part) == 1:
        yield part
        return
    for piece in cut_long(part, max(1, len(part) * capacity * 9 // (size * 10))):
        yield from _fitting(piece, capacity)


def load() -> None:
    """Import the splitter: 1.4 seconds."""
    _splitter()


def _splitter() -> Any:
    from llama_index.core.node_parser.text.sentence import SentenceSplitter

    return SentenceSplitter


def _pack(block: str, units: list[str], capacity: int) -> list[str]:
    split: Callable[[str], list[str]] = lambda text: units if text == block else [text]  # noqa: E731
    splitter: Any = _splitter()(
        chunk_size=capacity,
        chunk_overlap=0,
        paragraph_separator="\0\0\0",
        tokenizer=lambda text: range(estimate_tokens(text)),
        chunking_tokenizer_fn=split,
        include_metadata=False,
        include_prev_next_rel=False,
    )
    packed: list[str] = splitter.split_text(block)
    return packed


def _locate(text: str, begin: int, end: int, packed: list[str]) -> list[Span]:
    """The spans of the splitter's chunks, in order, and of anything it may have left out."""
    found: list[Span] = []
    at = begin
    for piece in packed:
        start = text.find(piece, at, end)
        if start < 0:
            continue
        if text[at:start].strip():
            found.append(_stripped(text, at, start))
        found.append((start, start + len(piece)))
        at = start + len(piece)
    if text[at:end].strip():
        found.append(_stripped(text, at, end))
    return found


def _within(text: str, span: Span, units: list[Span], capacity: int) -> Iterator[Span]:
    """A chunk, in pieces where it is over the capacity: pieces of a word without a blank (base64)
    may be estimated at less than the whole of it."""
    start, stop = span
    if estimate_tokens(text[start:stop]) > capacity:
        for begin, end in units[max(0, bisect_left(units, (start + 1, 0)) - 1) :]:
            if begin >= stop:
                break
            if begin > start and estimate_tokens(text[start : min(end, stop)]) > capacity:
                yield _stripped(text, start, begin)
                start = begin
    yield _stripped(text, start, stop)


def _stripped(text: str, start: int, end: int) -> Span:
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), start + len(body.rstrip())


# --- context --------------------------------------------------------------------------


def _common_path(pieces: list[_Piece]) -> Path:
    path = pieces[0].path
    for piece in pieces[1:]:
        while not _starts_with(piece.path, path):
            path = path[:-1]
    return path


def _context(title: str, path: Path, inside: list[_Piece], text: str, tokens: int) -> str:
    """Title and section path, outermost first; without what the chunk's own text already shows.

    At most a quarter of the chunk: of a longer path the title and the innermost headings stay.
    """
    shown = {
        " ".join(text.split("\n")) if len(inside) == 1 else piece.path[-1]
        for piece in inside
        if _is_heading(piece) and piece.path
    }
    parts = [title, *(name for name in path if name != title)]
    parts = [part for part in dict.fromkeys(parts) if part and part not in shown]
    most = tokens // _CONTEXT
    while len(parts) > 2 and estimate_tokens(SECTION_SEPARATOR.join(parts)) > most:
        del parts[1]
    context = SECTION_SEPARATOR.join(parts)
    while estimate_tokens(context) > most:
        context = context[: len(context) * 3 // 4].rstrip()
    return context
