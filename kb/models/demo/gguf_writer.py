"""A GGUF file, written. What kb reads of such files is kb/models/engine/gguf.py."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from kb.models.engine.gguf import MAGIC, Kind, padded

Value = str | bool | int | float | Sequence[bytes] | Sequence[int] | Sequence[float]


@dataclass(frozen=True, slots=True)
class NewTensor:
    """`shape` has the fastest dimension first; `data` is laid out as `kind` wants it."""

    name: str
    kind: int
    shape: tuple[int, ...]
    data: memoryview


def write(file: BinaryIO, metadata: Mapping[str, Value], tensors: Sequence[NewTensor]) -> None:
    """Write a GGUF file of version 3: ints as u32, floats as f32, in the order given."""
    file.write(MAGIC + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        file.write(_text(key.encode()) + _typed(value))
    offset = 0
    for tensor in tensors:
        shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        file.write(_text(tensor.name.encode()) + shape + struct.pack("<IQ", tensor.kind, offset))
        offset += padded(tensor.data.nbytes)
    file.write(b"\0" * (padded(file.tell()) - file.tell()))
    for tensor in tensors:
        file.write(tensor.data)
        file.write(b"\0" * (padded(tensor.data.nbytes) - tensor.data.nbytes))


def _text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def _typed(value: Value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", Kind.BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", Kind.U32, value)
    if isinstance(value, float):
        return struct.pack("<If", Kind.F32, value)
    if isinstance(value, str):
        return struct.pack("<I", Kind.STRING) + _text(value.encode())
    return struct.pack("<I", Kind.ARRAY) + _array(value)


def _array(values: Iterable[bytes] | Iterable[int] | Iterable[float]) -> bytes:
    items = list(values)
    first = items[0]
    if isinstance(first, bytes):
        texts = b"".join(_text(item) for item in items if isinstance(item, bytes))
        return struct.pack("<IQ", Kind.STRING, len(items)) + texts
    kind, code = (Kind.F32, "f") if isinstance(first, float) else (Kind.I32, "i")
    return struct.pack(f"<IQ{len(items)}{code}", kind, len(items), *items)
