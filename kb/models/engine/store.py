"""Where models lie on this machine.

Two places are searched, in this order:

1.  The models folder, `models.folder`: GGUF files. A model's name is turned into a file's name
    by writing `-` for `:` and `/`, which no file system minds, and `:latest` falls away. So
    `qwen2.5-coder:1.5b` is `qwen2.5-coder-1.5b.gguf`, and `bge-m3` is `bge-m3.gguf`. Capitals
    do not matter. In the other direction, for a list, the part that looks like a size begins
    the tag: `deepseek-r1-7b.gguf` is `deepseek-r1:7b`.
2.  Ollama's own stores, so that what was pulled earlier runs without its daemon:
    `manifests/HOST/NAMESPACE/NAME/TAG` names the layers, `blobs/sha256-…` holds them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import ModelError

log = logging.getLogger(__name__)

_WEIGHTS = "application/vnd.ollama.image.model"
_TEMPLATE = "application/vnd.ollama.image.template"
_PARAMETERS = "application/vnd.ollama.image.params"
_SIZE_TAG = re.compile(r"^(?P<name>.+?)-(?P<tag>(?:e?\d+(?:\.\d+)?|\d+x\d+)[bm](?:-.+)?)$")
_DIGEST = re.compile(r"sha256[-:]([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model on disk. `manifest` is the sha256 of its manifest, empty for a GGUF of the folder;
    `template` is Ollama's Go template and `parameters` its default options, where it has them.
    `described_by` is the manifest's own path, None for a GGUF."""

    name: str
    weights: Path
    size: int
    modified: float
    manifest: str = ""
    template: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    described_by: Path | None = None


