"""Runs `kb` as a user does: a process, its exit code, what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tools.docs import fields

REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be one JSON object and nothing else."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True)
class Kb:
    """A home folder, and the command line on it with the demo's configuration."""

    home: Path
    models_folder: Path | None = None
    config: str = "demo.toml"
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, seconds: float = 300) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            capture_output=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        if "--json" in arguments and found.out:
            _check_documented(arguments, found.json)
        return found

    def command(self, *arguments: str) -> list[str]:
        config = REPOSITORY / "configs" / self.config
        start = [sys.executable, "-m", "kb.cli", "--home", str(self.home)]
        return [*start, "--config", str(config), *arguments]

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KB_", "OLLAMA_"))}
        if self.models_folder:
            clean["KB_MODELS__FOLDER"] = str(self.models_folder)
        return {**clean, **self.variables}


def _check_documented(arguments: tuple[str, ...], printed: dict[str, Any]) -> None:
    """Every field that any test sees is in docs/cli.md (tools/docs/commands.toml)."""
    two_words = (" ".join(pair) for pair in pairwise(arguments))
    command = next(words for words in (*two_words, *arguments) if words in fields.commands())
    missing = fields.undocumented(command, printed)
    assert missing == [], f"kb {command} --json prints what tools/docs/commands.toml lacks"
