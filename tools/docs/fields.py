"""The JSON fields of every command, as commands.toml documents them.

`undocumented` holds a printed object against the documentation; `tables` prints it.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

_FILE = Path(__file__).with_name("commands.toml")


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that several commands print. `types`: the dataclasses whose fields it has; one
    inside another is printed among its fields."""

    about: str
    fields: Mapping[str, str]
    types: tuple[str, ...] = ()


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
    return [*_unknown(value, _tree_of(command), "")]


def unseen(command: str, *values: object) -> list[str]:
    """The paths that the documentation has, and that none of these printed objects has."""
    return [*_not_in(values, _tree_of(command), "")]


def fields_that_differ(name: str) -> set[str]:
    """Of a shape with types: the fields that only the shape or only its types have."""
    shape = shapes()[name]
    kinds = [_imported(kind) for kind in shape.types]
    hints = {name: hint for kind in kinds for name, hint in get_type_hints(kind).items()}
    there = {name for name, hint in hints.items() if hint not in kinds}
    return there ^ {shape_of(path)[0].partition("[")[0] for path in shape.fields}


def _imported(name: str) -> type:
    module, _, kind = name.rpartition(".")
    found: type = getattr(importlib.import_module(module), kind)
    return found


Tree = dict[str, Any]


def _tree_of(command: str) -> Tree:
    known = commands()[command]
    tree = _tree(known.json)
    if known.shape:
        _merge(tree, _tree(shapes()[known.shape].fields))
    return tree


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


def _not_in(values: Sequence[object], tree: Tree, path: str) -> Iterator[str]:
    for name, node in tree.items():
        if name == "[]":
            lists = [value for value in values if isinstance(value, list)]
            inner = [item for value in lists for item in value]
        elif name == "*":
            inner = [one for value in values if isinstance(value, dict) for one in value.values()]
        else:
            inner = [value[name] for value in values if isinstance(value, dict) and name in value]
        below = f"{path}[]" if name == "[]" else f"{path}.{name}".lstrip(".")
        if not inner:
            yield below
        yield from _not_in(inner, node, below) if inner else ()
