"""`kb bundle create` and `verify`: what is chosen → entries → manifest → one signed file.

choose   wheels, models, configuration, documentation, index   → entries
measure  sha256 of each                                        → manifest
write    compressed, signed, sealed, perhaps encrypted         → FILE beside its place
read     the same file again, from the disk                    → FILE in its place
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kb import __version__, atomic, data_files, sbom
from kb.bundle.age import Secrets, check_recipients, decrypting, encrypting, is_encrypted
from kb.bundle.invalid import invalid
from kb.bundle.keys import SigningKey, Trust, own_key, trust
from kb.bundle.manifest import (
    FORMAT,
    README,
    CarriedIndex,
    CarriedModel,
    Manifest,
    Member,
    Target,
    check_paths,
)
from kb.bundle.reading import read_bundle
from kb.bundle.readme import readme
from kb.bundle.starter import PACKAGES, starter
from kb.bundle.wheels import WheelJob, chosen, collect_wheels
from kb.bundle.writing import Entry, measured, write_bundle
from kb.errors import ModelMissing, StoreError, UsageError
from kb.index import disk, layout
from kb.index.faults import store_faults
from kb.index.generation import Collection
from kb.index.snapshot import Snapshot
from kb.models.engine.store import ModelStore, model_files, weights_digest
from kb.types import Listener, Progress

CONFIGURATION = "config.toml"
_SBOM = "sbom.cdx.json"


@dataclass(frozen=True, slots=True)
class Wheels:
    """`tag` is a platform, empty for this machine; `source` holds wheels, else pip fetches them."""

    target: Target
    tag: str = ""
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class CreateJob:
    """What goes into `file`. `models` maps a role (`embedding`, …) to a name; `configuration` is
    the text of a TOML file, empty for none; `wheels` None for none."""

    file: Path
    home: Path
    wheels: Wheels | None
    models: Mapping[str, str]
    store: ModelStore
    configuration: str
    documentation: bool
    collections: Sequence[Collection]
    recipients: Sequence[str] = ()
    passphrase: str = ""


@dataclass(frozen=True, slots=True)
class BundleReport:
    """A bundle that was written and read back, or verified. `sha256` is the whole file's; `key`
    the fingerprint of the key that signed it; `readme` what is in it for a person."""

    file: Path
    size: int
    sha256: str
    key: str
    verified: bool
    encrypted: bool
    manifest: Manifest
    readme: str


# --- create ---------------------------------------------------------------------------


def create(job: CreateJob, listener: Listener) -> BundleReport:
    """Write a bundle; under its name it is whole, or not there.

    Raises:
        UsageError: the file cannot be one, or a wheel is not to be had.
        ModelMissing: a model is not on this machine.
        NothingFound: a collection that is to travel is empty.
        StoreError: the disk is full, or the like.
    """
    if job.file.is_dir() or not job.file.absolute().parent.is_dir():
        raise UsageError(
            f"{job.file} cannot be written as a file",
            why="it is a folder, or its folder is not there",
            hint="name a file in a folder that is there, such as /media/usb/kb.bundle",
        )
    check_recipients(job.recipients)
    with store_faults(job.file), ExitStack() as open_until_written:
        key = own_key(job.home)
        work = Path(open_until_written.enter_context(tempfile.TemporaryDirectory(prefix="kb-")))
        wheels, target = _wheels(job, work, listener)
        models, model_entries = _models(job, listener)
        live = [open_until_written.enter_context(one.reader()) for one in job.collections]
        indexes = tuple(map(_carried, job.collections, live))
        entries = [
            Entry(README, readme(target, models, indexes).encode()),
            *([Entry(CONFIGURATION, job.configuration.encode())] if job.configuration else []),
            *(_documentation() if job.documentation else []),
            *wheels,
            *model_entries,
            *(entry for one in zip(indexes, live, strict=True) for entry in _index(*one)),
        ]
        start = starter(chosen(wheels, PACKAGES), target) if target else b""
        manifest = Manifest(
            format=FORMAT,
            kb=__version__,
            created=_now(),
            target=target,
            models=models,
            indexes=indexes,
            starter=Member("starter", len(start), hashlib.sha256(start).hexdigest())
            if start
            else None,
            members=measured(entries, listener),
        )
        check_paths([member.path for member in manifest.members])
        disk.require_space(job.file.absolute().parent, _least_room(entries) + len(start))
        return _write(job, key, manifest, entries, start, listener)


def _write(
    job: CreateJob,
    key: SigningKey,
    manifest: Manifest,
    entries: Sequence[Entry],
    start: bytes,
    listener: Listener,
) -> BundleReport:
    with atomic.replaced(job.file.absolute(), fsync=False, fsync_folder=True, locked=True) as part:
        with part.open("wb") as file:
            sink = _Hashing(file.fileno())
            with encrypting(sink, job.recipients, job.passphrase) as inner:
                write_bundle(inner, manifest, entries, key, start, listener)
            os.fsync(file.fileno())
            # So that reading it back asks the disk and not the memory.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        encrypted = bool(job.recipients or job.passphrase)
        sha256 = sink.sha256.hexdigest()
        _read_back(part, sha256, None if encrypted else trust(job.home, []), listener)
    text = readme(manifest.target, manifest.models, manifest.indexes)
    size, fingerprint = job.file.stat().st_size, key.public.fingerprint
    return BundleReport(job.file, size, sha256, fingerprint, True, encrypted, manifest, text)


def _read_back(part: Path, sha256: str, trusted: Trust | None, listener: Listener) -> None:
    """A plain bundle is verified; of one that only its receiver can open the sum is compared."""
    with part.open("rb") as file:
        if trusted is not None:
            read_bundle(file, trusted, listener)
        elif hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise StoreError(
                "the bundle is not what was written",
                why="reading it back gave another sha256",
                hint="the disk or the stick is faulty: take another",
            )


class _Hashing:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        self.sha256.update(view)
        while view:
            view = view[os.write(self._descriptor, view) :]


# --- what goes in ---------------------------------------------------------------------


def _wheels(job: CreateJob, work: Path, listener: Listener) -> tuple[list[Entry], Target | None]:
    if job.wheels is None:
        return [], None
    lock = (data_files.shipped_folder() / data_files.LOCK).read_text("utf-8")
    wheel_job = WheelJob(job.wheels.target, job.wheels.tag, job.wheels.source, work)
    return collect_wheels(wheel_job, lock, data_files.shipped_files(), listener)


def _models(job: CreateJob, listener: Listener) -> tuple[tuple[CarriedModel, ...], list[Entry]]:
    carried: list[CarriedModel] = []
    entries: dict[str, Entry] = {}
    for role, name in job.models.items():
        listener(Progress("models", 0, 0, "", f"{role}: {name}"))
        model = job.store.find(name)
        if model is None:
            places = ", ".join(map(str, (job.store.folder, *job.store.stores)))
            raise ModelMissing(
                f"the {role} model {name} is not on this machine",
                why=f"it is in none of: {places}",
                hint=f"fetch it first (ollama pull {name}, or kb models add FILE.gguf), name "
                f"another in models.{role}, or leave the models out with --no-models",
            )
        place = "ollama" if model.described_by else "folder"
        carried.append(CarriedModel(name, role, place, weights_digest(model)))
        for path, file in model_files(model):
            entries[f"models/{place}/{path}"] = Entry(f"models/{place}/{path}", file)
    return tuple(carried), [entries[path] for path in sorted(entries)]


def _documentation() -> list[Entry]:
    """What is shipped with kb, and the bill of materials of its lock file."""
    lock = (data_files.shipped_folder() / data_files.LOCK).read_text("utf-8")
    bill = Entry(f"share/{_SBOM}", sbom.document(lock).encode())
    return [*(Entry(f"share/{name}", path) for name, path in data_files.shipped_files()), bill]


def _carried(collection: Collection, live: Snapshot) -> CarriedIndex:
    manifest = live.manifest
    made = manifest.fingerprint
    if made and live.shares_vectors:
        raise StoreError(
            f"the index '{collection.name}' cannot be put into a bundle",
            why="its vectors are in a Qdrant server, not in its folder",
            hint="build it with store.engine = edge, or use the server's own snapshots",
        )
    return CarriedIndex(
        collection=collection.name,
        format=layout.FORMAT.strip(),
        documents=manifest.documents,
        chunks=manifest.chunks,
        root_hash=manifest.root_hash,
        embedding=made.embedding if made else "",
        digest=made.digest if made else "",
        dimension=made.dimension if made else 0,
    )


def _index(index: CarriedIndex, live: Snapshot) -> list[Entry]:
    return [
        Entry(f"index/{index.collection}/{path.relative_to(live.folder).as_posix()}", path)
        for path in sorted(_files(live.folder))
    ]


def _files(folder: Path) -> Iterator[Path]:
    """Every file of a generation, but for what the engine is in the middle of preparing."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in inside):
            yield path


