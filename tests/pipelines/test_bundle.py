"""A bundle is made on one machine, verified and installed on another. Models are fakes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from kb import config
from kb.bundle import program
from kb.bundle.age import Secrets
from kb.bundle.keys import own_key, trust
from kb.errors import (
    InvalidBundle,
    LockHeld,
    ModelError,
    ModelMissing,
    NothingFound,
    UsageError,
)
from kb.models.engine.store import ModelStore
from kb.pipelines.bundle_install import install
from tests.pipelines.bundles import (
    CHAT,
    TEXTS,
    Maker,
    Receiver,
    contents,
    live_texts,
)
from tests.unit.bundle.samples import (
    ENTRIES,
    bundle_of,
    fake_program,
    manifest_of,
    silent,
    with_target,
)

# --- creating -------------------------------------------------------------------------


def test_what_is_created_is_verified_by_who_trusts_the_key(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    made = maker.create(file)
    found = receiver.verify(file)
    assert (found.key, found.sha256, found.size) == (made.key, made.sha256, made.size)
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert "请先" in found.readme or "安装" in found.readme
    assert not receiver.root.exists()


def test_a_bundle_holds_models_configuration_and_index(maker: Maker, file: Path) -> None:
    paths = [member.path for member in maker.everything(file).manifest.members]
    assert paths[:2] == ["README.txt", "config.toml"]
    assert "models/folder/fake-embedding.gguf" in paths
    assert "models/ollama/manifests/registry.ollama.ai/library/fake-chat/7b" in paths
    assert f"models/ollama/blobs/sha256-{hashlib.sha256(CHAT).hexdigest()}" in paths
    assert len([path for path in paths if path.startswith("models/ollama/blobs/")]) == 4
    assert {"index/default/manifest.json", "index/default/catalog.sqlite"} <= {*paths}


def test_the_same_input_gives_the_same_bundle(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    one, two = (maker.index_only(tmp_path / name) for name in ("one", "two"))
    assert one.sha256 == two.sha256
    assert one.manifest.created == "2023-11-14T22:13:20+00:00"


def test_a_model_that_is_not_there_is_named_with_its_places(maker: Maker, file: Path) -> None:
    (maker.home / "models/fake-embedding.gguf").unlink()
    with pytest.raises(ModelMissing, match="the embedding model fake-embedding is not") as caught:
        maker.create(file)
    assert str(maker.home / "models") in caught.value.why
    assert not file.exists()


def test_a_model_without_one_of_its_blobs_is_not_packed(maker: Maker, file: Path) -> None:
    config_blob = hashlib.sha256(b'{"model_format":"gguf"}').hexdigest()
    (maker.home / f"ollama/blobs/sha256-{config_blob}").unlink()
    with pytest.raises(ModelError, match="is not whole"):
        maker.create(file)


def test_an_empty_collection_has_no_index_to_send(tmp_path: Path, file: Path) -> None:
    with pytest.raises(NothingFound):
        Maker(tmp_path / "empty").create(file, models=False, index=True, configured=False)
    assert not file.exists()


def test_a_bundle_that_is_there_is_replaced_in_one_step(maker: Maker, file: Path) -> None:
    first = maker.create(file)
    (maker.home / "models/fake-embedding.gguf").write_bytes(b"GGUF another")
    assert maker.create(file).sha256 != first.sha256
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == ["kb.bundle"]


def test_a_run_that_fails_leaves_the_bundle_that_was_there(maker: Maker, file: Path) -> None:
    before = maker.create(file).sha256
    shutil.rmtree(maker.home / "models")
    with pytest.raises(ModelMissing):
        maker.create(file)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("place", ["", "nowhere/kb.bundle"])
def test_a_place_that_cannot_hold_a_file_is_a_usage_error(
    maker: Maker, tmp_path: Path, place: str
) -> None:
    with pytest.raises(UsageError, match="cannot be written as a file"):
        maker.create(tmp_path / place)


# --- installing -----------------------------------------------------------------------


def test_an_empty_machine_has_everything_afterwards(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    maker.everything(file)
    report = receiver.install(file)
    assert report.generations == {"default": 1}
    assert live_texts(receiver.root) == TEXTS
    store = ModelStore(receiver.root / "models", [receiver.ollama])
    assert {model.name for model in store.models()} == {"fake-embedding:latest", "fake-chat:7b"}
    settings = config.load(home=receiver.root, environ={})
    assert (settings.models.chat, settings.models.folder) == (
        "fake-chat:7b",
        str(receiver.root / "models"),
    )
    assert not [*receiver.root.glob(".bundle-*")]


def test_the_maker_is_trusted_from_then_on(maker: Maker, receiver: Receiver, file: Path) -> None:
    maker.create(file)
    receiver.install(file)
    listed = config.load(home=receiver.root, environ={}).bundle.trusted_keys
    assert own_key(maker.home).public in trust(receiver.root, listed)


def test_installing_twice_changes_nothing(maker: Maker, receiver: Receiver, file: Path) -> None:
    maker.everything(file)
    receiver.install(file)
    before = receiver.files()
    report = receiver.install(file)
    assert receiver.files() == before
    assert (report.models, report.configuration, report.generations) == ((), None, {"default": 0})


def test_a_configuration_that_is_there_is_kept(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    receiver.root.mkdir()
    (receiver.root / "config.toml").write_text("[retrieval]\ntop_k = 7\n")
    maker.create(file)
    report = receiver.install(file)
    assert report.configuration == receiver.root / "config.toml.new"
    assert (receiver.root / "config.toml").read_text() == "[retrieval]\ntop_k = 7\n"
    assert "fake-chat:7b" in report.configuration.read_text()


def test_another_model_of_the_same_name_is_not_overwritten(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    (receiver.root / "models").mkdir(parents=True)
    (receiver.root / "models/fake-embedding.gguf").write_bytes(b"somebody's own")
    maker.create(file)
    with pytest.raises(UsageError, match="already exists, and it is a different one"):
        receiver.install(file)
    assert (receiver.root / "models/fake-embedding.gguf").read_bytes() == b"somebody's own"
    assert not receiver.ollama.exists()


def test_everything_is_readable_by_its_owner_alone(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    maker.everything(file)
    receiver.install(file)
    for path in (receiver.root, *receiver.root.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_ollama_store_stays_its_owners(maker: Maker, receiver: Receiver, file: Path) -> None:
    """The service runs as a user of its own, and root installs: who owns what root put there?"""
    receiver.ollama.mkdir()
    os.chown(receiver.ollama, 61_234, 61_235)
    maker.create(file)
    receiver.install(file)
    for path in receiver.ollama.rglob("*"):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (61_234, 61_235), path
        assert status.st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path
    weights = receiver.ollama / f"blobs/sha256-{hashlib.sha256(CHAT).hexdigest()}"
    assert _readable_by(61_234, weights)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_store_that_a_copy_made_unreadable_is_mended(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    maker.create(file)
    receiver.install(file)
    weights = receiver.ollama / f"blobs/sha256-{hashlib.sha256(CHAT).hexdigest()}"
    os.chown(receiver.ollama, 61_234, 61_235)
    weights.chmod(0o600)
    assert not _readable_by(61_234, weights)
    receiver.install(file)
    assert weights.stat().st_uid == 61_234
    assert weights.stat().st_mode & 0o777 == 0o644


def _readable_by(uid: int, path: Path) -> bool:
    """Whether a process of that user can read it, given that it can reach the folder."""
    code = f"import os; os.chdir({str(path.parent)!r}); os.setgid({uid}); os.setuid({uid}); " + (
        f"open({path.name!r}, 'rb').read()"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


# --- what is refused leaves nothing ---------------------------------------------------


@pytest.mark.parametrize("place", [100, 0.3, 0.6, 0.9, -1])
def test_a_flipped_byte_leaves_nothing_behind(
    maker: Maker, receiver: Receiver, file: Path, place: float
) -> None:
    maker.create(file)
    content = bytearray(file.read_bytes())
    content[place if isinstance(place, int) else int(place * len(content))] ^= 1
    file.write_bytes(content)
    with pytest.raises(InvalidBundle):
        receiver.install(file)
    assert not receiver.root.exists()
    assert not receiver.ollama.exists()


def test_a_refused_bundle_leaves_an_old_home_as_it_was(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    maker.create(file)
    receiver.install(file)
    before = receiver.files()
    (maker.home / "models/new.gguf").write_bytes(b"GGUF another")
    maker.create(file)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InvalidBundle):
        receiver.install(file)
    assert receiver.files() == before


def test_a_stranger_is_not_trusted(maker: Maker, receiver: Receiver, file: Path) -> None:
    maker.create(file)
    stranger = own_key(maker.home.with_name("stranger")).public.fingerprint
    with pytest.raises(InvalidBundle, match="is not trusted"):
        replace(receiver, trusts=stranger).install(file)
    assert not receiver.root.exists()


def test_a_bundle_for_another_machine_is_a_usage_error(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    told = manifest_of(ENTRIES)
    other = replace(with_target(told).target, machine="sparc")  # type: ignore[type-var]
    file.write_bytes(bundle_of(own_key(maker.home), manifest=with_target(told, other)))
    with pytest.raises(UsageError, match="is for another machine"):
        receiver.install(file)
    assert not receiver.root.exists()


def test_two_installations_at_once_are_held_apart(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    maker.create(file)

    def meanwhile(progress: object) -> None:
        if (receiver.root / ".bundle.lock").exists():
            receiver.install(file)

    with pytest.raises(LockHeld, match=f"process id {os.getpid()}"):
        install(receiver.job(file), meanwhile)


# --- encrypted ------------------------------------------------------------------------


def test_an_encrypted_bundle_is_installed_by_its_receiver(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    identity = pyrage.x25519.Identity.generate()
    key = maker.home / "identity"
    key.write_text(f"{identity}\n")
    report = maker.create(file, recipients=[str(identity.to_public())])
    assert report.encrypted
    assert CHAT not in file.read_bytes()
    with pytest.raises(UsageError, match="is encrypted"):
        receiver.install(file)
    replace(receiver, secrets=Secrets((key,))).install(file)
    assert ModelStore(receiver.root / "models").find("fake-embedding") is not None


def test_a_flipped_byte_of_the_ciphertext_leaves_nothing(
    maker: Maker, receiver: Receiver, file: Path
) -> None:
    identity = pyrage.x25519.Identity.generate()
    key = maker.home / "identity"
    key.write_text(f"{identity}\n")
    maker.create(file, recipients=[str(identity.to_public())])
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    with pytest.raises(InvalidBundle, match="cannot be decrypted"):
        replace(receiver, secrets=Secrets((key,))).install(file)
    assert not receiver.root.exists()


# --- a program of fake wheels ---------------------------------------------------------


def test_the_program_is_installed_and_starts_with_its_home(
    maker: Maker,
    receiver: Receiver,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fake kb, the real pip, the real virtual environment; nothing is fetched."""
    monkeypatch.setattr(program, "settle", lambda: None)  # others may be writing much
    entries = [*ENTRIES, *fake_program(tmp_path / "wheels")]
    file.write_bytes(bundle_of(own_key(maker.home), entries, with_target(manifest_of(entries))))
    report = install(replace(receiver.job(file), check=True), silent)
    assert report.command is not None
    told = subprocess.check_output([report.command, "status"], text=True, env={})
    assert told == f"fake kb {receiver.root} status\n"
    told = subprocess.check_output([report.command], text=True, env={"KB_HOME": "/elsewhere"})
    assert told == "fake kb /elsewhere\n"
    assert contents(receiver.root / "program/current/share")["empty"] == b""
    assert report.doctor.ran is True  # the fake kb answers every command, though not in JSON
