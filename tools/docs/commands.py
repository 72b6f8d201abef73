"""docs/cli.md and the tables of the READMEs, from click's tree, kb/errors.py and commands.toml."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from kb.cli.main import cli
from kb.errors import EXIT_CODES
from tools.docs import fields

_CHINESE = Path(__file__).with_name("chinese.toml")
_SUMMARY_LENGTH = 1000
"""More than any first sentence has."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A command that does something: its words after `kb`, and click's view of it."""

    name: str
    command: click.Command
    context: click.Context

    @property
    def usage(self) -> str:
        pieces = self.command.collect_usage_pieces(self.context)
        return " ".join(["kb", self.name, *(one for one in pieces if one != "[OPTIONS]")])

    @property
    def summary(self) -> str:
        return self.command.get_short_help_str(_SUMMARY_LENGTH)

    @property
    def anchor(self) -> str:
        return f"kb-{self.name.replace(' ', '-')}"


def leaves() -> list[Leaf]:
    """Every command, in the order of `kb --help`."""
    return [*_walk(cli, click.Context(cli, info_name="kb"), "")]


def _walk(command: click.Command, context: click.Context, name: str) -> Iterator[Leaf]:
    if not isinstance(command, click.Group):
        yield Leaf(name, command, context)
        return
    for word in command.list_commands(context):
        inner = command.get_command(context, word)
        assert inner, f"{name} {word} is listed and not there"
        if word == getattr(command, "default", ""):  # what is typed is the group
            below = click.Context(inner, info_name=context.info_name, parent=context.parent)
            yield from _walk(inner, below, name)
        else:
            below = click.Context(inner, info_name=word, parent=context)
            yield from _walk(inner, below, f"{name} {word}".strip())


# --- the READMEs --------------------------------------------------------------------------


def chinese() -> Mapping[str, Mapping[str, str]]:
    """Chinese by the English sentence."""
    return tomllib.loads(_CHINESE.read_text(encoding="utf-8"))


def readme_table(*, in_chinese: bool) -> str:
    """The commands, each with its page."""
    head = "| 命令 | 作用 |" if in_chinese else "| command | what it does |"
    rows = []
    for leaf in leaves():
        summary = _in_chinese("summaries", leaf.summary) if in_chinese else leaf.summary
        page = fields.commands()[leaf.name].page
        more = (
            (f"见 [{page}]({page})。" if in_chinese else f" See [{page}]({page}).") if page else ""
        )
        rows.append(f"| [`{leaf.usage}`](docs/cli.md#{leaf.anchor}) | {summary}{more} |\n")
    return f"{head}\n| --- | --- |\n{''.join(rows)}"


def exit_table(*, in_chinese: bool) -> str:
    """Every exit code of kb."""
    head = "| 退出码 | 含义 |" if in_chinese else "| exit | meaning |"
    rows = "".join(
        f"| {code} | {_in_chinese('exits', text) if in_chinese else text} |\n"
        for code, text in EXIT_CODES.items()
    )
    return f"{head}\n| --- | --- |\n{rows}"


def _in_chinese(table: str, sentence: str) -> str:
    try:
        return chinese()[table][sentence]
    except KeyError:
        raise ValueError(f"{_CHINESE.name} has no [{table}] for: {sentence}") from None


# --- docs/cli.md --------------------------------------------------------------------------


def global_options() -> str:
    """The options that stand before the command."""
    return _options(cli, click.Context(cli, info_name="kb"))


def reference() -> str:
    """A section for each command."""
    return "".join(_section(leaf) for leaf in leaves())


def shapes() -> str:
    """A section for each object that several commands print."""
    return "".join(
        f"\n### {name}\n\n{shape.about[0].upper()}{shape.about[1:]}.\n\n{_fields(shape.fields)}"
        for name, shape in fields.shapes().items()
    )


def _section(leaf: Leaf) -> str:
    known = fields.commands()[leaf.name]
    text, example = _help(leaf.command)
    parts = [f"\n## kb {leaf.name}\n\n`{leaf.usage}`\n\n{text}\n"]
    if known.page:
        link = known.page.removeprefix("docs/")
        parts.append(f"\nMore: [{link}]({link}).\n")
    parts.append(f"\n```sh\n{example}\n```\n\n{_options(leaf.command, leaf.context)}")
    if known.exits:
        rows = "".join(f"| {code} | {meaning} |\n" for code, meaning in known.exits.items())
        parts.append(f"\n| exit | meaning here |\n| --- | --- |\n{rows}")
    if known.shape:
        parts.append(f"\n`--json`: the fields of [{known.shape}](#{known.shape})")
        parts.append(", and:\n\n" if known.json else ".\n")
    elif known.json:
        parts.append("\n`--json`:\n\n")
    return "".join(parts) + (_fields(known.json) if known.json else "")


def _help(command: click.Command) -> tuple[str, str]:
    """The paragraphs of a command's help, and its example."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    text = [" ".join(one.split()) for one in paragraphs if not one.startswith("\b")]
    [example] = [one for one in paragraphs if one.startswith("\b")]
    lines = [line.strip() for line in example.splitlines()[1:]]
    assert lines[0].startswith("Example"), f"{command.name}: an example begins with 'Example'"
    return "\n\n".join(text), "\n".join(lines[1:])


def _options(command: click.Command, context: click.Context) -> str:
    rows = []
    for option in command.get_params(context):
        if not isinstance(option, click.Option):
            continue
        record = option.get_help_record(context)
        if record and not {"--help", "--json"}.intersection(option.opts):
            names, text = record
            rows.append(f"| `{_cell(names)}` | {_cell(' '.join(text.split()))} |\n")
    return f"| option | meaning |\n| --- | --- |\n{''.join(rows)}" if rows else ""


def _fields(documented: Mapping[str, str]) -> str:
    rows = []
    for path, meaning in documented.items():
        head, shape = fields.shape_of(path)
        link = f" ([{shape}](#{shape}))" if shape else ""
        rows.append(f"| `{head}` | {_cell(meaning)}{link} |\n")
    return f"| field | meaning |\n| --- | --- |\n{''.join(rows)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
