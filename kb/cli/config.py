"""`kb config show`."""

from __future__ import annotations

import click

from kb import config
from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Group
from kb.cli.needs import Needs


@click.group("config", cls=Group)
def command() -> None:
    """The settings in force.

    \b
    Example:
      kb config show
    """


@command.command("show", needs=Needs())
@json_option
@pass_app
def show(app: App, as_json: bool) -> None:
    """Every key, its value, and where the value came from.

    \b
    Example:
      kb --config configs/ollama.toml config show
    """
    settings = app.settings
    values = {
        key: getattr(getattr(settings, key.split(".")[0]), key.split(".")[1])
        for key in config.defaults()
    }
    if as_json:
        keys = {
            key: {"value": value, "origin": settings.origins[key]} for key, value in values.items()
        }
        emit({"home": str(settings.home), "collection": settings.collection, "keys": keys})
        return
    say(f"home = {settings.home}")
    say(f"collection = {settings.collection}")
    for key, value in values.items():
        say(f"{key} = {value!r}  ({settings.origins[key]})")
