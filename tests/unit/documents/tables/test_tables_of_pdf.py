"""Tables of a PDF as data: over pages, with group heads, with lines over all of their columns."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.converters.pages import Sheet, drawn
from tests.unit.documents.samples import parsed
from tests.unit.documents.tables.drawn import names, texts, totals, values

XS = (60.0, 160.0, 260.0, 360.0)


def test_a_table_over_pages_with_its_head_again_is_one(tmp_path: Path) -> None:
    head = ("Part", "Shelf", "Stock")
    pages = [
        Sheet().table(
            XS, 100, [head, *((f"MT{n}", f"A{n}", str(n)) for n in range(start, start + 20))]
        )
        for start in (100, 120, 140)
    ]
    (found,) = parsed(tmp_path / "a.pdf", drawn(*pages)).tables
    assert names(found) == [*head]
    assert values(found, "Stock") == [*range(100, 160)]
    assert found.page == 1


def test_two_tables_with_text_between_them_are_two(tmp_path: Path) -> None:
    rows = [("Part", "Shelf", "Stock"), ("MT1", "A1", "5"), ("MT2", "A2", "6"), ("MT3", "A3", "7")]
    page = Sheet().table(XS, 100, rows).text(60, 300, "The second store:").table(XS, 320, rows)
    first, second = parsed(tmp_path / "a.pdf", drawn(page)).tables
    assert texts(first) == texts(second) == rows[1:]
    assert second.caption == "The second store:"


def test_group_heads_and_lines_over_all_columns(tmp_path: Path) -> None:
    rows = [
        ("Item", "Closing", None, None),
        ("", "Gross", "Allowance", "Net"),
        ("1. Single",),
        ("Alpha", "1200", "200", "1000"),
        ("Beta", "300", "-", "300"),
        ("2. Grouped",),
        ("Others", "500", "50", "450"),
        ("Total", "2000", "250", "1750"),
    ]
    (found,) = parsed(tmp_path / "a.pdf", drawn(ruled((60, 160, 260, 360, 460), 100, rows))).tables
    assert names(found) == ["", "Item", "Closing Gross", "Closing Allowance", "Closing Net"]
    assert [row[:2] for row in texts(found)] == [
        ("1. Single", "Alpha"),
        ("1. Single", "Beta"),
        ("2. Grouped", "Others"),
        ("", "Total"),
    ]
    assert values(found, "Closing Net") == [1000, 300, 450, 1750]
    assert totals(found) == ["Total"]


def ruled(xs: tuple[float, ...], top: float, rows: list[tuple[str | None, ...]]) -> Sheet:
    """Rows 20 points high: None goes on with the cell before, "" with the one above, and a row of
    one text is a cell over all columns."""
    sheet = Sheet()
    for r, row in enumerate(rows):
        y = top + 20 * r
        for c in range(len(xs)):
            inside = 0 < c < len(xs) - 1
            if not (inside and (len(row) == 1 or row[c] is None)):
                sheet.rule(xs[c], y, xs[c], y + 20)
        for x, cell in zip(xs, row, strict=False):
            if cell:
                sheet.text(x + 4, y + 14, cell)
        sheet.rule(xs[1] if len(row) > 1 and row[0] == "" else xs[0], y, xs[-1], y)
    bottom = top + 20 * len(rows)
    return sheet.rule(xs[0], bottom, xs[-1], bottom)
