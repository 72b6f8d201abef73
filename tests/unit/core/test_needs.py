"""What each command declares that it needs, and that no command runs without it enforced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from kb import config
from kb.cli import confine, main
from kb.cli.app import App, pass_app
from kb.cli.command import Command, Group, SettingOption, enforce_needs
from kb.cli.eval import _outputs as outputs_of_eval
from kb.cli.needs import Needs

SEARCHES = Needs(models="runs", store=True)
READS = Needs(store=True)
CHANGES = Needs(home="writes", store=True)
USERS = Needs(outside_sandbox="no command in the sandbox may write who may do what")
PIP = "it starts pip, which asks the package index"

NEEDS = {
    "ingest": Needs(home="writes", sources=True, models="runs", store=True),
    "reindex": Needs(home="writes", sources=True, models="runs", store=True, enforced="within"),
    "search": SEARCHES,
    "ask": SEARCHES,
    "chat": Needs(models="runs", store=True, chats=True),
    "serve": Needs(home="watches", sources=True, models="runs", store=True, listens=True),
    "mcp": Needs(home="watches", models="runs", store=True),
    "eval": Needs(feedback=True, models="runs", store=True, outputs=outputs_of_eval),
    "status": READS,
    "sources": READS,
    "show": READS,
    "history": READS,
    "remove": Needs(home="writes", store=True, wipes=True),
    "rollback": CHANGES,
    "check": Needs(home="writes", models="runs", store=True),
    "doctor": Needs(
        outside_sandbox="it looks at the machine as it is, and tries what the sandbox would forbid",
        enforced="never",
    ),
    "bundle create": Needs(readable_by_others=True, outside_sandbox=PIP),
    "bundle install": Needs(
        readable_by_others=True,
        outside_sandbox="it makes a virtual environment and puts models where they belong",
    ),
    "bundle verify": Needs(readable_by_others=True),
    "models add": Needs(
        readable_by_others=True,
        outside_sandbox="it copies a file from anywhere to wherever models lie",
    ),
    "models fetch-demo": Needs(readable_by_others=True, outside_sandbox=PIP),
    "models list": Needs(models="lists", readable_by_others=True),
    "tables list": Needs(),
    "tables show": Needs(),
    "sql": Needs(),
    "users list": Needs(lists_users=True),
    "users add": USERS,
    "users token": USERS,
    "users grant": USERS,
    "users remove": USERS,
    "config show": Needs(),
    "config init": Needs(
        outside_sandbox="no command in the sandbox may write what says how kb is to behave",
    ),
    "egress-report": Needs(),
}
"""The whole table: a new command, or a command that needs more, changes it here, too."""


def commands(of: click.Group = main.cli, under: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that can be typed: of a group its members."""
    context = click.Context(of)
    for name in of.list_commands(context):
        command = of.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{under}{name} ")
        else:
            yield f"{under}{name}", command


def test_every_command_declares_what_it_needs() -> None:
    found = {name: command.needs for name, command in commands() if isinstance(command, Command)}
    assert found == NEEDS
    assert {name for name, _ in commands()} == NEEDS.keys(), "each is of the class that enforces"


def test_what_only_reads_the_catalog_needs_no_second_process_to_end_it() -> None:
    quick = {name for name, needs in NEEDS.items() if not needs.may_last}
    assert {"status", "sources", "history", "sql"} <= quick
    assert quick.isdisjoint(
        {"ingest", "check", "remove", "search", "ask", "serve", "bundle create"}
    )


def test_an_option_of_a_setting_names_one_there_is() -> None:
    options = [one for _, command in commands() for one in command.params]
    keys = {one.setting for one in options if isinstance(one, SettingOption)}
    assert {"retrieval.top_k", "serve.port"} <= keys <= config.defaults().keys()


def test_what_names_a_file_hands_over_a_path() -> None:
    """Or the sandbox would not let it be read: see `confine.enforce`."""
    for name, command in commands():
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                assert parameter.type.type is Path, f"{name}: {parameter.name}"


def test_a_command_without_needs_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="needs"):
        click.command("new", cls=Command)(lambda: None)
    with pytest.raises(TypeError, match="needs"):
        Group("group").command("new")(lambda: None)
    with pytest.raises(ValueError, match="why"):
        Needs(enforced="never")


def test_a_command_of_another_class_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SimpleNamespace(command=click.Command("status", callback=lambda: None))
    monkeypatch.setattr("importlib.import_module", lambda name: plain)
    with pytest.raises(TypeError, match="'status' declares no needs"):
        main.cli.get_command(click.Context(main.cli), "status")


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What happened, in its order: the arguments of `confine.enforce`, and "body"."""
    happened: list[object] = []

    def enforce(settings: config.Settings, needs: Needs, **given: Any) -> None:
        happened.append((needs, given["command"], settings.retrieval.top_k))

    monkeypatch.setattr(confine, "enforce", enforce)
    return happened


def run(command: click.Command, *arguments: str) -> object:
    app = App(home=Path("nowhere"), config=None, collection=None, quiet=True, debug=False)
    return command.main([*arguments], prog_name="kb new", standalone_mode=False, obj=app)


def test_the_needs_are_enforced_before_the_body_with_the_options_values(
    order: list[object],
) -> None:
    @pass_app
    def body(app: App) -> int:
        order.append("body")
        with pytest.raises(RuntimeError, match="too late"):
            app.flag("retrieval.top_k", 4)
        return app.settings.retrieval.top_k

    option = SettingOption(["--top-k"], setting="retrieval.top_k", type=int)
    assert run(Command("new", callback=body, params=[option], needs=READS), "--top-k", "3") == 3
    assert order == [(READS, "new", 3), "body"]


def test_a_command_that_is_to_enforce_itself_does_it_or_fails(order: list[object]) -> None:
    needs = Needs(enforced="within")

    @pass_app
    def settings_too_early(app: App) -> None:
        order.append(app.settings)

    @pass_app
    def enforcing(app: App) -> None:
        order.append("body")
        enforce_needs(app)

    with pytest.raises(RuntimeError, match="only after"):
        run(Command("new", callback=settings_too_early, needs=needs))
    with pytest.raises(RuntimeError, match="enforced nothing"):
        run(Command("new", callback=lambda: None, needs=needs))
    run(Command("new", callback=enforcing, needs=needs))
    assert order == ["body", (needs, "new", 5)]
