"""`kb sql`: one SELECT of a person over the tables of documents, and nothing else.

Each table is a view of a connection of its own, on which SQLite itself refuses all that is not a
SELECT over these views, and every function that is not in a list. There are limits of time, of
memory, of rows and of what they hold.
"""

from __future__ import annotations

import difflib
import math
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from kb.errors import Interrupted, KbError, UsageError
from kb.index import sql_functions
from kb.index.database import Row
from kb.index.table_names import ALL, FLAGS, NUMBER, quoted
from kb.index.table_schema import displayed, id_range, row_table
from kb.index.tables import TableStore
from kb.table_types import ColumnType, NamedTable, SqlResult

_FUNCTIONS = frozenset(
    (
        # texts
        *(
            "char",
            "format",
            "glob",
            "hex",
            "instr",
            "length",
            "like",
            "lower",
            "ltrim",
            "printf",
            "replace",
            "rtrim",
            "substr",
            "substring",
            "trim",
            "unicode",
            "upper",
        ),
        # numbers
        *(
            "abs",
            "ceil",
            "ceiling",
            "exp",
            "floor",
            "ln",
            "log",
            "log10",
            "mod",
            "pow",
            "power",
            "round",
            "sign",
            "sqrt",
            "trunc",
        ),
        # whatever there is
        *("coalesce", "ifnull", "iif", "nullif", "typeof"),
        # dates and times
        *("current_date", "date", "datetime", "julianday", "strftime", "time"),
        # many rows
        *("avg", "count", "group_concat", "max", "min", "sum", "total"),
        # windows
        *(
            "cume_dist",
            "dense_rank",
            "first_value",
            "lag",
            "last_value",
            "lead",
            "nth_value",
            "ntile",
            "percent_rank",
            "rank",
            "row_number",
        ),
    )
)

_LONGEST_STATEMENT = 100_000
_MOST_CHARACTERS = 64 << 20
"""Of all cells of a result."""
_HEAP = 1 << 30
"""Bytes that SQLite may use in this process; it is not raised again."""
_MOST_REMARKS = 5
"""Of a table that a result tells."""
_STEPS = 1_000
"""Of SQLite's machine between two looks at the clock."""
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: sql_functions.LONGEST,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,  # a view of a wide table is long
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
_HINT = "see the tables and their columns with: kb tables"
_PRIVATE = "table_row_"
_EXPLAINED = re.compile(r"(?:\s|;|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*explain\b", re.IGNORECASE)
"""The one statement besides SELECT that SQLite does not ask about."""


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: float
    rows: int


@dataclass(slots=True)
class _Seen:
    """What the authorizer saw of a statement; `end`: until when it may run (monotonic)."""

    views: set[str] = field(default_factory=set)
    refused: str = ""
    end: float = math.inf


def select(
    path: Path, store: TableStore, tables: Sequence[NamedTable], sql: str, limits: Limits
) -> SqlResult:
    """Run one SELECT over the tables of the catalog at `path`.

    Raises:
        UsageError: it is none, or names what is not there, or takes longer than it may.
        StoreDamaged: a table that it reads is not what was written.
    """
    wanted = _mentioned(tables, sql)
    with closing(_connection(path)) as database, closing(sql_functions.use(database)):
        for name, table in wanted.items():
            if name == table.name.lower():
                for statement in _views(table):
                    database.execute(statement)
        seen = _Seen()
        with _told(sql, seen, tables, wanted, limits):
            _guard(database, wanted, seen, limits.seconds)
            cursor = database.execute(sql)
            for name in seen.views:
                store.verify(wanted[name].table.id)
            if cursor.description is None:
                raise _refused("it is empty")
            columns = tuple(one[0] for one in cursor.description)
            rows, remarks = _fetched(cursor, limits)
    used = {name: wanted[name] for name in sorted(seen.views)}
    for name, table in used.items():
        remarks += _told_of(table, whole=name.endswith(ALL))
    names = tuple(dict.fromkeys(table.name for table in used.values()))
    return SqlResult(columns, rows, names, tuple(dict.fromkeys(remarks)))


