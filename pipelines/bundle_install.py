"""`kb bundle install`: one signed file → a program, models, a configuration, an index.

    verify and unpack   into a staging folder; what is there and right is kept
    check               does it fit this machine, its models, its store?
    place               program, models, configuration, index: each whole or not at all
    check               the doctor of the new environment, where it has one
    clean up            the staging folder goes last, so a killed run is gone on with

Every placing step finds out by itself whether it was done already. docs/bundle.md has a
paragraph for a kill in each of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from kb.bundle import steps
from kb.bundle.age import Secrets, decrypting
from kb.bundle.keys import Trust
from kb.bundle.manifest import CarriedIndex, Manifest, Member
from kb.bundle.placing import (
    Owner,
    as_toml,
    check_free,
    from_toml,
    owner_of,
    place_file,
    write_beside,
)
from kb.bundle.program import install_program, python_of
from kb.bundle.reading import Verified, read_bundle
from kb.bundle.record import Record
from kb.bundle.staging import Staging, only_one
from kb.bundle.target import check_fit
from kb.errors import InvalidBundle, ModelMismatch, StoreDamaged, StoreError
from kb.index import disk, layout
from kb.index.faults import store_faults
from kb.index.generation import Collection
from kb.index.manifest import read_manifest
from kb.index.run_log import RunRecord
from kb.models.engine.store import ModelStore, weights_digest
from kb.pipelines.bundle import CONFIGURATION
from kb.pipelines.runs import log_run
from kb.run_types import RunCounts
from kb.types import Listener, Progress

_FOLDER, _OLLAMA = "models/folder/", "models/ollama/"
# Measured: an environment is 3.6 times as large as the wheels it was made of.
_UNPACKED_WHEELS = 4
_DOCTOR_SECONDS = 300


@dataclass(frozen=True, slots=True)
class InstallJob:
    """`root` becomes the home folder. `models_folder` is named in the configuration when it is
    not where kb looks by itself (`name_folder`). `embedding` is the model that the configuration
    in force names, empty where none does; `collection` another name for the one index; `config`
    the file in force where this machine's kb stays, None for the home folder's own. `allow_older`:
    also a bundle that is older than what is installed."""

    file: Path
    root: Path
    trusted: Trust
    secrets: Secrets
    models_folder: Path
    name_folder: bool
    ollama_store: Path
    embedding: str = ""
    collection: str = ""
    config: Path | None = None
    check: bool = True
    allow_older: bool = False


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What the doctor said: its exit code, and each check that was not well. `ran` is False where
    the installed version has none."""

    ran: bool
    code: int = 0
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstallReport:
    """`command` starts what was installed, None without wheels; `models` are the files that were
    not there before; `configuration` where it was written, None where it was there already;
    `generations` maps a collection to its new generation, 0 where it was live already."""

    file: Path
    size: int
    verified: Verified
    root: Path
    command: Path | None
    models: tuple[Path, ...]
    configuration: Path | None
    generations: dict[str, int]
    warnings: tuple[str, ...]
    doctor: DoctorReport = field(default_factory=lambda: DoctorReport(False))


def install(job: InstallJob, listener: Listener) -> InstallReport:
    """Verify a bundle, then place what is in it. Run again after a kill, it goes on.

    Raises:
        InvalidBundle: it is not what a trusted key's owner signed; nothing of it stays.
        OlderBundle: a part of it is older than what is installed.
        UsageError: it is for another machine, or a file of the same name is in a model's place.
        ModelMismatch: its index was embedded with another model than this machine has.
        StoreError: the disk is full, the folder may not be written, or the like.
    """
    with store_faults(job.root), ExitStack() as held:
        verified, staging = _unpack(job, held, listener)
        manifest = verified.manifest
        warnings = _check_models(job, manifest)
        for member, target in _model_places(job, manifest):
            check_free(target, member)
        _record(job).note(verified.signed)
        steps.step("checked")
        command = None
        if manifest.target:
            name = f"{manifest.kb}-{staging.name}"
            command = install_program(job.root, name, staging.members, listener)
            _documentation(job.root / "program" / name, staging, manifest)
        models = _place_models(job, staging, manifest, listener)
        configuration = _configure(job, staging, verified)
        steps.step("configured")
        generations = _add_indexes(job, staging, manifest)
        steps.step("indexed")
        staging.remove()
        report = _run_doctor(job, manifest, listener) if job.check else DoctorReport(False)
        return InstallReport(
            file=job.file,
            size=job.file.stat().st_size,
            verified=verified,
            root=job.root,
            command=command,
            models=models,
            configuration=configuration,
            generations=generations,
            warnings=warnings,
            doctor=report,
        )


