"""Which rows of a table a quote holds."""

from __future__ import annotations

import pytest

from kb.session.viewing import _is_quoted, _lines
from kb.table_types import Row

QUOTE = "part: SK-2040 | price: 145\npart: IM-65 | price: 315"


@pytest.mark.parametrize(
    ("texts", "cited"),
    [
        (("SK-2040", "145"), True),
        (("im-65", " 315", ""), True),
        (("SK-2040", "315"), False),  # cells of two rows
        (("20", "40"), False),  # parts of a cell
        (("SK-2040", "1450"), False),
        (("", ""), False),
    ],
)
def test_a_row_is_cited_where_one_line_has_all_of_its_cells(
    texts: tuple[str, ...], cited: bool
) -> None:
    assert _is_quoted(Row(2, texts, (None,) * len(texts)), _lines(QUOTE)) is cited
