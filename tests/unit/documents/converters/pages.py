"""PDFs drawn by hand: text at its place, in its size, with lines around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.unit.documents.samples import pdf_file

_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold"}
_GB1 = "/Registry (Adobe) /Ordering (GB1) /Supplement 2"


@dataclass
class Sheet:
    """A page of 612 by 792 points; y counts from its top."""

    rotate: int = 0
    _drawn: list[str] = field(default_factory=list)

    def text(
        self, x: float, y: float, text: str, *, size: float = 10, bold: bool = False, turn: int = 0
    ) -> Sheet:
        """`turn`: quarter turns against the clock. Chinese is set in STSong, Latin in Helvetica."""
        a, b = ((1, 0), (0, 1), (-1, 0), (0, -1))[turn]
        if text.isascii():
            font = "F2" if bold else "F1"
            shown = "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"
        else:
            font, shown = "F3", f"<{text.encode('utf-16-be').hex()}>"
        self._drawn.append(f"BT /{font} {size} Tf {a} {b} {-b} {a} {x} {792 - y} Tm {shown} Tj ET")
        return self

    def lines(self, x: float, y: float, texts: Sequence[str], **style: float) -> Sheet:
        """Lines below each other, 1.2 sizes apart."""
        size = style.get("size", 10)
        for number, text in enumerate(texts):
            self.text(x, y + number * 1.2 * size, text, size=size)
        return self

    def grid(self, xs: Sequence[float], ys: Sequence[float]) -> Sheet:
        """The lines of a table."""
        for x in xs:
            self.rule(x, ys[0], x, ys[-1])
        for y in ys:
            self.rule(xs[0], y, xs[-1], y)
        return self

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> Sheet:
        self._drawn.append(f"0.5 w {x0} {792 - y0} m {x1} {792 - y1} l S")
        return self

    def table(
        self, xs: Sequence[float], top: float, rows: Sequence[Sequence[str]], *, ruled: bool = True
    ) -> Sheet:
        """Rows 20 points high between the columns' edges `xs`."""
        for r, row in enumerate(rows):
            for x, cell in zip(xs, row, strict=False):
                self.text(x + 4, top + 20 * r + 14, cell)
        if ruled:
            self.grid(xs, [top + 20 * r for r in range(len(rows) + 1)])
        return self

    @property
    def stream(self) -> str:
        return "\n".join(self._drawn)


def drawn(
    *sheets: Sheet,
    outline: Sequence[tuple[str, int]] = (),
    fields: str = "",
    layers: Mapping[str, bool] | None = None,
) -> bytes:
    """The PDF of these pages; `outline`: titles and pages of its bookmarks; `fields`: a text
    field's `name=value` on the first page; `layers`: whether each is switched on."""
    objects = ["", "", *map(_font, _FONTS.values()), _SONG, _SONG_CID]
    resources = "/Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R >>"
    kids: list[int] = []
    groups = {name: len(objects) + 1 + place for place, name in enumerate(layers or ())}
    objects += [f"<< /Type /OCG /Name ({name}) >>" for name in groups]
    if groups:
        named = " ".join(f"/{name} {number} 0 R" for name, number in groups.items())
        resources += f" /Properties << {named} >>"
    for sheet in sheets:
        objects.append(f"<< /Length {len(sheet.stream)} >>\nstream\n{sheet.stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate {sheet.rotate} "
            f"/Resources << {resources} >> /Contents {len(objects)} 0 R >>"
        )
        kids.append(len(objects))
    catalog = "/Type /Catalog /Pages 2 0 R"
    if fields:
        name, value = fields.split("=")
        objects.append(
            f"<< /Type /Annot /Subtype /Widget /FT /Tx /T ({name}) /V ({value}) "
            "/Rect [100 100 200 120] >>"
        )
        widget = len(objects)
        objects[kids[0] - 1] = objects[kids[0] - 1][:-2] + f"/Annots [{widget} 0 R] >>"
        catalog += f" /AcroForm << /Fields [{widget} 0 R] >>"
    if layers:
        every = " ".join(f"{number} 0 R" for number in groups.values())
        off = " ".join(f"{groups[name]} 0 R" for name, on in layers.items() if not on)
        catalog += f" /OCProperties << /OCGs [{every}] /D << /ON [{every}] /OFF [{off}] >> >>"
    if outline:
        first = len(objects) + 2
        root = first - 1
        objects.append(
            f"<< /Type /Outlines /First {first} 0 R /Last {first + len(outline) - 1} 0 R "
            f"/Count {len(outline)} >>"
        )
        for number, (title, page) in enumerate(outline):
            following = f"/Next {first + number + 1} 0 R" if number + 1 < len(outline) else ""
            objects.append(
                f"<< /Title ({title}) /Parent {root} 0 R {following} "
                f"/Dest [{kids[page - 1]} 0 R /Fit] >>"
            )
        catalog += f" /Outlines {root} 0 R"
    objects[0] = f"<< {catalog} >>"
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>"
    return pdf_file(objects)


def _font(name: str) -> str:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"


_SONG = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
    "/DescendantFonts [6 0 R] >>"
)
_SONG_CID = (
    f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << {_GB1} >> "
    "/DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 "
    "/FontBBox [0 -120 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 "
    "/StemV 93 >> >>"
)