# --- verify and unpack ----------------------------------------------------------------


def _unpack(job: InstallJob, held: ExitStack, listener: Listener) -> tuple[Verified, Staging]:
    """Everything into the staging folder. Of a bundle that is refused nothing stays."""
    staging: list[Staging] = []
    new = not job.root.exists()

    def begin(manifest: Manifest) -> None:
        if not job.allow_older:
            _record(job).refuse_older(manifest)
        if manifest.target:
            check_fit(manifest.target)
        _check_formats(manifest.indexes)
        held.enter_context(only_one(job.root))
        staging.append(Staging(job.root, manifest))
        staging[0].open()
        _check_room(job, manifest, staging[0])
        steps.step("begun")

    def take(member: Member, blocks: Iterator[bytes]) -> None:
        staging[0].take(member, blocks)

    try:
        with job.file.open("rb") as file, decrypting(file, job.secrets) as source:
            verified = read_bundle(source, job.trusted, listener, begin=begin, take=take)
    except InvalidBundle:
        if staging:
            staging[0].remove()
            (job.root / ".bundle.lock").unlink()
            with suppress(OSError):  # not empty: it was in use before
                if new:
                    job.root.rmdir()
        raise
    steps.step("unpacked")
    return verified, staging[0]


def _record(job: InstallJob) -> Record:
    return Record(job.root, job.trusted, job.collection)


def _check_formats(indexes: Sequence[CarriedIndex]) -> None:
    for index in indexes:
        if index.format != layout.FORMAT.strip():
            raise StoreError(
                f"the index '{index.collection}' has a format that this kb does not know",
                why=f"it is '{index.format}', not '{layout.FORMAT.strip()}'",
                hint="install the version of kb that made it first, or make the bundle with this",
            )


def _check_room(job: InstallJob, manifest: Manifest, staging: Staging) -> None:
    """Room for what is still to be unpacked, and for what does not stay where it is unpacked."""
    wheels = sum(one.size for one in manifest.below("wheels/"))
    index = sum(one.size for one in manifest.below("index/"))
    here = staging.missing(manifest) + _UNPACKED_WHEELS * wheels + index
    disk.require_space(job.root, here + disk.RESERVE)
    for prefix, place in ((_FOLDER, job.models_folder), (_OLLAMA, job.ollama_store)):
        there = next(one for one in (place, *place.parents) if one.exists())
        if there.stat().st_dev != job.root.stat().st_dev:
            disk.require_space(there, sum(one.size for one in manifest.below(prefix)))


# --- check ----------------------------------------------------------------------------


def _check_models(job: InstallJob, manifest: Manifest) -> tuple[str, ...]:
    """Refuse an index whose model is not the one that questions will be embedded with."""
    carried = {model.sha256 for model in manifest.models}
    store = ModelStore(job.models_folder, (job.ollama_store,))
    warnings = []
    for index in manifest.indexes:
        if not index.digest or (index.digest in carried and not job.embedding):
            continue
        name = job.embedding or index.embedding
        found = store.find(name)
        digest = weights_digest(found) if found else ""
        if not found:
            digest = next((one.sha256 for one in manifest.models if one.name == name), "")
        if not digest:
            warnings.append(
                f"the index '{index.collection}' was embedded with {index.embedding} "
                f"({index.digest[:12]}, dimension {index.dimension}); that model was not found "
                f"here, and searching takes it"
            )
        elif digest != index.digest:
            raise ModelMismatch(
                f"the index '{index.collection}' was embedded with {index.embedding}, "
                f"this machine has {name}",
                why=f"its vectors come from weights {index.digest[:12]} (dimension "
                f"{index.dimension}), not {digest[:12]}, and vectors of two models cannot be "
                "compared",
                hint=f"bring {index.embedding} here and set models.embedding = {index.embedding}",
            )
    return tuple(warnings)


