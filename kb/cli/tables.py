"""`kb tables`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.command import Group
from kb.cli.needs import Needs
from kb.cli.table_output import csv_option, require_one_form, say_csv, say_table
from kb.session import Session, TableListing, TableRows
from kb.table_types import Column, NamedTable, Row, RowFlag, Value

_SHOWN = 50


@click.group("tables", cls=Group, default="list")
def command() -> None:
    """The tables that were found in documents; without a subcommand they are listed.

    \b
    Example:
      kb tables
      kb tables show 员工名册2024_在职
    """


@command.command("list", needs=Needs())
@json_option
@pass_app
def list_tables(app: App, as_json: bool) -> int:
    """Every table with its document, its columns with their types and units, and its rows.

    What was not understood in a table is said below it.

    \b
    Example:
      kb tables --json
    """
    with Session(app.settings) as session:
        found = session.tables()
    if as_json:
        emit(found)
    else:
        _show_list(found)
    return 0


@command.command("show", needs=Needs())
@click.argument("name", metavar="NAME")
@click.option(
    "--limit", type=click.IntRange(min=0), default=_SHOWN, help="The most rows; 0 for all."
)
@csv_option
@json_option
@pass_app
def show_table(app: App, name: str, limit: int, as_csv: bool, as_json: bool) -> int:
    """One table as its document displays it. NAME is one that `kb tables` shows.

    In front of each row stands its number in the file: a sheet's row, a line. Totals and hidden
    rows are marked.

    \b
    Example:
      kb tables show 员工名册2024_在职 --limit 3
    """
    require_one_form(as_csv, as_json)
    with Session(app.settings) as session:
        found = session.table(name, most=limit or None)
    if as_json:
        emit(found)
    elif as_csv:
        say_csv(found.table.columns, [row.texts for row in found.rows])
    else:
        _show_rows(found)
    left = found.table.table.rows - len(found.rows)
    if left and not as_json:
        note(f"{left} more rows; all of them with --limit 0")
    return 0


def _show_list(found: TableListing) -> None:
    for named in found.tables:
        table = named.table
        where = f", {table.name}" if table.name else ""
        where += f", p. {table.page}" if table.page else ""
        hidden = ", hidden" if table.hidden else ""
        marked = table.rows - table.plain
        more = f" and {marked} marked as total or hidden" if marked else ""
        say(f"{named.name}: {table.plain} rows{more}{hidden}")
        say(f"    {table.source}{where}")
        say(f"    {', '.join(_columns(named))}")
        for remark in table.remarks:
            say(f"    note: {remark}")
    if not found.tables:
        say("no tables were found in the documents")


def _columns(named: NamedTable) -> list[str]:
    pairs = zip(named.columns, named.table.columns, strict=True)
    return [f"{name} ({_told(column)})" for name, column in pairs]


def _told(column: Column) -> str:
    unit = f", {column.unit}" if column.unit else ""
    return f"{column.type.value}{unit}{', hidden' if column.hidden else ''}"


def _show_rows(found: TableRows) -> None:
    table = found.table.table
    say(f"{table.source}{f', {table.name}' if table.name else ''}")
    if table.caption:
        say(table.caption)
    rows: list[tuple[Value, ...]] = [(row.number, *row.texts, _marks(row)) for row in found.rows]
    columns = ("row", *found.table.columns, "")
    say_table(columns, rows if any(row[-1] for row in rows) else [row[:-1] for row in rows])


def _marks(row: Row) -> str:
    return ", ".join(flag.name.lower() for flag in RowFlag(row.flags) if flag.name)
