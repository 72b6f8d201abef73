"""Functions of texts for `kb sql` in place of SQLite's own ones.

Those of SQLite compare every place of a text with all of another one: of two long texts one call
takes hours, and nothing can break it off. These take as long as the texts are. And SQLite's printf
gives NULL in place of a text that is too long, where all others are an error.
"""

from __future__ import annotations

import sqlite3

_Cell = str | bytes | int | float | None

LONGEST = 4 << 20
"""Bytes of a text that SQLite takes from a function."""
_TOO_LONG = " " * (LONGEST + 1)  # which SQLite refuses as too big


def use(database: sqlite3.Connection) -> sqlite3.Connection:
    """Have a connection use them. What is returned, to be closed behind it, is another one, which
    formats for it."""
    formatter = sqlite3.connect(":memory:", check_same_thread=False)
    formatter.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)

    def formatted(*cells: _Cell) -> _Cell:
        marks = ", ".join("?" * len(cells))
        (made,) = formatter.execute(f"SELECT printf({marks})", cells).fetchone()
        # Without a format there is nothing to form: that is NULL too.
        return _TOO_LONG if made is None and any(cells[:1]) else made

    for name in ("format", "printf"):
        database.create_function(name, -1, formatted, deterministic=True)
    for name, count, function in (
        ("instr", 2, _instr),
        ("replace", 3, _replace),
        ("trim", 1, _trim),
        ("trim", 2, _trim),
        ("ltrim", 1, _ltrim),
        ("ltrim", 2, _ltrim),
        ("rtrim", 1, _rtrim),
        ("rtrim", 2, _rtrim),
    ):
        database.create_function(name, count, function, deterministic=True)
    return formatter


def _text(cell: _Cell) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def _instr(cell: _Cell, part: _Cell) -> int | None:
    if cell is None or part is None:
        return None
    if isinstance(cell, bytes) and isinstance(part, bytes):
        return cell.find(part) + 1
    return _text(cell).find(_text(part)) + 1


def _replace(cell: _Cell, old: _Cell, new: _Cell) -> _Cell:
    if cell is None or old is None or new is None:
        return None
    text, before, after = _text(cell), _text(old), _text(new)
    if not before:
        return text
    if len(text) + text.count(before) * (len(after) - len(before)) > LONGEST:
        return _TOO_LONG
    return text.replace(before, after)


def _trim(cell: _Cell, characters: _Cell = " ") -> str | None:
    return None if cell is None or characters is None else _text(cell).strip(_text(characters))


def _ltrim(cell: _Cell, characters: _Cell = " ") -> str | None:
    return None if cell is None or characters is None else _text(cell).lstrip(_text(characters))


def _rtrim(cell: _Cell, characters: _Cell = " ") -> str | None:
    return None if cell is None or characters is None else _text(cell).rstrip(_text(characters))
