"""What every command shares: the settings, and the way to standard output."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
from array import array
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click

from kb import config as configuration
from kb.cli import logs, walls
from kb.errors import KbError

F = TypeVar("F", bound=Callable[..., Any])


@dataclasses.dataclass
class App:
    """The global options of one call, and the settings they lead to."""

    home: Path | None
    config: Path | None
    collection: str | None
    quiet: bool
    debug: bool
    own_process: bool = False
    flags: dict[str, configuration.Value] = dataclasses.field(default_factory=dict)
    before_walls: list[Callable[[configuration.Settings], None]] = dataclasses.field(
        default_factory=list
    )
    """Called with the settings before anything is refused because of them."""
    outputs: list[Path] = dataclasses.field(default_factory=list)

    @cached_property
    def settings(self) -> configuration.Settings:
        """Read once. From then on the walls stand: what the command does not need is refused.

        Raises:
            UsageError: a mistake in the configuration.
            EgressBlocked: a configured host that is not allowed, or `--require-sandbox`.
        """
        settings = configuration.load(
            file=self.config, home=self.home, collection=self.collection, flags=self.flags
        )
        logs.use(settings.log.format)
        for prepare in self.before_walls:
            prepare(settings)
        walls.close(settings, self.outputs, own_process=self.own_process)
        return settings

    def writes(self, *files: Path | None) -> None:
        """Say which files outside of the home folder a command writes, before `settings`."""
        self.outputs += [file for file in files if file is not None]

    def flag(self, key: str, value: configuration.Value | None) -> None:
        """Let a command's option win over the configuration, when it was given."""
        if value is not None:
            self.flags[key] = value

    def flag_all(self, options: Mapping[str, configuration.Value | None]) -> None:
        """The same for several, by their configuration keys."""
        for key, value in options.items():
            self.flag(key, value)


pass_app = click.make_pass_decorator(App)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")(
        command
    )


def emit(value: object) -> None:
    """Write one JSON object to standard output."""
    sys.stdout.write(as_json_text(value) + "\n")
    sys.stdout.flush()


def as_json_text(value: object) -> str:
    """The one way from results to JSON, in one line."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def say(text: str = "") -> None:
    """Write a line for people to standard output."""
    click.echo(text)


def note(text: str) -> None:
    """Write a line for people to standard error."""
    if logs.as_json():
        logs.line(logging.INFO, "note", message=text)
    else:
        click.echo(text, err=True)


def aside(text: str, *, nl: bool = True) -> None:
    """Write to standard error what quotes a question or a document: for whoever asks, and so
    neither with -q nor into a log."""
    if not (logs.as_json() or logs.is_quiet()):
        click.echo(text, err=True, nl=nl)


def show_error(error: KbError) -> None:
    """The three lines of an error: what, why, what to do."""
    if logs.as_json():
        known = {"reference": error.reference, "why": error.why, "fix": error.hint}
        logs.line(logging.ERROR, "error", message=error.what, **known)
    else:
        note("\n".join(error.lines()))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, array):
        return value.tolist()
    return str(value)
