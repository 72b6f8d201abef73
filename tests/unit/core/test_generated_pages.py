"""The pages that `make docs` makes are what it would make now."""

from __future__ import annotations

import click
import pytest

from kb import errors
from tools.docs import commands, fields
from tools.docs.pages import REPOSITORY, pages

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_is_not_stale(name: str) -> None:
    assert (REPOSITORY / name).read_text(encoding="utf-8") == PAGES[name], (
        "run: make docs (python -m tools.docs)"
    )


def test_every_command_is_described_and_no_other() -> None:
    assert set(fields.commands()) == {leaf.name for leaf in commands.leaves()}


def test_every_option_and_argument_is_explained() -> None:
    silent = [
        f"kb {leaf.name} {record[0]}"
        for leaf in commands.leaves()
        for option in leaf.command.get_params(leaf.context)
        if isinstance(option, click.Option)
        and (record := option.get_help_record(leaf.context))
        and not record[1]
    ]
    assert silent == []


def test_no_translation_is_left_over() -> None:
    wanted = {
        "summaries": {leaf.summary for leaf in commands.leaves()},
        "exits": set(errors.EXIT_CODES.values()),
    }
    assert {table: set(found) for table, found in commands.chinese().items()} == wanted


@pytest.mark.parametrize("name", [n for n, shape in fields.shapes().items() if shape.types])
def test_a_shape_has_the_fields_of_its_types(name: str) -> None:
    assert fields.fields_that_differ(name) == set()
