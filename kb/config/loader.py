"""Where values come from: option, environment, file or default; each is checked on its way in."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import platformdirs

from kb.config.described import Value
from kb.config.settings import DESCRIPTIONS, SECTIONS, Settings
from kb.errors import UsageError
from kb.unicode import is_unicode, require_unicode


def data_folder() -> Path:
    """The platform's folder for an application's data (XDG base directories, and their like)."""
    return platformdirs.user_data_path("kb", appauthor=False)


def load(
    *,
    file: Path | None = None,
    home: Path | None = None,
    collection: str | None = None,
    flags: Mapping[str, Value] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read the settings. `flags` maps `section.key` to a value; None values are left out.

    Raises:
        UsageError: an unknown key, a value of the wrong kind, a file that cannot be read.
    """
    where_home = home or Path(environ.get("KB_HOME") or data_folder())
    require_unicode(str(where_home))
    path = file or _config_file(where_home, environ)
    values: dict[str, Value] = {}
    origins: dict[str, str] = {}
    layers: list[tuple[str, Mapping[str, Value]]] = [("default", _defaults(environ))]
    if path is not None:
        layers.append((str(path), _from_toml(path)))
    layers.append(("environment", _from_environment(environ)))
    layers.append(("flag", flags or {}))
    for origin, layer in layers:
        for key, value in layer.items():
            values[key] = _checked(key, value, origin)
            origins[key] = origin
    sections = {name: _section(name, kind, values) for name, kind in SECTIONS.items()}
    return Settings(
        **sections,
        home=where_home.expanduser().absolute(),
        collection=collection or environ.get("KB_COLLECTION") or "default",
        origins=origins,
    )


def to_toml(settings: Settings) -> str:
    """The settings in force as a configuration file that gives the same ones again."""
    lines: list[str] = []
    for name in SECTIONS:
        lines.append(f"[{name}]")
        section = getattr(settings, name)
        # JSON writes texts, numbers, booleans and lists of texts as TOML does.
        lines += [
            f"{item.name} = {json.dumps(getattr(section, item.name), ensure_ascii=False)}"
            for item in fields(section)
        ]
    return "\n".join(lines) + "\n"


def defaults() -> dict[str, Value]:
    """Every key with its default, in the order of the file."""
    return _defaults({})


def _config_file(home: Path, environ: Mapping[str, str]) -> Path | None:
    if environ.get("KB_CONFIG"):
        return Path(environ["KB_CONFIG"])
    own = home / "config.toml"
    return own if own.is_file() else None


def _defaults(environ: Mapping[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {
        f"{name}.{item.name}": getattr(kind(), item.name)
        for name, kind in SECTIONS.items()
        for item in fields(kind)
    }
    if environ.get("OLLAMA_HOST"):
        found["models.host"] = [environ["OLLAMA_HOST"]]
    return found


def _from_toml(path: Path) -> dict[str, Value]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"the configuration {path} cannot be read",
            why=str(error),
            hint="correct the file, or name another one with --config",
        ) from error
    found: dict[str, Value] = {}
    for name, table in tables.items():
        if name not in SECTIONS or not isinstance(table, dict):
            raise _unknown(name, str(path), [*SECTIONS])
        found |= {f"{name}.{key}": value for key, value in table.items()}
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for variable, text in environ.items():
        if variable.startswith("KB_") and "__" in variable and not variable.startswith("KB_TEST"):
            section, _, key = variable[3:].lower().partition("__")
            found[f"{section}.{key}"] = text
    return found


@cache
def _types(section: str) -> dict[str, Any]:
    """By setting. It takes as long as all the rest of reading a configuration."""
    return get_type_hints(SECTIONS[section]) if section in SECTIONS else {}


def _checked(key: str, value: object, origin: str) -> Value:
    """The value in the key's own type. Text from the environment is read as TOML would be."""
    section, _, name = key.partition(".")
    hints = _types(section)
    if name not in hints:
        raise _unknown(key, origin, [*defaults()])
    wanted = hints[name]
    if isinstance(value, str) and not is_unicode(value):
        raise _wrong(key, value, origin, "it has bytes that are not UTF-8")
    found = _from_text(value, wanted) if isinstance(value, str) else value
    if wanted is float and isinstance(found, int) and not isinstance(found, bool):
        found = float(found)
    if wanted == list[str]:
        fits = isinstance(found, list) and all(isinstance(part, str) for part in found)
    else:
        fits = type(found) is wanted
    if not fits:
        raise _wrong(key, value, origin, f"it takes {_kind_name(wanted)}")
    limits = DESCRIPTIONS[key]
    if limits.choices and found not in limits.choices:
        raise _wrong(key, value, origin, f"it takes one of {', '.join(limits.choices)}")
    if limits.least is not None and isinstance(found, int | float) and found < limits.least:
        raise _wrong(key, value, origin, f"its least value is {limits.least:g}")
    return found  # type: ignore[return-value]  # narrowed by `fits`, which mypy cannot follow


def _from_text(text: str, wanted: object) -> object:
    if wanted is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if wanted == list[str]:
        return [part.strip() for part in text.split(",") if part.strip()]
    if wanted is int or wanted is float:
        try:
            return int(text) if wanted is int else float(text)
        except ValueError:
            return text
    return text


def _section(name: str, kind: type, values: Mapping[str, Value]) -> Any:
    return kind(**{item.name: values[f"{name}.{item.name}"] for item in fields(kind)})


def _kind_name(wanted: object) -> str:
    names = ((str, "text"), (int, "a whole number"), (float, "a number"), (bool, "true or false"))
    return next((name for kind, name in names if kind is wanted), "a list of texts")


def _wrong(key: str, value: object, origin: str, why: str) -> UsageError:
    return UsageError(
        f"{key} = {value!r} is not valid ({origin})",
        why=why,
        hint=f"correct {key}; configs/default.toml explains every key",
    )


def _unknown(key: str, origin: str, known: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(key, known, n=1)
    return UsageError(
        f"unknown configuration key '{key}' ({origin})",
        why=f"did you mean '{near[0]}'?" if near else "no key has this name",
        hint="run kb config show for all keys, or see configs/default.toml",
    )
