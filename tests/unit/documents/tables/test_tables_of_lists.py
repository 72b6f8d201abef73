"""Lists whose items share a form are tables; so are short plain items under what opens them."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest

from kb.documents.parse import parse
from kb.table_types import Table
from kb.types import ParsedDocument, SourceFile


def parsed(folder: Path, name: str, content: str | bytes) -> ParsedDocument:
    path = folder / name
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    return parse(SourceFile("docs", name, str(path), len(data), 0))


def tables(folder: Path, content: str) -> tuple[Table, ...]:
    return parsed(folder, "list.md", content).tables


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.texts for row in table.rows]


def test_fields_that_items_share_are_columns(tmp_path: Path) -> None:
    [table] = tables(
        tmp_path,
        "# 码头\n\n## 泊位\n\n"
        "1. 东一泊，水深：9米，停靠货轮。\n"
        "2. 东二泊，水深：7米，停靠渡轮（夜间，限两艘）。\n"
        "3. 西泊，水深：12米，停靠油轮。\n",
    )
    assert (table.name, table.caption) == ("泊位", "码头")
    assert [column.name for column in table.columns] == ["泊位", "水深", "停靠"]
    assert cells(table)[1] == ("东二泊", "7米", "渡轮（夜间，限两艘）")
    assert [row.number for row in table.rows] == [5, 6, 7]


def test_words_that_all_items_begin_a_field_with_name_it(tmp_path: Path) -> None:
    [table] = tables(
        tmp_path,
        "## Keepers\n\n- Ann Roe, keeps otters\n- Bo Lind, keeps owls\n- Cy Marr, keeps bees\n",
    )
    assert [column.name for column in table.columns] == ["Keepers", "keeps"]
    assert cells(table)[2] == ("Cy Marr", "bees")


def test_short_items_are_rows_and_what_opens_them_is_their_name(tmp_path: Path) -> None:
    [table] = tables(tmp_path, "# Shed\n\nIt is dry. Tools on loan:\n\n- saw\n- spade\n- rake\n")
    assert table.name == "Tools on loan"
    assert cells(table) == [("saw",), ("spade",), ("rake",)]


@pytest.mark.parametrize(
    "content",
    [
        "# Rules\n\n- saw\n- spade\n",
        "# Rules\n\nAll of it counts.\n\n- saw\n- spade\n- rake\n",
        "# Rules\n\n- Close the gate. It is heavy.\n- Keep out; or ask.\n- Lock up.\n",
        "# Rules\n\n- tools\n  - saw\n  - spade\n- seeds\n",
        "# Rules\n\n- saw, old\n- spade, new, long\n- a long rake; or a short one\n",
        "# Rules\n\n- saw\n- saw\n- rake\n",
    ],
    ids=["two items", "opened by nothing", "sentences", "nested", "of several forms", "twice one"],
)
def test_other_lists_are_none(tmp_path: Path, content: str) -> None:
    assert tables(tmp_path, content) == ()


def test_what_goes_on_in_an_item_is_no_item(tmp_path: Path) -> None:
    [table] = tables(tmp_path, "# Tools\n\n- saw\n\n  It is blunt.\n\n- spade\n\n- rake\n")
    assert cells(table) == [("saw",), ("spade",), ("rake",)]


def test_lists_of_word_and_html_are_tables_too(tmp_path: Path) -> None:
    page = docx.Document()
    page.add_heading("泊位", 1)
    for item in ("东一泊，水深：9米", "东二泊，水深：7米", "西泊，水深：12米"):
        page.add_paragraph(item, style="List Bullet")
    out = io.BytesIO()
    page.save(out)
    items = "".join(
        f"<li>{one}</li>" for one in ("东一泊，水深：9米", "东二泊，水深：7米", "西泊，水深：12米")
    )
    html = f"<h1>泊位</h1><ul>{items}</ul>"
    for document in (
        parsed(tmp_path, "list.docx", out.getvalue()),
        parsed(tmp_path, "list.html", f"<html><body>{html}</body></html>"),
    ):
        [table] = document.tables
        assert [column.name for column in table.columns] == ["泊位", "水深"]
        assert cells(table)[2] == ("西泊", "12米")


def test_sections_above_a_table_stand_in_its_caption(tmp_path: Path) -> None:
    page = docx.Document()
    page.add_heading("年度报告", 1)
    for line in ("5、应收账款", "（1）按账龄披露", "单位：元"):
        page.add_paragraph(line)
    grid = page.add_table(3, 2)
    for place, text in enumerate(("账龄", "金额", "1年以内", "10", "1至2年", "20")):
        grid.cell(place // 2, place % 2).text = text
    out = io.BytesIO()
    page.save(out)
    [table] = parsed(tmp_path, "report.docx", out.getvalue()).tables
    assert table.name == "年度报告"
    assert table.caption == "5、应收账款 （1）按账龄披露 单位：元"
    assert table.columns[1].unit == "元"
