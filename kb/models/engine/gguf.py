"""The header of a GGUF file.

Format: the GGUF specification in llama.cpp's docs, version 3, little-endian. The `gguf` package
would do it too, but takes numpy and 0.3 s to import and seconds to read a header, because it
decodes every token of the vocabulary; these arrays are stepped over here.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from kb.errors import ModelError

Scalar = str | int | float | bool

MAGIC = b"GGUF"
_ALIGNMENT = 32
_RANK_POOLING = 4


class Kind(IntEnum):
    """The kinds of value that the metadata may hold, by their numbers in the file."""

    U8 = 0
    I8 = 1
    U16 = 2
    I16 = 3
    U32 = 4
    I32 = 5
    F32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9
    U64 = 10
    I64 = 11
    F64 = 12


_FORMATS: dict[int, str] = {
    Kind.U8: "<B",
    Kind.I8: "<b",
    Kind.U16: "<H",
    Kind.I16: "<h",
    Kind.U32: "<I",
    Kind.I32: "<i",
    Kind.F32: "<f",
    Kind.BOOL: "<?",
    Kind.U64: "<Q",
    Kind.I64: "<q",
    Kind.F64: "<d",
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
            why=f"it is not a complete GGUF file ({error})",
            hint="copy or fetch it again; kb models fetch-demo fetches the demo models",
        ) from error


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.at = 0

    def header(self) -> Header:
        if self.data[:4] != MAGIC:
            raise ValueError("it does not begin with GGUF")
        self.at = 4
        version = self.scalar(Kind.U32)
        if version not in (2, 3):
            raise ValueError(f"version {version}")
        tensor_count, pair_count = self.length(), self.length()
        metadata: dict[str, Scalar | None] = {}
        for _ in range(pair_count):
            key = self.string()
            metadata[key] = self.value()
        tensors = tuple(self.tensor() for _ in range(tensor_count))
        end = max((tensor.offset + tensor.size for tensor in tensors), default=0)
        begin = padded(self.at, int(metadata.get("general.alignment") or _ALIGNMENT))
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
        kind = int(self.scalar(Kind.U32))
        if kind == Kind.ARRAY:
            self.step_over_array()
            return None
        return self.string() if kind == Kind.STRING else self.scalar(kind)

    def step_over_array(self) -> None:
        kind, count = int(self.scalar(Kind.U32)), self.length()
        if kind != Kind.STRING:
            self.at += count * struct.calcsize(_FORMATS[kind])
            return
        # A quarter of a million tokens: local names keep this loop at some 30 ms.
        at, data, unpack = self.at, self.data, _LENGTH.unpack_from
        for _ in range(count):
            at += 8 + unpack(data, at)[0]
        self.at = at

    def tensor(self) -> Tensor:
        name = self.string()
        dimensions = int(self.scalar(Kind.U32))
        shape = tuple(self.length() for _ in range(dimensions))
        return Tensor(name, int(self.scalar(Kind.U32)), shape, self.length())


def padded(size: int, alignment: int = _ALIGNMENT) -> int:
    """The size, brought up to the next multiple of the alignment; both in bytes."""
    return -(-size // alignment) * alignment
