"""The JSON fields of every command, as commands.toml documents them.

`undocumented` holds a printed object against the documentation; `tables` prints it.
"""

from __future__ import annotations

import dataclasses
import importlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("commands.toml")


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that several commands print. `type`: the dataclass whose fields it has."""

    about: str
    fields: Mapping[str, str]
    type: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What `--help` does not tell. `shape`: the whole object has its fields too."""

    page: str = ""
    shape: str = ""
    exits: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, str] = field(default_factory=dict)


@cache
def shapes() -> dict[str, Shape]:
    """By name."""
    return {name: Shape(**one) for name, one in _document()["shapes"].items()}


@cache
def commands() -> dict[str, Command]:
    """By the words after `kb`."""
    return {name: Command(**one) for name, one in _document()["commands"].items()}


@cache
def _document() -> Any:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def shape_of(path: str) -> tuple[str, str]:
    """`failed[]: failure` is the path `failed[]` and the shape `failure`, which may be empty."""
    head, _, shape = path.partition(": ")
    return head, shape


def undocumented(command: str, value: object) -> list[str]:
    """The paths in what `kb COMMAND --json` printed that the documentation does not have."""
    known = commands()[command]
    tree = _tree(known.json)
    if known.shape:
        _merge(tree, _tree(shapes()[known.shape].fields))
    return [*_unknown(value, tree, "")]


def fields_that_differ(name: str) -> set[str]:
    """Of a shape with a type: the fields that only one of the two has."""
    shape = shapes()[name]
    module, _, kind = shape.type.rpartition(".")
    there = {one.name for one in dataclasses.fields(getattr(importlib.import_module(module), kind))}
    return there ^ {shape_of(path)[0].partition("[")[0] for path in shape.fields}


Tree = dict[str, Any]


def _tree(fields: Mapping[str, str]) -> Tree:
    tree: Tree = {}
    for path in fields:
        head, shape = shape_of(path)
        node = tree
        for part in _parts(head):
            node = node.setdefault(part, {})
        if shape:
            _merge(node, _tree(shapes()[shape].fields))
    return tree


def _parts(path: str) -> Iterator[str]:
    """`hits[].rank` is `hits`, `[]`, `rank`."""
    for part in path.split("."):
        name = part.rstrip("[]")
        yield from [name] if name else []
        yield from ["[]"] * part.count("[]")


def _merge(tree: Tree, other: Tree) -> None:
    for name, node in other.items():
        _merge(tree.setdefault(name, {}), node)


def _unknown(value: object, tree: Tree, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            node = tree.get(name, tree.get("*"))
            if node is None:
                yield f"{path}.{name}".lstrip(".")
            else:
                yield from _unknown(inner, node, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            if "[]" not in tree:
                yield f"{path}[]".lstrip(".")
                return
            yield from _unknown(inner, tree["[]"], f"{path}[]")
