"""What the doctor says of models in files: there, readable, of the right kind, the index's own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.doctor import folders
from kb.doctor.findings import CheckResult, Status
from tests.contract.ollama_store import add_model as add_to_store
from tests.index_samples import FINGERPRINT
from tests.unit.doctor.samples import (
    CHAT,
    DIGEST,
    EMBEDDING,
    NOBODY,
    add_model,
    as_nobody,
    check,
    checks,
    context_of,
    filled,
)

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "models"
    add_model(folder, EMBEDDING, embeds=True, digest=DIGEST)
    add_model(folder, CHAT)
    yield folder
    folder.chmod(0o755)


def failed(found: CheckResult) -> bool:
    return (found.status, found.exit_code) == (Status.FAILED, 8)


# --- the models -----------------------------------------------------------------------


def test_models_that_are_there_are_well(home: Path, models: Path) -> None:
    filled(home)
    embedding = check(context_of(home), "embedding-model")
    assert embedding.status is Status.OK
    assert f"the index's own ({DIGEST[:12]})" in embedding.detail
    assert check(context_of(home), "chat-model").status is Status.OK
    assert check(context_of(home), "rerank-model").status is Status.SKIPPED


@pytest.mark.parametrize("name", ["embedding-model", "chat-model"])
def test_a_missing_model_comes_with_the_command_that_gets_it(home: Path, name: str) -> None:
    found = check(context_of(home), name)
    assert failed(found)
    wanted = EMBEDDING if name == "embedding-model" else CHAT
    assert f"kb models add FILE.gguf --name {wanted}" in found.fix


def test_the_demo_models_are_fetched_by_a_command_of_their_own(home: Path) -> None:
    found = check(context_of(home, models__chat="qwen2.5-coder:1.5b"), "chat-model")
    assert "kb models fetch-demo" in found.fix


def test_a_file_that_is_cut_off_is_a_failure(home: Path, models: Path) -> None:
    (models / "chatty-1b.gguf").write_bytes(b"GGUF\x03\x00")
    found = check(context_of(home), "chat-model")
    assert failed(found)
    assert "not a complete GGUF file" in found.detail


def test_a_model_of_the_wrong_kind_is_a_failure(home: Path, models: Path) -> None:
    swapped = context_of(home, models__embedding=CHAT, models__chat=EMBEDDING)
    assert failed(check(swapped, "embedding-model"))
    assert failed(check(swapped, "chat-model"))
    assert "not a reranker" in check(context_of(home, models__rerank=CHAT), "rerank-model").detail


def test_each_model_that_people_may_choose_is_looked_at(home: Path, models: Path) -> None:
    context = context_of(home, serve__models=["other:1b", EMBEDDING, CHAT])
    assert [one.status for one in checks(context, "chat-model")] == [
        Status.OK,
        Status.FAILED,
        Status.FAILED,
    ]
    add_model(models, "other:1b")
    assert checks(context, "chat-model")[1].status is Status.OK


def test_another_dimension_than_the_indexs_is_a_failure(home: Path, models: Path) -> None:
    filled(home)
    add_model(models, EMBEDDING, embeds=True, dimension=384, digest=DIGEST)
    found = check(context_of(home), "embedding-model")
    assert failed(found)
    assert f"models.embedding = {EMBEDDING}" in found.fix


def test_other_weights_than_the_indexs_are_a_failure_and_nothing_is_noted(
    home: Path, models: Path
) -> None:
    filled(home)
    (models / f"{EMBEDDING}.gguf.sha256").unlink()
    found = check(context_of(home), "embedding-model")
    assert failed(found)
    weights = (models / f"{EMBEDDING}.gguf").read_bytes()
    assert hashlib.sha256(weights).hexdigest()[:12] in found.detail
    assert FINGERPRINT.digest[:12] in found.detail
    assert not (models / f"{EMBEDDING}.gguf.sha256").exists()


def test_a_context_that_is_shorter_than_what_is_asked_for_is_a_warning(
    home: Path, models: Path
) -> None:
    add_model(models, EMBEDDING, embeds=True, context=256, digest=DIGEST)
    add_model(models, CHAT, context=2048)
    embedding = check(context_of(home), "embedding-model")
    assert (embedding.status, "chunk.tokens = 240" in embedding.fix) == (Status.WARNING, True)
    chat = check(context_of(home), "chat-model")
    assert (chat.status, chat.fix) == (Status.WARNING, "set answer.num_ctx = 2048")


def test_chunks_longer_than_an_embedding_call_takes_are_a_warning(home: Path, models: Path) -> None:
    found = check(context_of(home, chunk__tokens=4000), "embedding-model")
    assert found.status is Status.WARNING
    assert "reads 2048 tokens" in found.detail


def test_the_embedded_engine_names_the_processor(home: Path) -> None:
    assert "CPU" in check(context_of(home), "processor").detail


# --- who may read them ----------------------------------------------------------------


def test_folders_that_can_be_read_are_well(home: Path, models: Path) -> None:
    found = check(context_of(home), "model-folders")
    assert found.status is Status.OK
    assert "3 files" in found.detail


def test_no_models_folder_at_all_is_left_to_the_models(home: Path) -> None:
    assert "no models folder yet" in check(context_of(home), "model-folders").detail


def test_permission_denied_in_the_models_folder_comes_with_chmod_and_chown(
    home: Path, models: Path, tmp_path: Path
) -> None:
    context = context_of(home)
    (models / "chatty-1b.gguf").chmod(0o000)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = check(context, "model-folders")
    assert failed(found)
    assert "permission denied" in found.detail
    assert "chatty-1b.gguf" in found.detail
    assert f'sudo chmod -R a+rX "{models}"' in found.fix
    assert "sudo chown -R" in found.fix


def test_a_models_folder_behind_a_closed_one_is_the_same(
    home: Path, models: Path, tmp_path: Path
) -> None:
    context = context_of(home)
    models.chmod(0o000)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        assert failed(check(context, "model-folders"))
        assert failed(check(context, "chat-model"))


def test_a_closed_store_of_ollamas_is_a_warning_for_the_embedded_engine(
    home: Path, models: Path, tmp_path: Path
) -> None:
    add_to_store(tmp_path / "store", "other:1b", models / "chatty-1b.gguf", "cd" * 32)
    (tmp_path / "store" / "blobs").chmod(0o000)
    context = context_of(home)
    with as_nobody(*tmp_path.parents[:2], tmp_path):
        found = {one.status: one for one in checks(context, "model-folders")}
    assert set(found) == {Status.OK, Status.WARNING}
    assert str(tmp_path / "store") in found[Status.WARNING].fix
    (tmp_path / "store" / "blobs").chmod(0o755)


@only_root
def test_what_root_copied_into_the_services_store_is_given_back_to_the_service(
    home: Path, models: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    add_to_store(store, "copied:1b", models / "chatty-1b.gguf", "cd" * 32)
    for top, _, files in os.walk(store):
        for name in (top, *(os.path.join(top, file) for file in files)):
            os.chown(name, NOBODY, -1, follow_symlinks=False)
    assert [one.status for one in checks(context_of(home), "model-folders")] == [Status.OK] * 2
    [manifest] = (store / "manifests").rglob("1b")
    os.chown(manifest, 0, 0)
    manifest.chmod(0o600)
    _, found = checks(context_of(home), "model-folders")
    assert failed(found)
    assert str(manifest) in found.detail
    assert found.fix == f'give it to nobody: sudo chown -R nobody:nobody "{store}"'


@only_root
def test_the_services_store_is_found_where_systemd_says_and_may_be_roots_if_it_can_be_read(
    home: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "elsewhere"
    add_to_store(store, "copied:1b", models / "chatty-1b.gguf", "cd" * 32)
    unit = tmp_path / "override.conf"
    unit.write_text(
        f'[Service]\nUser=nobody\nEnvironment="OLLAMA_HOST=0.0.0.0" "OLLAMA_MODELS={store}"\n'
    )
    monkeypatch.setattr(folders, "_UNITS", (str(tmp_path / "*.conf"),))
    found = checks(context_of(home), "model-folders")[-1]
    assert found.status is Status.OK
    assert str(store) in found.detail
    assert "all can be read by nobody" in found.detail

    [manifest] = (store / "manifests").rglob("1b")
    manifest.chmod(0o600)
    # The server does not start because of it, so it does not answer either.
    context = context_of(home, models__engine="ollama", models__host=["127.0.0.1:9"])
    found = checks(context, "model-folders")[-1]
    assert failed(found)
    assert str(manifest) in found.detail
    assert found.fix == f'give it to nobody: sudo chown -R nobody:nobody "{store}"'