def _model_places(job: InstallJob, manifest: Manifest) -> list[tuple[Member, Path]]:
    """Each model's file and where it goes; an Ollama manifest after the blobs it names."""
    places = [
        (member, place / member.path.removeprefix(prefix))
        for prefix, place in ((_FOLDER, job.models_folder), (_OLLAMA, job.ollama_store))
        for member in manifest.below(prefix)
    ]
    return sorted(places, key=lambda pair: pair[0].path.startswith(f"{_OLLAMA}manifests/"))


# --- place ----------------------------------------------------------------------------


def _documentation(program: Path, staging: Staging, manifest: Manifest) -> None:
    me = owner_of(program)
    for member in manifest.below("share/"):
        place_file(staging.path(member.path), program / member.path, member, me)


def _place_models(
    job: InstallJob, staging: Staging, manifest: Manifest, listener: Listener
) -> tuple[Path, ...]:
    folder = owner_of(job.models_folder)
    owners = {
        _FOLDER: Owner(folder.uid, folder.gid, 0o700, 0o600),
        _OLLAMA: owner_of(job.ollama_store),
    }
    placed = []
    places = _model_places(job, manifest)
    for done, (member, target) in enumerate(places):
        listener(Progress("models", done, len(places), "files", target.name))
        prefix = _FOLDER if member.path.startswith(_FOLDER) else _OLLAMA
        if place_file(staging.path(member.path), target, member, owners[prefix]):
            placed.append(target)
        steps.step("model-placed")
    return tuple(placed)


def _configure(job: InstallJob, staging: Staging, verified: Verified) -> Path | None:
    source = staging.path(CONFIGURATION)
    if not source.is_file():
        return None
    values = from_toml(source.read_text("utf-8"))
    if job.name_folder:
        values["models.folder"] = str(job.models_folder)
    values["bundle.trusted_keys"] = [verified.key.line]
    made = f"From the bundle of {verified.manifest.created}, kb {verified.manifest.kb}."
    return write_beside(job.root / "config.toml", as_toml(values, made))


def _add_indexes(job: InstallJob, staging: Staging, manifest: Manifest) -> dict[str, int]:
    alone = len(manifest.indexes) == 1
    return {
        name: _add_index(Collection(job.root, name), staging.path(f"index/{it.collection}"), it)
        for it in manifest.indexes
        for name in [job.collection if alone and job.collection else it.collection]
    }


def _add_index(collection: Collection, folder: Path, index: CarriedIndex) -> int:
    """Through the store's own commit: a new generation, or 0 where its like is live already."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    given = read_manifest(folder / "manifest.json")
    with collection.writer() as draft:
        live = draft.base.manifest if draft.base else None
        if live and (live.root_hash, live.fingerprint) == (given.root_hash, given.fingerprint):
            return 0
        draft.adopt(folder, given.fingerprint)
        if draft.catalog.root_hash() != index.root_hash:
            raise StoreDamaged(
                f"the index '{index.collection}' in the bundle is not whole",
                why="its catalog is not the one that its manifest describes",
                hint="run kb check where the bundle was made, then make it again",
            )
        number = draft.commit()
    record = RunRecord(
        started,
        "bundle",
        "done",
        number,
        RunCounts(chunks=given.chunks),
        seconds=time.monotonic() - clock,
    )
    log_run(collection, record)
    return number


# --- check ----------------------------------------------------------------------------


def _run_doctor(job: InstallJob, manifest: Manifest, listener: Listener) -> DoctorReport:
    """Ask the doctor of what is installed; one that is missing, or fails, changes nothing."""
    python = str(python_of(job.root)) if manifest.target else sys.executable
    # A new program has a configuration of its own.
    config = ["--config", str(job.config)] if job.config and not manifest.target else []
    command = [python, "-I", "-m", "kb.cli", "--home", str(job.root), *config, "doctor", "--json"]
    listener(Progress("doctor", 0, 0, "", "checking what was installed"))
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_DOCTOR_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return DoctorReport(True, 1, (f"the examination did not end: {error}",))
    try:
        checks = json.loads(done.stdout)["checks"]
        findings = tuple(
            f"{one['name']}: {one['detail']}" + (f" (fix: {one['fix']})" if one["fix"] else "")
            for one in checks
            if one["status"] not in ("ok", "skipped")
        )
    except (ValueError, KeyError, TypeError):
        if "No such command" in done.stderr:
            return DoctorReport(False)
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        return DoctorReport(True, done.returncode, (last,))
    return DoctorReport(True, done.returncode, findings)
