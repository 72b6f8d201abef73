"""What was filled into a page's form and written onto it."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import pypdfium2.raw as pdfium

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

_CHOICES = frozenset((pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX))
_MOST_OPTIONS = 2_000


def notes(pdf: Any, page: Any) -> list[str]:
    """The filled-in fields of a form, as `name: value`, and the text of notes and of comments on
    what readers have marked."""
    found: list[str] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        if kind == pdfium.FPDF_ANNOT_WIDGET and pdf.formenv:
            found += _field(pdf.formenv, note)
        elif kind in _NOTES and not pdfium.FPDFAnnot_GetFlags(note) & _UNSEEN:
            found.append(_string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents"))
        pdfium.FPDFPage_CloseAnnot(note)
    return [text for text in found if text]


def _field(form: Any, note: Any) -> list[str]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    if kind not in _FIELDS:
        return []
    value = _chosen(form, note) if kind in _CHOICES else ""
    value = value or _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, note) or _string(
        pdfium.FPDFAnnot_GetFormFieldName, form, note
    )
    if not value or value == "Off":
        return []
    return [f"{name}: {value}" if name else value]


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
