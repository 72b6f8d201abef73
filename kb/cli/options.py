"""Options that several commands share."""

from __future__ import annotations

import click

from kb.cli.command import setting_option

top_k_option = setting_option(
    "retrieval.top_k",
    "--top-k",
    type=click.IntRange(1),
    metavar="N",
    help="How many.",
)
where_option = click.option(
    "--where",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only documents with this label; path takes a glob. May be repeated.",
)
mode_option = setting_option(
    "retrieval.mode",
    "--mode",
    type=click.Choice(["hybrid", "dense", "sparse"]),
    help="Dense vectors and BM25, or one of the two.",
)
think_option = setting_option(
    "answer.think",
    "--think/--no-think",
    default=None,
    help="Let a reasoning model think first.",
)
strict_option = setting_option(
    "answer.strict",
    "--strict/--no-strict",
    default=None,
    help="Withhold what no passage supports.",
)
