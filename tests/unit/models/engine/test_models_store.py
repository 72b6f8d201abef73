"""Where models are found."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.errors import ModelError
from kb.models.engine.store import ModelStore, file_stem, ollama_stores, weights_digest
from tests.contract.ollama_store import add_model


def gguf(path: Path, content: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# --- the models folder ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("multilingual-e5-small", "multilingual-e5-small.gguf"),
        ("multilingual-e5-small:latest", "multilingual-e5-small.gguf"),
        ("qwen2.5-coder:1.5b", "qwen2.5-coder-1.5b.gguf"),
        ("deepseek-r1:7b", "deepseek-r1-7b.gguf"),
        ("hf.co/someone/model:Q4_K_M", "hf.co-someone-model-Q4_K_M.gguf"),
    ],
)
def test_a_models_name_is_its_files_name(tmp_path: Path, name: str, file: str) -> None:
    path = gguf(tmp_path / file)
    found = ModelStore(tmp_path).find(name)
    assert found is not None
    assert found.weights == path
    assert f"{file_stem(name)}.gguf" == file


def test_capitals_do_not_matter(tmp_path: Path) -> None:
    gguf(tmp_path / "BGE-M3.gguf")
    assert ModelStore(tmp_path).find("bge-m3") is not None


def test_a_list_splits_a_size_from_the_name(tmp_path: Path) -> None:
    for file in ("qwen2.5-coder-1.5b", "bge-m3", "gemma3n-e2b", "deepseek-r1-7b-q4"):
        gguf(tmp_path / f"{file}.gguf")
    gguf(tmp_path / "notes.txt")
    assert [model.name for model in ModelStore(tmp_path).models()] == [
        "bge-m3:latest",
        "deepseek-r1:7b-q4",
        "gemma3n:e2b",
        "qwen2.5-coder:1.5b",
    ]


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    gguf(tmp_path / "secret.gguf")
    assert ModelStore(tmp_path / "folder").find("../secret") is None


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "nowhere", [tmp_path / "nor-here"])
    assert store.find("bge-m3") is None
    assert store.models() == []


# --- Ollama's store -------------------------------------------------------------------


def test_a_model_pulled_by_ollama_is_found_by_its_manifest(tmp_path: Path) -> None:
    weights = gguf(tmp_path / "w.gguf")
    template, parameters = "{{ .Prompt }}", '{"stop": ["<|end|>"], "temperature": 0.6}'
    add_model(tmp_path / "s", "deepseek-r1:7b", weights, "a" * 64, template, parameters)

    found = ModelStore(tmp_path / "folder", [tmp_path / "s"]).find("deepseek-r1:7b")

    assert found is not None
    assert found.weights == tmp_path / "s/blobs" / f"sha256-{'a' * 64}"
    assert found.template == template
    assert found.parameters == {"stop": ["<|end|>"], "temperature": 0.6}
    manifest = tmp_path / "s/manifests/registry.ollama.ai/library/deepseek-r1/7b"
    assert found.manifest == hashlib.sha256(manifest.read_bytes()).hexdigest()


def test_a_missing_tag_means_latest(tmp_path: Path) -> None:
    add_model(tmp_path, "bge-m3:latest", gguf(tmp_path / "w"), "b" * 64)
    store = ModelStore(tmp_path / "folder", [tmp_path])
    assert store.find("bge-m3") is not None
    assert store.find("bge-m3:567m") is None


def test_the_folder_comes_before_the_store(tmp_path: Path) -> None:
    add_model(tmp_path, "bge-m3:latest", gguf(tmp_path / "w"), "b" * 64)
    own = gguf(tmp_path / "folder/bge-m3.gguf")
    store = ModelStore(tmp_path / "folder", [tmp_path])
    found = store.find("bge-m3")
    assert found is not None
    assert found.weights == own
    assert len(store.models()) == 1


def test_a_damaged_manifest_is_passed_over(tmp_path: Path) -> None:
    add_model(tmp_path, "good:latest", gguf(tmp_path / "w"), "b" * 64)
    bad = tmp_path / "manifests/registry.ollama.ai/library/bad/latest"
    bad.parent.mkdir(parents=True)
    bad.write_text('{"layers": [{"mediaType"', "utf-8")
    assert [it.name for it in ModelStore(tmp_path / "f", [tmp_path]).models()] == ["good:latest"]


def test_ollama_models_names_the_only_store(tmp_path: Path) -> None:
    assert ollama_stores({"OLLAMA_MODELS": str(tmp_path)}) == (tmp_path,)
    assert Path("/usr/share/ollama/.ollama/models") in ollama_stores({})


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so where the tests run as root they step down for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.process
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no such permissions")
def test_a_store_that_may_not_be_read_is_named_with_what_mends_it() -> None:
    # pytest's own folders are closed to others, and with them all that lies below.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        closed = Path(folder) / "manifests"
        closed.mkdir()
        closed.chmod(0)
        store = ModelStore(Path(folder) / "folder", [Path(folder)])
        with as_nobody(), pytest.raises(ModelError) as raised:
            store.find("bge-m3")
        with as_nobody():
            assert store.models() == []
    assert f'sudo chmod -R a+rX "{closed}"' in raised.value.hint


# --- identity -------------------------------------------------------------------------


def test_the_digest_is_that_of_the_weights_and_is_kept_beside_them(tmp_path: Path) -> None:
    path = gguf(tmp_path / "m.gguf", b"GGUF weights")
    store = ModelStore(tmp_path)
    model = store.find("m")
    assert model is not None
    assert weights_digest(model) == hashlib.sha256(b"GGUF weights").hexdigest()
    kept = tmp_path / "m.gguf.sha256"
    kept.write_text(kept.read_text().replace(weights_digest(model), "c" * 64))
    assert weights_digest(model) == "c" * 64  # not computed again

    path.write_bytes(b"GGUF other weights")
    os.utime(path, ns=(1, 1))
    assert weights_digest(model) == hashlib.sha256(b"GGUF other weights").hexdigest()


def test_in_ollamas_store_the_digest_is_the_blobs_name(tmp_path: Path) -> None:
    add_model(tmp_path, "m:latest", gguf(tmp_path / "w"), "d" * 64)
    model = ModelStore(tmp_path / "f", [tmp_path]).find("m")
    assert model is not None
    assert weights_digest(model) == "d" * 64
