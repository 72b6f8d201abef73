"""Settings: flag > KB_* variable > TOML file > default. An unknown key is an error.

A key is `section.name`; its variable is `KB_SECTION__NAME`. `configs/default.toml` lists all of
them with their defaults, and a test keeps it equal to this file.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

import platformdirs

from kb.errors import UsageError

Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Models:
    engine: str = "auto"
    host: list[str] = field(default_factory=list)
    embedding: str = "bge-m3"
    chat: str = "deepseek-r1:7b"
    rerank: str = ""
    rerank_host: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    engine: str = "edge"
    url: str = "http://127.0.0.1:6333"
    api_key_file: str = ""


@dataclass(frozen=True, slots=True)
class Ingest:
    workers: int = 0
    seconds_per_file: int = 300
    megabytes_per_file: int = 2048
    patience_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    tokens: int = 384
    overlap_sentences: int = 1


@dataclass(frozen=True, slots=True)
class Retrieval:
    top_k: int = 5
    mode: str = "hybrid"


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    think: bool = False
    num_ctx: int = 4096
    max_tokens: int = 512
    first_word_seconds: float = 0.0
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Egress:
    allow: list[str] = field(default_factory=list)
    allow_public: bool = False
    sandbox: str = "auto"


@dataclass(frozen=True, slots=True)
class Bundle:
    trusted_keys: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Serve:
    host: str = "127.0.0.1"
    port: int = 8642
    token_file: str = ""
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    summary_file: str = ""
    metrics_file: str = ""
    on_failure: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Log:
    format: str = "text"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every section, and for each key where its value came from: `default`, the file's
    name, `environment` or `flag`. `collection` may name several, with commas between them."""

    models: Models
    store: Store
    ingest: Ingest
    chunk: ChunkSettings
    retrieval: Retrieval
    answer: AnswerSettings
    egress: Egress
    bundle: Bundle
    serve: Serve
    report: Report
    log: Log
    home: Path
    collection: str
    origins: Mapping[str, str]

    @property
    def collections(self) -> tuple[str, ...]:
        """The names in `collection`, each once; at least one."""
        return tuple(dict.fromkeys(name.strip() for name in self.collection.split(",")))


SECTIONS: Mapping[str, type] = {
    "models": Models,
    "store": Store,
    "ingest": Ingest,
    "chunk": ChunkSettings,
    "retrieval": Retrieval,
    "answer": AnswerSettings,
    "egress": Egress,
    "bundle": Bundle,
    "serve": Serve,
    "report": Report,
    "log": Log,
}

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "models.engine": ("auto", "ollama", "embedded"),
    "store.engine": ("edge", "server"),
    "retrieval.mode": ("hybrid", "dense", "sparse"),
    "log.format": ("text", "json"),
    "egress.sandbox": ("auto", "require", "off"),
}
_LEAST: Mapping[str, float] = {
    "ingest.workers": 0,
    "ingest.seconds_per_file": 1,
    "ingest.megabytes_per_file": 64,
    "ingest.patience_seconds": 0,
    "chunk.tokens": 32,
    "chunk.overlap_sentences": 0,
    "retrieval.top_k": 1,
    "answer.num_ctx": 512,
    "answer.max_tokens": 16,
    "answer.first_word_seconds": 0,
    "serve.port": 0,
}


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
    found["models.host"] = [environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434"]
    return found


def _from_toml(path: Path) -> dict[str, Value]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"the configuration {path} cannot be read",
            why=str(error),
            hint="mend the file, or name another one with --config",
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


def _checked(key: str, value: object, origin: str) -> Value:
    """The value in the key's own type. Text from the environment is read as TOML would be."""
    section, _, name = key.partition(".")
    hints = get_type_hints(SECTIONS[section]) if section in SECTIONS else {}
    if name not in hints:
        raise _unknown(key, origin, [*defaults()])
    wanted = hints[name]
    found = _from_text(value, wanted) if isinstance(value, str) else value
    if wanted is float and isinstance(found, int) and not isinstance(found, bool):
        found = float(found)
    if wanted == list[str]:
        fits = isinstance(found, list) and all(isinstance(part, str) for part in found)
    else:
        fits = type(found) is wanted
    if not fits:
        raise _wrong(key, value, origin, f"it takes {_kind_name(wanted)}")
    if key in _CHOICES and found not in _CHOICES[key]:
        raise _wrong(key, value, origin, f"it takes one of {', '.join(_CHOICES[key])}")
    if key in _LEAST and isinstance(found, int | float) and found < _LEAST[key]:
        raise _wrong(key, value, origin, f"its least value is {_LEAST[key]:g}")
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
        f"{key} = {value!r} is not possible ({origin})",
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