def _least_room(entries: Sequence[Entry]) -> int:
    """Bytes that the entries take up; the holes in an index's files compress to nothing."""
    total = 0
    for entry in entries:
        if isinstance(entry.content, bytes):
            total += len(entry.content)
        else:
            status = entry.content.stat()
            total += min(status.st_size, status.st_blocks * 512)
    return total


def _now() -> str:
    """UTC, ISO 8601; SOURCE_DATE_EPOCH (reproducible-builds.org) fixes it."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    when = datetime.fromtimestamp(int(given), UTC) if given.isdigit() else datetime.now(UTC)
    return when.isoformat(timespec="seconds")


# --- verify ---------------------------------------------------------------------------


def verify(file: Path, trusted: Trust, secrets: Secrets, listener: Listener) -> BundleReport:
    """Read a bundle from its first byte to its last; nothing is written.

    Raises:
        InvalidBundle: it is not what a trusted key's owner signed.
        UsageError: it is encrypted, and nothing was given to open it with.
    """
    read = b""

    def take(member: Member, blocks: Iterator[bytes]) -> None:
        nonlocal read
        for block in blocks:
            if member.path == README:
                read += block

    with store_faults(file), file.open("rb") as opened:
        encrypted = is_encrypted(opened)
        with decrypting(opened, secrets) as source:
            found = read_bundle(source, trusted, listener, take=take)
        opened.seek(0)
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    try:
        text = read.decode()
    except UnicodeDecodeError as error:
        raise invalid(f"{README} is no text", str(error)) from error
    size, fingerprint = file.stat().st_size, found.key.fingerprint
    return BundleReport(file, size, sha256, fingerprint, True, encrypted, found.manifest, text)
