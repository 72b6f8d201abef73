"""The header of a GGUF file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kb.errors import ModelError
from kb.models.demo.gguf_writer import NewTensor, Value, write
from kb.models.engine.gguf import F32, Tensor, read_header

METADATA: dict[str, Value] = {
    "general.architecture": "bert",
    "bert.context_length": 512,
    "bert.embedding_length": 4,
    "bert.pooling_type": 1,
    "bert.scale": 0.5,
    "tokenizer.ggml.tokens": [b"a", b"\xe4\xb8\xad"],
    "tokenizer.ggml.scores": [0.0, -1.5],
    "tokenizer.ggml.token_type": [1, 1],
    "tokenizer.chat_template": "{{ 中 }}",
    "last": True,
}


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "small.gguf"
    with path.open("wb") as file:
        tensor = NewTensor("t", F32, (4, 2), memoryview(bytes(32)))
        write(file, METADATA, [tensor, NewTensor("u", F32, (1,), memoryview(bytes(4)))])
    return path


def test_what_is_written_is_read_again_without_its_arrays(gguf: Path) -> None:
    header = read_header(gguf)
    expected = {k: None if isinstance(v, list) else v for k, v in METADATA.items()}
    assert dict(header.metadata) == expected
    assert header.tensors == (Tensor("t", F32, (4, 2), 0), Tensor("u", F32, (1,), 32))


def test_a_header_tells_what_the_model_is_for(gguf: Path) -> None:
    header = read_header(gguf)
    assert (header.architecture, header.dimension, header.context_length) == ("bert", 4, 512)
    assert header.embeds
    assert header.chat_template == "{{ 中 }}"
    assert header.parameter_count == 9


def test_tensor_data_begins_at_a_multiple_of_32() -> None:
    file = io.BytesIO()
    write(file, {"k": "v"}, [NewTensor("t", F32, (1,), memoryview(b"DATA"))])
    assert file.getvalue().index(b"DATA") % 32 == 0
    assert len(file.getvalue()) % 32 == 0


@pytest.mark.parametrize("kept", [0, 3, 20, 60, 200])
def test_a_file_that_breaks_off_in_its_header_is_named(gguf: Path, kept: int) -> None:
    gguf.write_bytes(gguf.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"small\.gguf cannot be used"):
        read_header(gguf)


def test_a_file_that_breaks_off_in_its_tensors_is_named(gguf: Path) -> None:
    gguf.write_bytes(gguf.read_bytes()[:-40])
    with pytest.raises(ModelError) as raised:
        read_header(gguf)
    assert "breaks off" in raised.value.why


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ModelError) as raised:
        read_header(path)
    assert "does not begin with GGUF" in raised.value.why
