"""OFD (GB/T 33190): China's format for invoices and official documents, a ZIP of XML.

Like a PDF, a page is text at places. Older files have another namespace, so that elements are
found by their local names.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.placed import Piece, paragraphs
from kb.documents.formats import Format
from kb.errors import DamagedDocument
from kb.types import ParsedDocument, SourceFile

_SMALLEST = 0.7  # millimetres, 2 pt: below that no reader sees it
_MOST_NUMBERS = 20


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Page by page: what the template prints and the page itself, from top to bottom, then notes.

    A page that is damaged is named as lost, and the others are read.

    Raises:
        DamagedDocument: nothing in it can be read.
    """
    builder = Builder(source)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        package = _Package(archive, [])
        main = package.xml("OFD.xml")
        if main is None:
            raise DamagedDocument(
                f"'{source.path}' is damaged",
                why="its OFD.xml is missing or no XML",
                hint="open it in the program it was made with and save it again",
            )
        first_page = 0
        for body in main.iterfind("{*}DocBody"):
            _add_labels(builder, body)
            root = _text(body, "DocRoot")
            if root:
                first_page = _Document(package, _resolved("", root)).add(builder, first_page)
    if not len(builder) and package.losses:
        raise DamagedDocument(
            f"'{source.path}' is damaged",
            why="; ".join(package.losses)[:160],
            hint="open it in the program it was made with and save it again",
        )
    document = builder.document(builder.labels.get("title", ""))
    return replace(document, losses=tuple(package.losses))


@dataclass(frozen=True, slots=True)
class _Package:
    archive: zipfile.ZipFile
    losses: list[str]

    def xml(self, path: str) -> Any:
        """A part's root; None, and a loss, where it is missing or damaged."""
        from kb.documents.converters.common.markup import xml_root

        try:
            return xml_root(self.archive.read(path))
        except KeyError:
            self.losses.append(f"{path}: missing")
        except (DamagedDocument, zipfile.BadZipFile, zlib.error, EOFError) as error:
            self.losses.append(f"{path}: damaged ({' '.join(str(error).split())[:80]})")
        return None


class _Document:
    """One document of the package; most have one."""

    def __init__(self, package: _Package, path: str) -> None:
        self.package = package
        self.path = path
        self.root = package.xml(path)
        self.templates: dict[str, Any] = {}

    def add(self, builder: Builder, before: int) -> int:
        """Add its pages, numbered after `before` others. Returns the last number."""
        if self.root is None:
            return before
        paths = {
            one.get("ID", ""): self._path(one.get("BaseLoc", ""))
            for one in self.root.iter("{*}TemplatePage")
        }
        notes = self._notes()
        common = self.root.find("{*}CommonData/{*}PageArea")
        number = before
        for number, page in enumerate(self.root.iterfind("{*}Pages/{*}Page"), start=before + 1):
            root = self.package.xml(self._path(page.get("BaseLoc", "")))
            if root is not None:
                area = root.find("{*}Area")
                shown = _Page(_box(common if area is None else area))
                for template in root.iterfind("{*}Template"):
                    shown.add(self._template(paths.get(template.get("TemplateID", ""), "")))
                shown.add(root)
                for text in paragraphs(shown.pieces):
                    builder.paragraph(text, page=number)
            for text in notes.get(page.get("ID", ""), ()):
                builder.paragraph(text, page=number)
        self._name_attachments()
        return number

    def _template(self, path: str) -> Any:
        if path and path not in self.templates:
            self.templates[path] = self.package.xml(path)
        return self.templates.get(path)

    def _notes(self) -> dict[str, list[str]]:
        """What annotations of each page say, by the page's ID."""
        found: dict[str, list[str]] = {}
        path = _text(self.root, "Annotations")
        listed = self.package.xml(self._path(path)) if path else None
        for page in listed.iter("{*}Page") if listed is not None else ():
            at = _text(page, "FileLoc")
            # The place is written from the list's folder, by some programs from the document's.
            names = [_resolved(self._path(path), at), self._path(at)]
            present = [name for name in names if name in self.package.archive.NameToInfo]
            root = self.package.xml((present or names)[0])
            for note in root.iter("{*}Annot") if root is not None else ():
                shown = _Page(None)
                shown.add(note)
                texts = [*paragraphs(shown.pieces), _text(note, "Remark")]
                if note.get("Visible") != "false":
                    found.setdefault(page.get("PageID", ""), []).extend(dict.fromkeys(texts))
        return found

    def _name_attachments(self) -> None:
        path = _text(self.root, "Attachments")
        listed = self.package.xml(self._path(path)) if path else None
        for one in listed.iter("{*}Attachment") if listed is not None else ():
            name = one.get("Name") or _text(one, "FileLoc")
            self.package.losses.append(f"the attachment {name} is not read")

    def _path(self, path: str) -> str:
        return _resolved(self.path, path)


