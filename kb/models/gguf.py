"""GGUF files: the header read, and a file written.

Format: the GGUF specification in llama.cpp's docs, version 3, little-endian. The `gguf` package
would do it too, but takes numpy and 0.3 s to import and seconds to read a header, because it
decodes every token of the vocabulary; these arrays are stepped over here.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kb.errors import ModelError

Scalar = str | int | float | bool

_MAGIC = b"GGUF"
_ALIGNMENT = 32
_RANK_POOLING = 4
_U8, _I8, _U16, _I16, _U32, _I32, _F32, _BOOL, _STRING, _ARRAY, _U64, _I64, _F64 = range(13)
_FORMATS = {
    _U8: "<B",
    _I8: "<b",
    _U16: "<H",
    _I16: "<h",
    _U32: "<I",
    _I32: "<i",
    _F32: "<f",
    _BOOL: "<?",
    _U64: "<Q",
    _I64: "<q",
    _F64: "<d",
}
_LENGTH = struct.Struct("<Q")

F32, Q4_0 = 0, 2
TENSOR_TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    30: ("BF16", 1, 2),
    39: ("MXFP4", 32, 17),
}
"""Name, numbers a block, bytes a block."""
FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    32: "BF16",
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` has the fastest dimension first; `offset` is in bytes from the tensor data."""

    name: str
    kind: int
    shape: tuple[int, ...]
    offset: int

    @property
    def elements(self) -> int:
        total = 1
        for length in self.shape:
            total *= length
        return total

    @property
    def kind_name(self) -> str:
        return TENSOR_TYPES.get(self.kind, (str(self.kind), 1, 0))[0]

    @property
    def size(self) -> int:
        """In bytes; 0 where the kind is not known here."""
        _, numbers, size = TENSOR_TYPES.get(self.kind, ("", 1, 0))
        return self.elements // numbers * size


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says of itself. An array (the vocabulary) is not read: it is None."""

    metadata: Mapping[str, Scalar | None]
    tensors: tuple[Tensor, ...]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def dimension(self) -> int:
        return self._number("embedding_length")

    @property
    def context_length(self) -> int:
        return self._number("context_length")

    @property
    def embeds(self) -> bool:
        """Whether it was made to embed: it says how token vectors become one."""
        return f"{self.architecture}.pooling_type" in self.metadata

    @property
    def ranks(self) -> bool:
        """Whether it was made to score a question and a text together."""
        return self._number("pooling_type") == _RANK_POOLING

    @property
    def chat_template(self) -> str:
        return str(self.metadata.get("tokenizer.chat_template", ""))

    @property
    def parameter_count(self) -> int:
        return sum(tensor.elements for tensor in self.tensors)

    def _number(self, key: str) -> int:
        value = self.metadata.get(f"{self.architecture}.{key}")
        return value if isinstance(value, int) else 0


def read_header(path: Path) -> Header:
    """Read a GGUF file's header.

    Raises:
        ModelError: it cannot be read, is no GGUF file, or is shorter than its header says.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data).header()
    except PermissionError as error:
        raise ModelError(
            f"the model file {path} may not be read",
            why=str(error),
            hint=f'let yourself read it: sudo chmod a+r "{path}"',
        ) from error
    except (OSError, ValueError, struct.error, KeyError, OverflowError) as error:
        raise ModelError(
            f"the model file {path} cannot be used",
            why=f"it is no whole GGUF file ({error})",
            hint="copy or fetch it again; kb models fetch-demo fetches the demo models",
        ) from error


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def header(self) -> Header:
        if self.data[:4] != _MAGIC:
            raise ValueError("it does not begin with GGUF")
        self.at = 4
        version = self.scalar(_U32)
        if version not in (2, 3):
            raise ValueError(f"version {version}")
        tensor_count, pair_count = self.length(), self.length()
        metadata: dict[str, Scalar | None] = {}
        for _ in range(pair_count):
            key = self.string()
            metadata[key] = self.value()
        tensors = tuple(self.tensor() for _ in range(tensor_count))
        end = max((tensor.offset + tensor.size for tensor in tensors), default=0)
        begin = _padded(self.at, int(metadata.get("general.alignment") or _ALIGNMENT))
        if begin + end > len(self.data):
            raise ValueError(f"it breaks off after {len(self.data)} bytes")
        return Header(metadata, tensors)

    def scalar(self, kind: int) -> Scalar:
        form = _FORMATS[kind]
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        scalar: Scalar = value
        return scalar

    def length(self) -> int:
        (value,) = _LENGTH.unpack_from(self.data, self.at)
        self.at += _LENGTH.size
        return int(value)

    def string(self) -> str:
        size = self.length()
        start, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise ValueError("a text reaches past the end")
        return self.data[start : self.at].decode("utf-8", "replace")

    def value(self) -> Scalar | None:
        kind = int(self.scalar(_U32))
        if kind == _ARRAY:
            self.step_over_array()
            return None
        return self.string() if kind == _STRING else self.scalar(kind)

    def step_over_array(self) -> None:
        kind, count = int(self.scalar(_U32)), self.length()
        if kind != _STRING:
            self.at += count * struct.calcsize(_FORMATS[kind])
            return
        # A quarter of a million tokens: local names keep this loop at some 30 ms.
        at, data, unpack = self.at, self.data, _LENGTH.unpack_from
        for _ in range(count):
            at += 8 + unpack(data, at)[0]
        self.at = at

    def tensor(self) -> Tensor:
        name = self.string()
        dimensions = int(self.scalar(_U32))
        shape = tuple(self.length() for _ in range(dimensions))
        return Tensor(name, int(self.scalar(_U32)), shape, self.length())


# --- writing --------------------------------------------------------------------------


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
    file.write(_MAGIC + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        file.write(_text(key.encode()) + _typed(value))
    offset = 0
    for tensor in tensors:
        shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        file.write(_text(tensor.name.encode()) + shape + struct.pack("<IQ", tensor.kind, offset))
        offset += _padded(tensor.data.nbytes)
    file.write(b"\0" * (_padded(file.tell()) - file.tell()))
    for tensor in tensors:
        file.write(tensor.data)
        file.write(b"\0" * (_padded(tensor.data.nbytes) - tensor.data.nbytes))


def _padded(size: int, alignment: int = _ALIGNMENT) -> int:
    return -(-size // alignment) * alignment


def _text(text: bytes) -> bytes:
    return _LENGTH.pack(len(text)) + text


def _typed(value: Value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", _BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", _U32, value)
    if isinstance(value, float):
        return struct.pack("<If", _F32, value)
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _text(value.encode())
    return struct.pack("<I", _ARRAY) + _array(value)


def _array(values: Iterable[bytes] | Iterable[int] | Iterable[float]) -> bytes:
    items = list(values)
    first = items[0]
    if isinstance(first, bytes):
        texts = b"".join(_text(item) for item in items if isinstance(item, bytes))
        return struct.pack("<IQ", _STRING, len(items)) + texts
    kind, code = (_F32, "f") if isinstance(first, float) else (_I32, "i")
    return struct.pack(f"<IQ{len(items)}{code}", kind, len(items), *items)
