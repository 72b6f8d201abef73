"""`kb sql`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, note, pass_app
from kb.cli.command import Command, setting_option
from kb.cli.needs import Needs
from kb.cli.table_output import csv_option, require_one_form, say_csv, say_table
from kb.session import Session, SqlResult


@click.command("sql", cls=Command, needs=Needs())
@click.argument("statement", metavar="SELECT")
@setting_option("tables.rows", "--limit", type=click.IntRange(min=1), help="The most rows.")
@csv_option
@json_option
@pass_app
def command(app: App, statement: str, as_csv: bool, as_json: bool) -> int:
    """One SELECT over the tables that were found in documents.

    A table has the name that `kb tables` shows, its columns are named as displayed. It holds what
    cells are worth, numbers in their base unit, and the number of each row in its file (_row).
    Totals and what is hidden is left out; with __all behind a table's name it is there, and
    marked (_flags). Nothing but a SELECT runs, and no function that reaches a file.

    \b
    Example:
      kb sql 'SELECT 部门, count(*) FROM 员工名册2024_在职 GROUP BY 部门'
    """
    require_one_form(as_csv, as_json)
    with Session(app.settings) as session:
        found = session.sql(statement)
    if as_json:
        emit(found)
    elif as_csv:
        say_csv(found.columns, found.rows)
    else:
        _show(found)
    return 0


def _show(found: SqlResult) -> None:
    say_table(found.columns, found.rows)
    for remark in found.remarks:
        note(remark)
