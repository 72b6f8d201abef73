"""Two machines in two folders: one that makes bundles, and one that they are brought to.

The models are fakes of some bytes, the index is real with synthetic vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kb.bundle.age import Secrets
from kb.bundle.keys import own_key, trust
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint
from kb.models.engine.store import ModelStore
from kb.pipelines.bundle import BundleReport, CreateJob, create, verify
from kb.pipelines.bundle_install import InstallJob, InstallReport, install
from tests.contract.ollama_store import PARAMETERS, TEMPLATE, WEIGHTS
from tests.index_samples import DIMENSION, put
from tests.index_samples import contents as texts_in
from tests.unit.bundle.samples import silent

EMBEDDING = b"GGUF fake embedding model" * 50
CHAT = b"GGUF fake chat model" * 50
TEXTS = {"a.md": ["张飞的电话号码是u987438274", "one"], "b.md": ["two"]}


@dataclass(frozen=True)
class Maker:
    """The connected machine: a home with a collection, a models folder, an Ollama store."""

    home: Path
    configuration: str = '# kb\n\n[models]\nembedding = "fake-embedding"\nchat = "fake-chat:7b"\n'

    @property
    def store(self) -> ModelStore:
        return ModelStore(self.home / "models", [self.home / "ollama"])

    def set_up(self) -> None:
        (self.home / "models").mkdir(parents=True, exist_ok=True)
        (self.home / "models/fake-embedding.gguf").write_bytes(EMBEDDING)
        add_to_ollama(self.home / "ollama", "fake-chat", "7b", CHAT)

    def ingest(self, texts: Mapping[str, Sequence[str]], name: str = "default") -> None:
        ingest_into(self.home, texts, name)

    def create(
        self,
        file: Path,
        *,
        models: bool = True,
        index: bool = False,
        configured: bool = True,
        recipients: Sequence[str] = (),
        passphrase: str = "",
    ) -> BundleReport:
        roles = {"embedding": "fake-embedding", "chat": "fake-chat:7b"}
        job = CreateJob(
            file=file,
            home=self.home,
            wheels=None,
            models=roles if models else {},
            store=self.store,
            configuration=self.configuration if configured else "",
            documentation=False,
            collections=[Collection(self.home, "default")] if index else [],
            recipients=recipients,
            passphrase=passphrase,
        )
        return create(job, silent)

    def index_only(self, file: Path) -> BundleReport:
        """With the texts that there are by default, where nothing was ingested."""
        if not Collection(self.home, "default").exists():
            self.ingest(TEXTS)
        return self.create(file, models=False, index=True, configured=False)

    def everything(self, file: Path) -> BundleReport:
        self.ingest(TEXTS)
        return self.create(file, index=True)

    @property
    def fingerprint(self) -> str:
        return own_key(self.home).public.fingerprint


@dataclass(frozen=True)
class Receiver:
    """The machine without a network. It trusts the maker's fingerprint, told by telephone."""

    root: Path
    trusts: str
    secrets: Secrets = field(default_factory=Secrets)
    embedding: str = ""
    collection: str = ""

    @property
    def ollama(self) -> Path:
        return self.root.with_name(f"{self.root.name}-ollama")

    def job(self, file: Path) -> InstallJob:
        return InstallJob(
            file=file,
            root=self.root,
            trusted=trust(self.root, [self.trusts]),
            secrets=self.secrets,
            models_folder=self.root / "models",
            name_folder=True,
            ollama_store=self.ollama,
            embedding=self.embedding,
            collection=self.collection,
            check=False,
        )

    def install(self, file: Path) -> InstallReport:
        return install(self.job(file), silent)

    def verify(self, file: Path) -> BundleReport:
        return verify(file, trust(self.root, [self.trusts]), self.secrets, silent)

    def files(self) -> dict[str, bytes]:
        """Every file that an installation has placed, but for the lock files."""
        return contents(self.root) | {
            f"ollama/{name}": data for name, data in contents(self.ollama).items()
        }


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (".bundle.lock", "lock", "runs.jsonl")
    }


def live_texts(home: Path, name: str = "default") -> dict[str, list[str]]:
    with Collection(home, name).reader() as live:
        assert compare(live).sound
        return texts_in(live.catalog)


def ingest_into(home: Path, texts: Mapping[str, Sequence[str]], name: str = "default") -> None:
    made_by = Fingerprint(
        "parser-1",
        "chunker-1",
        "fake-embedding",
        hashlib.sha256(EMBEDDING).hexdigest(),
        DIMENSION,
        "edge",
    )
    with Collection(home, name).writer() as draft:
        draft.begin(made_by, fresh=True)
        for path, chunks in texts.items():
            put(draft, path, chunks)
        draft.commit()


def add_to_ollama(store: Path, name: str, tag: str, weights: bytes) -> None:
    """A model as Ollama lays it out, each layer a file of its own."""
    parts = {WEIGHTS: weights, TEMPLATE: b"{{ .Prompt }}", PARAMETERS: b"{}"}
    (store / "blobs").mkdir(parents=True, exist_ok=True)

    def put_blob(content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        (store / f"blobs/sha256-{digest}").write_bytes(content)
        return f"sha256:{digest}"

    layers = [
        {"mediaType": kind, "digest": put_blob(content), "size": len(content)}
        for kind, content in parts.items()
    ]
    described = {"schemaVersion": 2, "config": {"digest": put_blob(b'{"model_format":"gguf"}')}}
    manifest = store / "manifests/registry.ollama.ai/library" / name / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({**described, "layers": layers}))
