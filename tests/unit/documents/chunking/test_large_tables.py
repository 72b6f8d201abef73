"""A table of very many rows is described for embedding, and its rows are marked."""

from __future__ import annotations

from kb.documents.builder import Builder
from kb.documents.chunking.chunk import chunk
from kb.documents.chunking.large_tables import description, with_descriptions
from kb.table_types import Column, ColumnType, Row, RowFlag, Table
from kb.types import ParsedDocument, SourceFile

SOURCE = SourceFile("docs", "stock.md", "/docs/stock.md", 1, 1)
LARGE = 50


def stock(rows: int) -> ParsedDocument:
    """A paragraph, a table, a paragraph."""
    builder = Builder(SOURCE)
    builder.heading("Spare parts", 1)
    builder.paragraph("Counted in March.")
    lines = [(f"P-{n:04}", ("steel", "brass")[n % 2], str(n)) for n in range(1, rows + 1)]
    builder.rows([("Part", "Metal", "Pieces"), *lines], head=1)
    builder.paragraph("Counted by two people.")
    return builder.document()


def test_a_description_stands_in_front_of_the_rows() -> None:
    described, [(start, end)] = with_descriptions(stock(LARGE), LARGE)
    assert described.text[start:].startswith("Part: P-0001")
    assert described.text[:end].endswith("Pieces: 50")
    assert described.text[:start].splitlines() == [
        "Spare parts",
        "",
        "Counted in March.",
        "",
        "Table 'Spare parts': 50 rows, 3 columns.",
        "Part (code): P-0001 to P-0050, 50 distinct values.",
        "Metal (text): brass, steel.",
        "Pieces (integer): 1 to 50, 50 distinct values.",
        "",
    ]
    for element in described.elements:
        text = described.text[element.start : element.end]
        assert text == text.strip() != ""


def test_only_the_rows_are_left_unembedded() -> None:
    described, spans = with_descriptions(stock(LARGE), LARGE)
    chunks = chunk(described, 64, 1, spans)
    assert all(one.text == described.text[one.start : one.end] for one in chunks)
    embedded = "\n".join(one.text for one in chunks if not one.lexical_only)
    for text in ("Counted in March.", "brass, steel", "Counted by two people."):
        assert text in embedded
    rows = "\n".join(one.text for one in chunks if one.lexical_only)
    assert rows.count("Part: P-") > LARGE * 0.8
    assert "Counted" not in rows


def test_a_table_with_fewer_rows_is_embedded_as_it_is() -> None:
    small = stock(LARGE - 1)
    assert with_descriptions(small, LARGE) == (small, ())
    assert with_descriptions(stock(LARGE), 0) == (stock(LARGE), ())


def test_each_of_two_large_tables_has_its_own_description() -> None:
    builder = Builder(SOURCE)
    for name in ("North", "South"):
        builder.heading(name, 1)
        builder.rows([("Part", "Pieces"), *[(f"{name}-{n:04}", str(n)) for n in range(LARGE)]])
    described, spans = with_descriptions(builder.document(), LARGE)
    assert len(spans) == 2
    for (start, _), name in zip(spans, ("North", "South"), strict=True):
        in_front = described.text[:start].rstrip().splitlines()
        assert in_front[-3] == f"Table '{name}': 50 rows, 2 columns."
        assert described.text[start:].startswith(f"Part: {name}-0000")


def test_a_description_is_in_the_language_of_the_table_without_totals_and_what_is_hidden() -> None:
    people = [f"人{chr(0x4E00 + n)}" for n in range(30)]
    table = Table(
        *(0, "名册", "", None),
        (
            Column("姓名", ColumnType.TEXT),
            Column("入职日期", ColumnType.DATE),
            Column("工资(元)", ColumnType.MONEY, "元"),
            Column("密码", ColumnType.TEXT, hidden=True),
        ),
        (
            *(
                Row(
                    n + 2,
                    (who, f"2024年3月{n + 1}日", str(9000 + n), "x"),
                    (who, f"2024-03-{n + 1:02}", 9000 + n, "x"),
                )
                for n, who in enumerate(people)
            ),
            Row(99, ("合计", "", "999999", ""), ("合计", None, 999999, None), RowFlag.TOTAL),
        ),
    )
    assert description(table).splitlines() == [
        "表格《名册》：30 行，4 列。",
        f"姓名（文本）：30 个不同的值，例如 {'、'.join(sorted(people)[:3])}。",
        "入职日期（日期）：2024年3月1日 至 2024年3月30日，30 个不同的值。",
        "工资(元)（金额）：9000 至 9029，30 个不同的值。",
    ]
