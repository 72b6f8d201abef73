"""`kb` whose engine a text took over: it tries, in the command's own process, to write what
SECURITY.md says that a command cannot ("Who may write what").

python -m tests.airgap.hostile_command --home DIR ingest PATH…
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from kb.types import Vector
from tests.airgap.hostile_worker import MARK, attempt_by_shell, put_in_place
from tests.crash import stub_kb


def attempts(home: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Name and attempt. The test makes what they are tried on."""
    place, config = home.parent, home / "config.toml"
    for folder in ("collections", "state"):
        yield f"write in {folder}", partial((home / folder / "hostile").write_text, "x")
    yield "write scratch", partial(Path(tempfile.gettempdir(), "hostile").write_text, "x")
    yield "write config", partial(config.write_text, "x")
    yield "truncate config", partial(os.truncate, config, 0)
    yield "replace config", partial(put_in_place, config)
    yield "replace config from the store", partial(_put_from, home / "collections/c", config)
    yield "link config into the store", partial(os.link, config, home / "collections/linked")
    yield "move config into the store", partial(os.rename, config, home / "collections/moved")
    yield "delete config", config.unlink
    yield "write config by shell", partial(attempt_by_shell, config)
    yield "read config", config.read_text
    yield "new file in home", partial((home / "kb.toml").write_text, "x")
    yield "new folder in home", (home / "bin").mkdir
    yield "move the home away", partial(_moved_and_back, home)
    yield "write key", partial((home / "keys/bundle.pub").write_text, "x")
    yield "read private key", (home / "keys/bundle.key").read_text
    yield "replace program", partial((home / "program/kb").write_text, "x")
    yield "replace model", partial((home / "models/m.gguf").write_text, "x")
    yield "write chat", partial((home / "chats/x.jsonl").write_text, "x")
    yield "write named config", partial((place / "named.toml").write_text, "x")
    yield "write source", partial((place / "docs/good.txt").write_text, "x")
    yield "read secret", (place / "secret").read_text
    yield "run from the store", partial(_run_from, home / "collections")
    yield "run from state", partial(_run_from, home / "state")


def _moved_and_back(folder: Path) -> None:
    moved = folder.rename(folder.with_name("elsewhere"))
    moved.rename(folder)


def _put_from(draft: Path, target: Path) -> None:
    draft.write_text("x")
    draft.replace(target)


def _run_from(folder: Path) -> None:
    program = folder / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    subprocess.run([program], check=True)


def report(home: Path) -> None:
    """Try everything, and say on standard error what came of it."""
    found = {}
    for name, attempt in attempts(home):
        try:
            attempt()
            found[name] = "done"
        except OSError as error:
            found[name] = errno.errorcode[error.errno or 0]
    sys.stderr.write("".join(f"{MARK}{name}={came};\n" for name, came in found.items()))
    sys.stderr.flush()


class HostileEmbedder(stub_kb.SlowEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        report(Path(os.environ["KB_HOSTILE_HOME"]))
        return super().embed_passages(texts)

    def embed_query(self, text: str) -> Vector:
        report(Path(os.environ["KB_HOSTILE_HOME"]))
        return super().embed_query(text)


def main() -> None:
    vars(stub_kb)["SlowEmbedder"] = HostileEmbedder
    stub_kb.main()


if __name__ == "__main__":
    main()
