"""`kb` with a fake engine where the model would be: the real command line, parsing processes,
store and lock, without the minutes that a model takes.

    python -m tests.crash.stub_kb --home DIR ingest PATH…

`KB_TEST_SECONDS_PER_TEXT` makes the engine slow. `KB_TEST_MOST_BYTES` limits the size of a file.
`KB_TEST_BLOCKS_AT` names a step of the write order, or a function
(`kb.index.qdrant_edge.index:EdgeIndex.ids`): there the command writes "blocked" to standard output
and does nothing more, in C, so that Python runs no handler of a signal. `KB_TEST_NO_ROOM_FOR` names
a file, or a folder, that cannot be made or written for want of room.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Self

from kb.types import Vector
from tests.commands import REPOSITORY, Kb
from tests.fakes import FakeEmbedder, FakeGenerator


@dataclass
class SlowEmbedder(FakeEmbedder):
    seconds_per_text: float = 0.0

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        time.sleep(self.seconds_per_text * len(texts))
        return super().embed_passages(texts)


class FakeModels:
    """Stands in for `kb.models.connect.Models`."""

    engine = "fake"

    def __init__(self) -> None:
        seconds = float(os.environ.get("KB_TEST_SECONDS_PER_TEXT", "0"))
        self.fake = SlowEmbedder(seconds_per_text=seconds)

    def embedder(self) -> SlowEmbedder:
        return self.fake

    def generator(self, name: str = "") -> FakeGenerator:
        return FakeGenerator()

    def halt(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None: ...


@dataclass(frozen=True)
class StubKb(Kb):
    """A home folder and this command line on it."""

    def command(self, *arguments: str) -> list[str]:
        start = [sys.executable, "-m", "tests.crash.stub_kb", "--home", str(self.home)]
        return [*start, *arguments]

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        return {**super().environment(), "PYTHONPATH": path.rstrip(os.pathsep), **self.variables}


def stub(home: Path, **variables: str) -> StubKb:
    return StubKb(home, variables=variables)


def _limit_files() -> None:
    most = os.environ.get("KB_TEST_MOST_BYTES")
    if most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))
    name = os.environ.get("KB_TEST_NO_ROOM_FOR")
    if name:
        sys.addaudithook(partial(_refuse, name))


def _refuse(name: str, event: str, arguments: tuple[object, ...]) -> None:
    """Python tells its audit hooks what it is about to do, and a hook may object."""
    if event == "open":
        path, _, flags = arguments
        writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
    elif event in ("os.mkdir", "os.rename", "sqlite3.connect"):
        path = arguments[event == "os.rename"]
        writing = event != "sqlite3.connect" or "mode=ro" not in str(path)
    else:
        return
    # CURRENT is written as .CURRENT.new.
    if writing and Path(str(path)).name.strip(".").removesuffix(".new") == name.strip("."):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _block_at(place: str) -> None:
    from kb.index import layout

    def block(*given: object, **named: object) -> None:
        os.write(1, b"blocked\n")
        library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(128)
        for _ in range(2):  # the second waits for ever, and a PyDLL keeps the interpreter's lock
            library.pthread_mutex_lock(mutex)

    module, _, name = place.partition(":")
    if name:
        *owner, function = name.split(".")
        target = reduce(getattr, owner, importlib.import_module(module))
        setattr(target, function, block)
    else:
        vars(layout)["step"] = lambda step: block() if step == place else None


def main() -> None:
    from kb.cli.main import main as kb_main
    from kb.session import wiring

    _limit_files()
    if place := os.environ.get("KB_TEST_BLOCKS_AT"):
        _block_at(place)
    fake = FakeModels()
    # The one place where the command line takes its models from.
    vars(wiring)["models"] = lambda settings: fake
    kb_main()


if __name__ == "__main__":
    main()
