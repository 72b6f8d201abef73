"""Hebrew and Arabic in PDFs: letters, words and stops in the order in which they are read."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import parsed, pdf_file, texts

_MAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Own def 1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap end end"""
_WIDE, _TOP = 612, 792


def page(*lines: str) -> bytes:
    """Lines as they are seen: each character one step right of the one before it, the line's end
    at the right edge of the text."""
    shown = []
    for number, line in enumerate(lines):
        x = _WIDE - 60 - 10 * len(line)
        place = f"1 0 0 1 {x} {_TOP - 80 - 14 * number} Tm"
        shown.append(f"BT /F1 10 Tf {place} <{line.encode('utf-16-be').hex()}> Tj ET")
    stream = "\n".join(shown)
    return pdf_file(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [7 0 R] /Count 1 >>",
            "<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H "
            "/DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /CIDSystemInfo << /Registry "
            "(Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 >>",
            f"<< /Length {len(_MAP)} >>\nstream\n{_MAP}\nendstream",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDE} {_TOP}] "
            "/Resources << /Font << /F1 3 0 R >> >> /Contents 6 0 R >>",
        ]
    )


def seen(*words: str) -> str:
    """What a line of words looks like from left to right; only letters of Latin keep their way."""
    return " ".join(word if word.isascii() else word[::-1] for word in reversed(words))


def test_arabic_and_hebrew_are_read_from_right_to_left(tmp_path: Path) -> None:
    lines = (
        ["رقم", "هاتف", "أحمد", "هو", "0551234567", "في", "القاهرة."],
        ["שלחו", "הודעה", "אל", "office@example.com", "בהקדם", "האפשרי."],
    )
    document = parsed(tmp_path / "a.pdf", page(*(seen(*line) for line in lines)))
    assert " ".join(texts(document)).split() == [word for line in lines for word in line]
