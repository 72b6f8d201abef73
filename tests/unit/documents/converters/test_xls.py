"""Old Excel workbooks: a cell's text is what the cell shows, as in kb.documents.converters.xlsx."""

from __future__ import annotations

from kb.documents.converters import xls
from kb.types import ParsedDocument, SourceFile
from tests.unit.documents.converters.biff import Cell, Font, Sheet
from tests.unit.documents.samples import texts

RAISED, STRUCK, WHITE = Font(raised=True), Font(struck=True), Font(white=True)


def converted(sheet: Sheet, data: bytes | None = None) -> ParsedDocument:
    data = data or sheet.data()
    return xls.convert(SourceFile("docs", "a.xls", "a.xls", len(data), 0), data)


def shown(*rows: list[Cell | None], **more: list[tuple[int, int, int, int]] | list[int]) -> str:
    """What a sheet with a head `item | value` and these rows says, without its name."""
    head: list[Cell | None] = [Cell("item"), Cell("value")]
    return "\n".join(texts(converted(Sheet([head, *rows], **more)))[1:])  # type: ignore[arg-type]


def test_numbers_dates_and_truths_are_as_their_formats_show_them() -> None:
    head: list[Cell | None] = [Cell("item"), Cell("price"), Cell("since"), Cell("sold")]
    cells: list[Cell | None] = [
        Cell("valve"),
        Cell(1234.5, shown='"$"#,##0.00'),
        Cell(45536.0, shown="yyyy-mm-dd"),
        Cell(True),
    ]
    found = texts(converted(Sheet([head, cells])))
    assert found == ["Sheet", "item: valve | price: $1,234.50 | since: 2024-09-01 | sold: TRUE"]


def test_a_day_that_is_none_is_its_number() -> None:
    assert shown([Cell("a"), Cell(1e9, shown="yyyy-mm-dd")]) == "item: a | value: 1000000000"


def test_a_raised_figure_is_an_exponent() -> None:
    count = Cell("106 cells", runs=((2, RAISED), (3, Font())))
    assert shown([Cell("a"), count]) == "item: a | value: 10^6 cells"


def test_struck_text_is_marked_and_a_struck_number_is_not_computed_with() -> None:
    struck = Cell(900.0, font=STRUCK)
    part = Cell("900 750", runs=((0, STRUCK), (3, Font())))
    assert shown([Cell("a"), struck], [Cell("b"), part]) == (
        "item: a | value: ~~900~~\nitem: b | value: ~~900~~ 750"
    )
    head: list[Cell | None] = [Cell("item"), Cell("value")]
    rows: list[list[Cell | None]] = [[Cell("a"), struck], [Cell("b"), Cell(750.0)]]
    [table] = converted(Sheet([head, *rows])).tables
    assert [row.values[1] for row in table.rows] != [900, 750]


def test_more_fonts_than_four_are_counted_as_the_format_does() -> None:
    fonts = [Font(), STRUCK, WHITE, Font(struck=True, white=True)]
    cells: list[list[Cell | None]] = [
        [Cell(str(n)), Cell("x", font=f)] for n, f in enumerate(fonts)
    ]
    raised = Cell("m2", runs=((1, RAISED),))
    assert shown(*cells, [Cell("area"), raised]).endswith("item: area | value: m^2")


def test_text_in_the_colour_of_its_ground_is_marked_as_hidden() -> None:
    seen, unseen = Cell("seen", font=WHITE, black=True), Cell("unseen", font=WHITE)
    assert shown([Cell("a"), seen], [Cell("b"), unseen]) == (
        "item: a | value: seen\nitem: b | value: [hidden] unseen"
    )


def test_what_nobody_sees_of_a_text_in_several_colours_is_left_out() -> None:
    runs = ((5, WHITE), (10, Font()))
    part, dark = Cell("call 5550 Liu", runs=runs), Cell("call 5551 Liu", runs=runs, black=True)
    assert shown([Cell("a"), part], [Cell("b"), dark]) == (
        "item: a | value: call Liu\nitem: b | value: call 5551 Liu"
    )


def test_what_a_format_does_not_show_is_marked_as_hidden() -> None:
    assert shown([Cell("a"), Cell(42.0, shown=";;;")]) == "item: a | value: [hidden] 42"


def test_a_merged_cell_says_what_its_first_one_says() -> None:
    found = shown(
        [Cell("a"), Cell(1.0)], [Cell("pump"), Cell(2.0)], [None, Cell(3.0)], merged=[(2, 3, 0, 0)]
    )
    assert found.splitlines()[1:] == ["item: pump | value: 2", "item: pump | value: 3"]


def test_a_value_below_a_merged_cell_is_not_read_as_seen() -> None:
    found = shown(
        [Cell("a"), Cell(1.0)],
        [Cell("b"), Cell(2.0)],
        [Cell("c"), Cell(3.0)],
        merged=[(1, 2, 1, 1)],
    )
    assert found.splitlines() == [
        "item: a | value: 1", "item: b | value: 1", "item: c | value: 3",
    ]  # fmt: skip


def test_hidden_rows_and_columns_are_marked() -> None:
    rows: tuple[list[Cell | None], ...] = ([Cell("a"), Cell(11.0)], [Cell("b"), Cell(22.0)])
    assert shown(*rows, hidden_rows=[2]) == "item: a | value: 11\n[hidden] item: b | value: 22"
    assert shown(*rows, hidden_columns=[1]) == (
        "item: a | [hidden] value: 11\nitem: b | [hidden] value: 22"
    )


def test_a_workbook_whose_looks_are_damaged_is_read_without_them() -> None:
    sheet = Sheet([[Cell("item"), Cell("value")], [Cell("a"), Cell(7.0)]])
    data = sheet.data()
    looks = data.index(b"\xe0\x00\x14\x00")  # the first record that says how cells look
    cut = data[: looks + 4] + b"\xff" * 20 + data[looks + 24 :]
    assert texts(converted(sheet, cut))[1:] == ["item: a | value: 7"]
