"""What was filled into a page's form and written onto it."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import pypdfium2.raw as pdfium

_MOST_ANNOTATIONS = 2_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffd]")
_NOTES = frozenset((pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_FREETEXT))
_FIELDS = frozenset(
    (
        pdfium.FPDF_FORMFIELD_TEXTFIELD,
        pdfium.FPDF_FORMFIELD_COMBOBOX,
        pdfium.FPDF_FORMFIELD_LISTBOX,
        pdfium.FPDF_FORMFIELD_CHECKBOX,
        pdfium.FPDF_FORMFIELD_RADIOBUTTON,
    )
)


def notes(pdf: Any, page: Any) -> list[str]:
    """The filled-in fields of a form, as `name: value`, and the text of notes."""
    found: list[str] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        if kind == pdfium.FPDF_ANNOT_WIDGET and pdf.formenv:
            found += _field(pdf.formenv, note)
        elif kind in _NOTES:
            found.append(_string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents"))
        pdfium.FPDFPage_CloseAnnot(note)
    return [text for text in found if text]


def _field(form: Any, note: Any) -> list[str]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    if kind not in _FIELDS:
        return []
    value = _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
    name = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, note) or _string(
        pdfium.FPDFAnnot_GetFormFieldName, form, note
    )
    if not value or value == "Off":
        return []
    return [f"{name}: {value}" if name else value]


def _string(call: Any, *arguments: Any) -> str:
    size = call(*arguments, None, 0)
    if not 2 < size < 2_000_000:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    call(*arguments, buffer, size)
    text = bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
    return " ".join(_CONTROL.sub(" ", text).split())