# --- the connection -------------------------------------------------------------------


def _connection(path: Path) -> sqlite3.Connection:
    place = f"file:{quote(str(path))}?mode=ro&immutable=1"
    database = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in ("mmap_size=2147418112", "temp_store=MEMORY", f"hard_heap_limit={_HEAP}"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    for limit, value in _LIMITS.items():
        database.setlimit(limit, value)
    return database


def _views(named: NamedTable) -> Iterator[str]:
    """Statements that make a table's views: without what is marked, and with it."""
    table, first_last = named.table, id_range(named.table.id)
    plain, whole = [], []
    for place, (column, name) in enumerate(zip(table.columns, named.columns, strict=True)):
        text = column.type in (ColumnType.TEXT, ColumnType.CODE)
        cell = f"nullif({displayed(place)}, '')" if text else f"v{place + 1}"
        whole.append(f"{cell} AS {quoted(name)}")
        if not column.hidden:
            plain.append(whole[-1])
    source = f"FROM main.{row_table(len(table.columns))} WHERE id BETWEEN %d AND %d" % first_last
    number = f"number AS {NUMBER}"
    flags = "CASE flags WHEN 0 THEN '' WHEN 1 THEN 'total' WHEN 2 THEN 'hidden'"
    flags += f" WHEN 4 THEN 'replaced' ELSE 'total, hidden' END AS {FLAGS}"
    for name, columns, condition in (
        (named.name, [*plain, number], " AND flags = 0"),
        (named.name + ALL, [*whole, number, flags], ""),
    ):
        select = f"SELECT {', '.join(columns)} {source}{condition}"
        yield f"CREATE TEMP VIEW {quoted(name)} AS {select}"


def _guard(
    database: sqlite3.Connection, wanted: dict[str, NamedTable], seen: _Seen, seconds: float
) -> None:
    """From here on the connection refuses what is not a SELECT over the views."""

    def allowed(
        action: int, one: str | None, two: str | None, base: str | None, of: str | None
    ) -> int:
        why = ""
        if action == sqlite3.SQLITE_READ:
            # `of` is the view by which rows are read; of a bare count(*) SQLite tells none.
            view, source = str(of).lower(), str(one).lower()
            rows = base == "main" and source.startswith(_PRIVATE) and (view in wanted or not two)
            if not rows and not (base == "temp" and source in wanted):
                why = f"'{one}' may not be read"
            elif view in wanted:
                seen.views.add(view)
        elif action == sqlite3.SQLITE_FUNCTION:
            if str(two).lower() not in _FUNCTIONS:
                why = f"the function {two}() may not be used"
        elif action != sqlite3.SQLITE_SELECT:
            why = "it is more than a SELECT over tables of documents"
        seen.refused = seen.refused or why
        return sqlite3.SQLITE_DENY if why else sqlite3.SQLITE_OK

    seen.end = time.monotonic() + seconds
    database.set_progress_handler(lambda: time.monotonic() > seen.end, _STEPS)
    database.set_authorizer(allowed)


def _fetched(cursor: sqlite3.Cursor, limits: Limits) -> tuple[tuple[Row, ...], list[str]]:
    """As many rows as the limits allow, and what they left out."""
    rows: list[Row] = []
    characters = 0
    for row in cursor:
        if len(rows) == limits.rows:
            return tuple(rows), [f"only the first {limits.rows} rows are shown: there are more"]
        characters += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
        if characters > _MOST_CHARACTERS:
            return tuple(rows), [f"only {len(rows)} rows are shown: their cells are very long"]
        rows.append(tuple(cell.hex() if isinstance(cell, bytes) else cell for cell in row))
    return tuple(rows), []


def _mentioned(tables: Sequence[NamedTable], sql: str) -> dict[str, NamedTable]:
    """The tables whose names stand in the statement, by the names of their views in lower case."""
    text = sql.lower()
    found = [(table.name.lower(), table) for table in tables if table.name.lower() in text]
    return {view: table for name, table in found for view in (name, name + ALL)}


def _told_of(table: NamedTable, *, whole: bool) -> Iterator[str]:
    """What a reader of a result has to know of a table that it was made of."""
    marked = 0 if whole else table.table.rows - table.table.plain
    if marked:
        rows = "a row" if marked == 1 else f"{marked} rows"
        with_them = f"with them: {table.name}{ALL}"
        yield f"{table.name}: {rows} marked as total or hidden left out; {with_them}"
    if table.table.hidden:
        yield f"{table.name}: its document hides this table"
    remarks = table.table.remarks
    yield from (f"{table.name}: {one}" for one in remarks[:_MOST_REMARKS])
    if len(remarks) > _MOST_REMARKS:
        yield f"{table.name}: {len(remarks) - _MOST_REMARKS} more remarks; see kb tables"


# --- what is told of mistakes ---------------------------------------------------------


@contextmanager
def _told(
    sql: str, seen: _Seen, tables: Sequence[NamedTable], wanted: dict[str, NamedTable],
    limits: Limits,
) -> Iterator[None]:  # fmt: skip
    """SQLite's errors as errors of whoever wrote the statement."""
    if len(sql) > _LONGEST_STATEMENT or _PRIVATE in sql.lower():
        raise _refused("it is too long, or names what kb keeps for itself")
    if _EXPLAINED.match(sql):
        raise _refused("it is more than a SELECT over tables of documents")
    try:
        yield
    except MemoryError as error:
        raise _too_much("it needs more memory than it may") from error
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        message = str(error)
        if seen.refused:
            raise _refused(seen.refused) from error
        if message == "interrupted" and time.monotonic() < seen.end:
            # The handler of a signal raised while SQLite was asking, which it does not pass on.
            raise Interrupted(
                "interrupted",
                why="a signal or Ctrl-C stopped the statement",
                hint="run it again; nothing was changed",
            ) from error
        if message == "interrupted":
            why = f"it took longer than {limits.seconds:g} seconds (tables.seconds)"
            raise _too_much(why) from error
        raise _wrong(message, tables, wanted) from error


def _refused(why: str) -> KbError:
    return UsageError(
        "the statement is not allowed",
        why=why,
        hint="write one SELECT over tables that kb tables lists",
    )


def _too_much(why: str) -> KbError:
    return UsageError(
        "the statement was broken off",
        why=why,
        hint="ask for less: fewer tables at once, a condition for a join",
    )


def _wrong(message: str, tables: Sequence[NamedTable], wanted: dict[str, NamedTable]) -> KbError:
    """A statement that SQLite does not understand, with the names that are nearest."""
    missing = re.fullmatch(r"no such (table|column): (.*)", message, re.DOTALL)
    if missing is None:
        return UsageError("the statement cannot be run", why=message, hint=_HINT)
    kind, name = missing[1], missing[2].rpartition(".")[2]
    if kind == "table":
        names = [table.name for table in tables]
    else:
        names = list(dict.fromkeys(c for table in wanted.values() for c in table.columns))
    near = nearest(name, names)
    there = "the nearest" if near else "there are"
    listed = ", ".join(quoted(one) for one in near or names[:8]) or "none"
    return UsageError(f"there is no {kind} '{name}'", why=f"{there}: {listed}", hint=_HINT)


def nearest(name: str, names: Sequence[str]) -> list[str]:
    """The names that somebody may have meant."""
    lower = {one.casefold(): one for one in names}
    text = name.casefold()
    close = difflib.get_close_matches(text, lower, n=3, cutoff=0.5)
    holding = [one for one in lower if text and (text in one or one in text)]
    chinese = {one for one in text if not one.isascii()}
    sharing = sorted(lower, key=lambda one: -len(chinese.intersection(one)))
    sharing = [one for one in sharing if chinese.intersection(one)]
    return [lower[one] for one in dict.fromkeys([*close, *holding, *sharing])][:3]
