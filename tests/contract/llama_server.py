"""llama.cpp's own HTTP server, as its wheel ships it, listening on loopback: in a process of its
own, as people run it.

    python -m tests.contract.llama_server MODEL.gguf NAME [embedding]

Prints its address, and ends with its standard input.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Before the library is loaded, as in kb/models/engine/llama.py: without it the server's threads
# spend a busy machine's processors on waiting for each other.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

import xllamacpp

from tests.commands import REPOSITORY

KEY = "sk-of-the-test"
"""What it wants of whoever asks."""


def main(model: str, name: str, *kind: str) -> None:
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {name}
    params.embedding = bool(kind)
    params.n_parallel = 1
    params.n_ctx = 512 if kind else 1024
    params.n_batch = params.n_ubatch = 512
    params.warmup = False
    params.offline = True
    params.verbosity = -1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


@contextmanager
def llama_server(model: Path, name: str, *kind: str) -> Iterator[str]:
    """The address of a server of one model, for as long as it is needed."""
    command = [sys.executable, "-m", "tests.contract.llama_server", str(model), name, *kind]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=REPOSITORY) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
