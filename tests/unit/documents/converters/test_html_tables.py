"""Tables of pages that are more than rows of cells."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import parsed, texts


def test_names_before_their_values_are_no_first_row_of_a_table(tmp_path: Path) -> None:
    page = "<table><tr><th>电压</th><td>220V</td></tr><tr><th>电流：</th><td>5A</td></tr></table>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["电压: 220V", "电流: 5A"]


def test_names_at_the_left_of_several_columns_are_cells(tmp_path: Path) -> None:
    page = (
        "<table><tr><th></th><th>May</th><th>June</th></tr><tr><th>in</th><td>10</td><td>20</td>"
        "</tr><tr><th>out</th><td>5</td><td>8</td></tr></table>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "in | May: 10 | June: 20", "out | May: 5 | June: 8",
    ]  # fmt: skip


def test_a_table_that_lays_out_the_page_is_none(tmp_path: Path) -> None:
    page = (
        "<table><tr><td><table><tr><td><h2>Order</h2><p>It is sent.</p><p>Due in June.</p></td>"
        "</tr></table></td></tr><tr><td><table><tr><td>part</td><td>count</td></tr><tr><td>pump"
        "</td><td>2</td></tr></table></td><td>Call us</td></tr></table>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "Order", "It is sent.", "Due in June.", "part: pump | count: 2", "Call us",
    ]  # fmt: skip


def test_a_table_in_a_cell_is_that_cells_text(tmp_path: Path) -> None:
    def inner(name: str, count: int) -> str:
        return (
            "<table><tr><td>part</td><td>count</td></tr>"
            f"<tr><td>{name}</td><td>{count}</td></tr></table>"
        )

    page = (
        "<table><tr><td>order</td><td>holds</td></tr>"
        f"<tr><td>D1</td><td>{inner('valve', 3)}</td></tr>"
        f"<tr><td>D2</td><td>{inner('pump', 4)}</td></tr></table>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "order: D1 | holds: part: valve, count: 3", "order: D2 | holds: part: pump, count: 4",
    ]  # fmt: skip