def ollama_stores(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Ollama's stores: what OLLAMA_MODELS names, else the user's and the service's."""
    named = environ.get("OLLAMA_MODELS")
    if named:
        return (Path(named).expanduser(),)
    return (Path.home() / ".ollama/models", Path("/usr/share/ollama/.ollama/models"))


def full_name(name: str) -> str:
    """The name with its tag; `latest` where it has none."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def file_stem(name: str) -> str:
    """The name of a model's file in the models folder, without `.gguf`."""
    return full_name(name).removesuffix(":latest").replace(":", "-").replace("/", "-")


class ModelStore:
    """The models folder and Ollama's stores, read anew at each call."""

    def __init__(self, folder: Path, stores: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.stores = tuple(stores)

    def find(self, name: str) -> StoredModel | None:
        """The model of this name.

        Raises:
            ModelError: it was not found, but a place where it may be could not be read.
        """
        stem = file_stem(name).lower()
        refused: ModelError | None = None
        for place in self._places():
            try:
                for model in place():
                    if file_stem(model.name).lower() == stem:
                        return model
            except PermissionError as error:
                refused = refused or _unreadable(error)
        if refused is not None:
            raise refused
        return None

    def models(self) -> list[StoredModel]:
        """Every model, by name. Where a name occurs twice the folder comes before the stores."""
        found: dict[str, StoredModel] = {}
        for place in self._places():
            try:
                for model in place():
                    found.setdefault(model.name.lower(), model)
            except PermissionError as error:
                log.warning("models may be missing from the list: %s", error)
        return [found[name] for name in sorted(found)]

    def _in_folder(self) -> Iterator[StoredModel]:
        for path in _entries(self.folder):
            if path.suffix.lower() == ".gguf" and path.is_file():
                match = _SIZE_TAG.match(path.stem)
                name = f"{match['name']}:{match['tag']}" if match else f"{path.stem}:latest"
                status = path.stat()
                yield StoredModel(name, path, status.st_size, status.st_mtime)

    def _places(self) -> list[Callable[[], Iterator[StoredModel]]]:
        return [self._in_folder, *(_OllamaStore(store).models for store in self.stores)]


@dataclass(frozen=True, slots=True)
class _OllamaStore:
    root: Path

    def models(self) -> Iterator[StoredModel]:
        for host in _entries(self.root / "manifests"):
            for namespace in _entries(host):
                for name in _entries(namespace):
                    for tag in _entries(name):
                        model = self.model(tag)
                        if model is not None:
                            yield model

    def model(self, path: Path) -> StoredModel | None:
        host, namespace, name, tag = path.parts[-4:]
        prefix = "" if namespace == "library" else f"{namespace}/"
        prefix = prefix if host == "registry.ollama.ai" else f"{host}/{prefix}"
        try:
            raw = path.read_bytes()
            layers = {layer["mediaType"]: layer for layer in json.loads(raw)["layers"]}
            weights = self.blob(layers[_WEIGHTS]["digest"])
            template = layers.get(_TEMPLATE)
            parameters = layers.get(_PARAMETERS)
            return StoredModel(
                name=f"{prefix}{name}:{tag}",
                weights=weights,
                size=sum(int(layer["size"]) for layer in layers.values()),
                modified=path.stat().st_mtime,
                manifest=hashlib.sha256(raw).hexdigest(),
                template=self.blob(template["digest"]).read_text("utf-8") if template else "",
                parameters=json.loads(self.blob(parameters["digest"]).read_bytes())
                if parameters
                else {},
                described_by=path,
            )
        except PermissionError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.debug("the manifest %s is passed over: %s", path, error)
            return None

    def blob(self, digest: str) -> Path:
        match = _DIGEST.fullmatch(digest)
        if match is None:
            raise ValueError(f"{digest!r} is no digest")
        return self.root / "blobs" / f"sha256-{match[1]}"


def weights_digest(model: StoredModel) -> str:
    """The sha256 of a model's weights, 64 hex digits: its identity, wherever it runs.

    An Ollama store has it in the file's name. For a file of the models folder it is computed
    once and kept beside it in `NAME.gguf.sha256`, good while size and mtime stay the same.
    """
    match = _DIGEST.search(model.weights.name)
    if match:
        return match[1]
    if known := _kept_digest(model.weights):
        return known
    with model.weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    remember_digest(model.weights, digest)
    return digest


def missing_digests(folder: Path) -> list[Path]:
    """The files that are still to hold the digests of what lies in the models folder."""
    try:
        return [
            _digest_file(one)
            for one in _entries(folder)
            if one.suffix.lower() == ".gguf" and not _kept_digest(one)
        ]
    except OSError:
        return []


def _kept_digest(weights: Path) -> str:
    """The digest beside a file, where it is still that file's; else an empty string."""
    status = weights.stat()
    try:
        known, _, digest = _digest_file(weights).read_text("ascii").strip().rpartition(" ")
    except (OSError, UnicodeDecodeError):
        return ""
    good = known == f"{status.st_size} {status.st_mtime_ns}"
    return digest if good and re.fullmatch("[0-9a-f]{64}", digest) else ""


def model_files(model: StoredModel) -> list[tuple[str, Path]]:
    """Every file of a model, with its path below the models folder or below Ollama's store.

    Raises:
        ModelError: a part that the manifest names is missing.
    """
    path = model.described_by
    if path is None:
        return [(model.weights.name, model.weights)]
    store = _OllamaStore(path.parents[4])
    found = {"/".join(path.parts[-5:]): path}
    document = json.loads(path.read_bytes())
    for layer in (document.get("config"), *document["layers"]):
        if layer:
            blob = store.blob(layer["digest"])
            found[f"blobs/{blob.name}"] = blob
    missing = [blob for blob in found.values() if not blob.is_file()]
    if missing:
        raise ModelError(
            f"the model {model.name} is not whole in {store.root}",
            why=f"{missing[0].name} is missing",
            hint=f"fetch it again, on a machine with a network: ollama pull {model.name}",
        )
    return sorted(found.items())


def remember_digest(weights: Path, digest: str) -> None:
    """Keep a digest beside the file it belongs to. A folder that is read-only does no harm.

    It is written in its place, because in the sandbox the folder cannot be changed; a line that
    is not whole counts as none."""
    status = weights.stat()
    line = f"{status.st_size} {status.st_mtime_ns} {digest}\n"
    try:
        _digest_file(weights).write_text(line, "ascii")
    except OSError as error:
        log.debug("the digest of %s is not kept: %s", weights.name, error)


def _digest_file(weights: Path) -> Path:
    return weights.with_name(f"{weights.name}.sha256")


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name; nothing where it is no folder."""
    try:
        with os.scandir(folder) as found:
            return sorted(Path(entry.path) for entry in found if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _unreadable(error: PermissionError) -> ModelError:
    place = error.filename or "the models folder"
    return ModelError(
        f"{place} may not be read",
        why=str(error),
        hint=f'let yourself read it: sudo chmod -R a+rX "{place}" (and its parent folders), '
        f'or take it over: sudo chown -R "$USER" "{place}"',
    )


def known_digest(model: StoredModel) -> str:
    """A model's digest where it can be told without reading the weights; else an empty string."""
    match = _DIGEST.search(model.weights.name)
    return match[1] if match else _kept_digest(model.weights)