class _Page:
    """Collects the text of a page that a reader sees."""

    def __init__(self, box: tuple[float, float] | None) -> None:
        self.box = box
        self.pieces: list[Piece] = []

    def add(self, root: Any) -> None:
        if root is None:
            return
        backed = any(root.iter("{*}ImageObject")) or any(
            one.get("Fill") == "true" for one in root.iter("{*}PathObject")
        )
        for text in root.iter("{*}TextObject"):
            if _is_seen(text, backed=backed):
                self.pieces.extend(piece for piece in _pieces(text) if self._is_within(piece))

    def _is_within(self, piece: Piece) -> bool:
        if self.box is None or not all(self.box):
            return True
        return -1 <= piece.x <= self.box[0] + 1 and -1 <= piece.y <= self.box[1] + piece.size


def _is_seen(text: Any, *, backed: bool) -> bool:
    """Not hidden, transparent or white on a page where nothing is painted (`backed`)."""
    if text.get("Visible") == "false" or text.get("Alpha") == "0":
        return False
    if text.get("Fill") == "false" and text.get("Stroke") != "true":
        return False
    color = text.find("{*}FillColor")
    white = color is not None and (color.get("Value") or "").split() == ["255"] * 3
    clear = color is not None and color.get("Alpha") == "0"
    return not clear and (backed or not white)


def _pieces(text: Any) -> Iterator[Piece]:
    """The codes of a text object, where they stand on the page, in millimetres."""
    left, top = ([*_numbers(text.get("Boundary")), 0.0, 0.0])[:2]
    a, b, c, d, e, f = (_numbers(text.get("CTM")) + [0.0] * 6)[:6] if text.get("CTM") else _SAME
    size = (_numbers(text.get("Size")) or [4.0])[0] * max(abs(d), abs(c))
    if size < _SMALLEST:
        return
    x = y = 0.0
    for code in text.iter("{*}TextCode"):
        x = (_numbers(code.get("X")) or [x])[0]
        y = (_numbers(code.get("Y")) or [y])[0]
        shown = "".join(code.itertext())
        steps = _steps(code.get("DeltaX"), len(shown) - 1)
        width = sum(steps) * abs(a or 1) if steps else 0.0
        yield Piece(left + a * x + c * y + e, top + b * x + d * y + f, size, width, shown)


_SAME = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _steps(deltas: str | None, most: int) -> list[float]:
    """The advances behind each character but the last; `g 3 2.5` stands for three of 2.5."""
    parts, steps = iter((deltas or "").split()), list[float]()
    for part in parts:
        times = 1
        if part == "g":
            counted = next(parts, "0")
            times, part = int(counted) if counted.isdecimal() else 0, next(parts, "0")
        steps.extend((_numbers(part) or [0.0]) * min(times, most - len(steps)))
        if len(steps) >= most:
            break
    return steps


def _box(area: Any) -> tuple[float, float] | None:
    box = _numbers(_text(area, "PhysicalBox")) if area is not None else []
    return (box[2], box[3]) if len(box) == 4 else None


def _numbers(text: str | None) -> list[float]:
    found = list[float]()
    for part in (text or "").split()[:_MOST_NUMBERS]:
        try:
            found.append(float(part))
        except ValueError:
            return []
    return [one if abs(one) < 1e6 else 0.0 for one in found]


def _text(element: Any, child: str) -> str:
    return (element.findtext(f"{{*}}{child}") or "").strip()


def _resolved(base: str, path: str) -> str:
    """A place in the package, absolute or from the folder of the part that names it."""
    if path.startswith("/"):
        return posixpath.normpath(path).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path))


def _add_labels(builder: Builder, body: Any) -> None:
    info = body.find("{*}DocInfo")
    for child in info if info is not None else ():
        if isinstance(child.tag, str) and (name := child.tag.rpartition("}")[2]) in _LABELS:
            builder.label(name, child.text or "")
    for one in body.iterfind("{*}DocInfo/{*}CustomDatas/{*}CustomData"):
        builder.label(one.get("Name", ""), one.text or "")


_LABELS = ("Title", "Author", "Subject", "CreationDate")

FORMAT = Format(
    name="ofd",
    endings=("ofd",),
    kept="page numbers, lines from top to bottom, what templates print, annotations; title, "
    "author and the data of an invoice as labels",
    lost="pictures, seals, attachments (named in `kb sources`), text that no reader sees",
    convert=convert,
    recognised=lambda content: "OFD.xml" in content.names,
    hidden=("ofd",),
)
