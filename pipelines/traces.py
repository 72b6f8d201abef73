"""What a removed document may have left in other files: its names, and its sentences."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kb.index.disk import data_of
from kb.index.faults import store_faults
from kb.text.fold import fold
from kb.types import MEMBER, Chunk

_LEAST_CHARACTERS = 10
"""A shorter clause may be anybody's."""

_ENDS = re.compile(r"[\n\r\t。！？；：，.!?;:,\"\\<>|\[\]]+")
_NAME = r"(?<![\w.-]){}(?![\w-])"

_SAMPLED = 16
"""Chunks that are searched for in every byte of the home folder; each search reads it whole."""

_NEEDLE_BYTES = 48
_LEAST_BYTES = 8

_EVALUATIONS = (b'{\n "format": "kb eval run', b"<title>kb eval: ")
"""By what the head of a file tells that `kb eval --save` or `--report` wrote it."""

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Traces:
    """`paths` are those of documents as the catalog has them, `sentences` clauses of their text."""

    paths: frozenset[str]
    sentences: frozenset[str]

    @classmethod
    def of(cls, paths: Iterator[str], chunks: Sequence[Chunk], cells: Sequence[str]) -> Traces:
        texts = [*(chunk.text for chunk in chunks), *cells]
        return cls(frozenset(paths), frozenset(s for text in texts for s in clauses(text)))

    def are_in(self, text: str, is_elsewhere: Callable[[str], bool]) -> bool:
        """Whether a text names one of the documents, or has a sentence of one. `is_elsewhere`
        tells of a sentence whether a document that stays has it too."""
        if any(re.search(_NAME.format(re.escape(name)), text) for name in self._names(text)):
            return True
        return any(not is_elsewhere(one) for one in self.sentences.intersection(clauses(text)))

    def _names(self, text: str) -> Iterator[str]:
        """The paths, and the files' own names, that may be in the text."""
        for path in self.paths:
            for name in {path, PurePosixPath(path.rpartition(MEMBER)[2]).name}:
                if name in text:
                    yield name


def clauses(text: str) -> Iterator[str]:
    """The longer clauses of a text, stripped."""
    for part in _ENDS.split(text):
        if len(kept := part.strip()) >= _LEAST_CHARACTERS:
            yield kept


def needles(chunks: Sequence[Chunk], paths: Sequence[str], cells: Sequence[str]) -> list[bytes]:
    """Bytes by which documents are found in any file: words of theirs, ids, paths, and texts of
    their tables' cells."""
    found: list[bytes] = []
    for chunk in chunks[:: max(1, len(chunks) // _SAMPLED)]:
        longest = max(chunk.text.splitlines(), key=len, default="").strip()
        found += [longest.encode()[:_NEEDLE_BYTES], chunk.id.encode()]
    found += [path.encode("utf-8", "replace") for path in paths[:: max(1, len(paths) // _SAMPLED)]]
    found += of_cells(cells[:: max(1, len(cells) // _SAMPLED)])
    return [needle for needle in dict.fromkeys(found) if len(needle) >= _LEAST_BYTES]


def of_cells(cells: Sequence[str]) -> list[bytes]:
    """The beginnings of those that are long enough to be nobody else's."""
    return [
        text.encode("utf-8", "replace")[:_NEEDLE_BYTES]
        for cell in cells
        for text in (cell, fold(cell))
        if len(cell) >= _LEAST_CHARACTERS
    ]


def holding(file: Path, wanted: Sequence[bytes]) -> list[bytes]:
    """Those of some bytes that a file holds; a file that has vanished holds none."""
    with store_faults(file):
        try:
            with file.open("rb") as stream:
                parts = [*data_of(stream.fileno())]
                if not parts:
                    return []
                with mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as data:
                    return [n for n in wanted if any(data.find(n, *part) >= 0 for part in parts)]
        except FileNotFoundError:
            return []


def files_of_home(home: Path) -> Iterator[Path]:
    """Every file of a home folder but the models."""
    for file in sorted(home.rglob("*")):
        if file.is_file() and not file.is_symlink() and home / "models" not in file.parents:
            yield file


def evaluations(home: Path) -> Iterator[Path]:
    """The files of a home folder that `kb eval` wrote. Raises StoreError: one cannot be read."""
    for file in files_of_home(home):
        if file.suffix in (".json", ".html"):
            with store_faults(file), file.open("rb") as stream:
                head = stream.read(_HEAD_BYTES)
            if any(mark in head for mark in _EVALUATIONS):
                yield file
