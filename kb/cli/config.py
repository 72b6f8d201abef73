"""`kb config show`, `kb config init`."""

from __future__ import annotations

from pathlib import Path

import click

from kb import atomic, config
from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Group
from kb.cli.needs import Needs
from kb.data_files import shipped_folder
from kb.errors import UsageError


@click.group("config", cls=Group)
def command() -> None:
    """The settings in force, and a file to change them in.

    \b
    Example:
      kb config init --like ollama
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


@command.command(
    "init",
    output="report",
    needs=Needs(
        outside_sandbox="no command in the sandbox may write what says how kb is to behave",
    ),
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--like",
    type=click.Choice(["ollama", "cluster", "demo", "default"]),
    default="ollama",
    show_default=True,
    help="Which of the configurations that come with kb; `default` holds every key.",
)
@json_option
@pass_app
def init(app: App, file: Path | None, like: str, as_json: bool) -> None:
    """Write a configuration to begin with, by default config.toml in the home folder.

    A file that is there stays as it is (exit code 2).

    \b
    Example:
      kb config init --like ollama
      kb config init /etc/kb/kb.toml --like cluster
    """
    shipped = shipped_folder() / "configs"
    own = app.settings.home / "config.toml"
    target = (file or own).expanduser().absolute()
    if target.exists():
        raise UsageError(
            f"{target} is there already",
            why="a configuration is never written over",
            hint="edit it, or name another file: kb config init FILE",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_once(target, (shipped / f"{like}.toml").read_bytes(), mode=0o600)
        if target != own:
            target.chmod(0o644)  # a service of another account reads it; there are no secrets in it
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written",
            why=error.strerror or str(error),
            hint="name a file in a folder of yours: kb config init FILE",
        ) from error
    if as_json:
        emit({"file": str(target), "like": like, "units": str(shipped / "systemd")})
        return
    say(f"wrote {target}, like {like}")
    say(f"units for systemd: {shipped / 'systemd'}")
    say("next: kb doctor" if target == own else f"next: kb --config {target} doctor")
