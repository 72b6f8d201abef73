"""The classes of kb's commands: none is made without its needs, none runs without them enforced."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

import click

from kb.cli import streams
from kb.cli.app import App, F
from kb.cli.needs import Needs
from kb.config import Settings
from kb.unicode import require_unicode


class SettingOption(click.Option):
    """An option whose value wins over the configuration's key of the name `setting`. A command
    finds it in its settings, and not among its parameters."""

    def __init__(self, *arguments: Any, setting: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.setting = setting


def setting_option(setting: str, *names: str, **attributes: Any) -> Callable[[F], F]:
    """As click.option, for a SettingOption."""
    return click.option(*names, cls=SettingOption, setting=setting, **attributes)


class Command(click.Command):
    """A command that declares what it needs; nothing else is allowed while its body runs.

    `output`: what it prints is its result, without which it ends with exit 5, or a report of what
    it did.
    """

    def __init__(
        self,
        *arguments: Any,
        needs: Needs,
        output: Literal["result", "report"] = "result",
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.needs = needs
        self.output = output

    def invoke(self, ctx: click.Context) -> Any:
        streams.expect(self.output)
        _require_unicode(ctx.params)
        app = ctx.ensure_object(App)
        for option in self.params:
            if isinstance(option, SettingOption):
                app.flag(option.setting, ctx.params.pop(option.name or ""))
        if app.own_process and not self.needs.readable_by_others:
            # Also what the engines write and rewrite: a reader renews files of the vector index.
            os.umask(os.umask(0o077) | 0o077)
        if self.needs.enforced == "before":
            enforce_needs(app)
        result = super().invoke(ctx)
        if self.needs.enforced == "within" and not app.is_enforced:
            raise RuntimeError(f"'{ctx.command_path}' ran to its end and enforced nothing")
        return result


def _require_unicode(parameters: Mapping[str, Any]) -> None:
    """Python keeps bytes of an argument that are not UTF-8 as surrogates. A path may have such.

    Raises:
        UsageError: a text has such bytes.
    """
    for value in parameters.values():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                require_unicode(text)


def enforce_needs(app: App) -> Settings:
    """Confine this process to the needs of the command that runs, and return its settings.

    Raises:
        KbError: whatever `App.enforce` raises.
    """
    context = click.get_current_context()
    command = context.command
    assert isinstance(command, Command), "kb.cli.main runs no other"
    name = context.command_path.partition(" ")[2]
    return app.enforce(command.needs, name, context.params)


class Group(click.Group):
    """A command with subcommands; each of them declares its own needs. `default`: the one that
    runs where none is named."""

    command_class = Command

    def __init__(self, *arguments: Any, default: str = "", **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        asked = any(one in self.get_help_option_names(ctx) for one in args[:1])
        if self.default and not asked and not (args and not args[0].startswith("-")):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
