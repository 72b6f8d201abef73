"""What was filled into a page's form and written onto it."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from kb.documents.converters.pdf.layout import Rule

MOST_ANNOTATIONS = 2_000
_MOST_XFA = 50 << 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffd]")
_NOTES = frozenset(
    (
        *(pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_HIGHLIGHT),
        *(pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY, pdfium.FPDF_ANNOT_STRIKEOUT),
        *(pdfium.FPDF_ANNOT_SQUARE, pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_LINE),
        *(pdfium.FPDF_ANNOT_POLYGON, pdfium.FPDF_ANNOT_POLYLINE, pdfium.FPDF_ANNOT_INK),
        *(pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_CARET),
    )
)
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_FIELDS = frozenset(
    (
        pdfium.FPDF_FORMFIELD_TEXTFIELD,
        pdfium.FPDF_FORMFIELD_COMBOBOX,
        pdfium.FPDF_FORMFIELD_LISTBOX,
        pdfium.FPDF_FORMFIELD_CHECKBOX,
        pdfium.FPDF_FORMFIELD_RADIOBUTTON,
    )
)

_BOXES = frozenset((pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON))
_TICKED, _EMPTY = "☑", "☐"
_CHOICES = frozenset((pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX))
_MOST_OPTIONS = 2_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its name, what is filled in, and its place on the page. A box that may be
    ticked is shown as one."""

    name: str
    value: str
    is_box: bool
    area: Rule

    @property
    def shown(self) -> str:
        return (_TICKED if self.value else _EMPTY) if self.is_box else self.value

    @property
    def note(self) -> str:
        """Where nothing is written beside it: `name: value`."""
        return f"{self.name}: {self.value}" if self.name and self.value else self.value


def notes(page: Any) -> list[str]:
    """The text of notes and of comments on what readers have marked."""
    found = [
        _string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")
        for note in _seen(page)
        if pdfium.FPDFAnnot_GetSubtype(note) in _NOTES
    ]
    return [text for text in found if text]


def fields(pdf: Any, page: Any) -> list[Field]:
    """What is filled into the form, and its boxes."""
    if not pdf.formenv:
        return []
    found = [
        _field(pdf.formenv, note)
        for note in _seen(page)
        if pdfium.FPDFAnnot_GetSubtype(note) == pdfium.FPDF_ANNOT_WIDGET
    ]
    return [field for field in found if field is not None and field.shown]


def _seen(page: Any) -> Iterator[Any]:
    """The page's annotations that a reader sees; each is open until the next one."""
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            if not pdfium.FPDFAnnot_GetFlags(note) & _UNSEEN:
                yield note
        finally:
            pdfium.FPDFPage_CloseAnnot(note)


def _field(form: Any, note: Any) -> Field | None:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    if kind not in _FIELDS:
        return None
    is_box = kind in _BOXES
    value = _chosen(form, note) if kind in _CHOICES else ""
    value = value or _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
    if is_box and not pdfium.FPDFAnnot_IsChecked(form, note):
        value = ""
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, note) or _string(
        pdfium.FPDFAnnot_GetFormFieldName, form, note
    )
    rect = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(note, rect)
    bottom, top = sorted((rect.bottom, rect.top))
    return Field(name, value, is_box, Rule(rect.left, bottom, rect.right, top))


def _chosen(form: Any, note: Any) -> str:
    """The options that are chosen in a list, as its reader sees them: their values are codes."""
    count = min(pdfium.FPDFAnnot_GetOptionCount(form, note), _MOST_OPTIONS)
    shown = (
        _string(pdfium.FPDFAnnot_GetOptionLabel, form, note, index)
        for index in range(count)
        if pdfium.FPDFAnnot_IsOptionSelected(form, note, index)
    )
    return ", ".join(filter(None, shown))


def _string(call: Any, *arguments: Any) -> str:
    size = call(*arguments, None, 0)
    if not 2 < size < 2_000_000:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    call(*arguments, buffer, size)
    text = bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
    return " ".join(_CONTROL.sub(" ", text).split())


def xfa_fields(pdf: Any) -> list[str]:
    """The values that were filled into a form of the XFA kind, `name: value`: its pages are not
    in the file, which only holds a request to open it elsewhere.

    Raises:
        DamagedDocument: the data are not XML.
    """
    from kb.documents.converters.common.markup import xml_root

    found: list[str] = []
    for index in range(max(0, pdfium.FPDF_GetXFAPacketCount(pdf.raw))):
        data = _packet(pdf, index)
        if b"datasets" not in data:
            continue
        for filled in xml_root(data).iter("{*}datasets"):
            for leaf in filled.iter():
                text = " ".join((leaf.text or "").split())
                if isinstance(leaf.tag, str) and text and not len(leaf):
                    found.append(f"{leaf.tag.rpartition('}')[2]}: {text}")
    return found


def _packet(pdf: Any, index: int) -> bytes:
    size = ctypes.c_ulong()
    pdfium.FPDF_GetXFAPacketContent(pdf.raw, index, None, 0, ctypes.byref(size))
    if not 0 < size.value < _MOST_XFA:
        return b""
    buffer = ctypes.create_string_buffer(size.value)
    pdfium.FPDF_GetXFAPacketContent(pdf.raw, index, buffer, size, ctypes.byref(size))
    return buffer.raw
