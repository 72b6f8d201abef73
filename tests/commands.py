"""Runs `kb` as a user does: a process, its exit code, what it wrote.

By day a command is a fork of a process that has imported everything (tests/warm.py), which is no
other process in all but its start; questions may go to one that keeps its models
(tests/resident.py). At night, and with KB_TEST_COLD, each command is started by Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Protocol

from tests import warm
from tests.meanwhile import ended
from tests.resident import Resident
from tools.docs import fields

REPOSITORY = Path(__file__).parent.parent

_COLD = os.environ.get("KB_TEST_COLD") or os.environ.get("KB_TEST_NIGHTLY")
_IS_WARM = not _COLD and warm.possible()
_warm = warm.Warm()
_resident = Resident(_warm)
_MODULES = frozenset({"kb.cli", "tests.crash.stub_kb"})
_QUESTIONS = frozenset({"search", "ask", "chat", "eval"})


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


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    typed: str = "",
    umask: int = -1,
    seconds: float = 300,
    cold: bool = False,
    start: warm.Start = _warm.start,
) -> Done:
    """Run a command to its end. `cold`: Python starts it, whatever the time of day.

    Raises:
        TimeoutExpired: it was killed after so many seconds.
    """
    if _may_be_forked(command) and not cold:
        code, out, err = warm.communicate(
            start,
            command[2],
            command[3:],
            environment,
            typed=typed.encode(),
            umask=umask,
            seconds=seconds,
        )
        return Done(code, out.decode(), err.decode())
    done = subprocess.run(
        command,
        env=environment,
        input=typed.encode(),
        capture_output=True,
        timeout=seconds,
        umask=umask,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def _may_be_forked(command: Sequence[str]) -> bool:
    python, option, module, *_ = command
    return _IS_WARM and (python, option) == (sys.executable, "-m") and module in _MODULES


class Running(Protocol):
    """A command that goes on. `wait`: its exit code, negative where a signal ended it."""

    pid: int

    def wait(self, seconds: float, /) -> int: ...


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], out: IO[bytes], errors: IO[bytes]
) -> Iterator[Running]:
    """Start a command. It is killed when the block ends, if it has not ended by then."""
    if _may_be_forked(command):
        with open(os.devnull, "rb") as nothing:
            streams = (nothing.fileno(), out.fileno(), errors.fileno())
            forked = _warm.start(command[2], command[3:], environment, streams)
        try:
            yield forked
        finally:
            with suppress(ProcessLookupError):
                forked.kill()
            forked.wait(60)
        return
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors
    )
    with ended(process):
        yield process


def exit_code(
    command: Sequence[str], environment: Mapping[str, str], streams: tuple[int, int, int]
) -> int:
    """Run a command to its end on these file descriptors: its input, output and error."""
    if _IS_WARM:
        return _warm.start(command[2], command[3:], environment, streams).wait(300)
    stdin, out, err = streams
    return subprocess.run(
        command, env=environment, stdin=stdin, stdout=out, stderr=err, timeout=300, check=False
    ).returncode


def end() -> None:
    """Let the warm processes go; the next command starts them again."""
    _resident.close()
    _warm.close()


def processor_seconds() -> float:
    """What forks of the warm process have cost. Those that Python started, the system counts."""
    return warm.processor_seconds()


@dataclass(frozen=True)
class Kb:
    """A home folder, and the command line on it with the demo's configuration."""

    home: Path
    models_folder: Path | None = None
    config: str = "demo.toml"
    variables: dict[str, str] = field(default_factory=dict)
    keeps_models: bool = False
    """Questions are answered by one process, where each model is loaded once."""

    def __call__(
        self, *arguments: str, typed: str = "", seconds: float = 300, cold: bool = False
    ) -> Done:
        command, environment = self.command(*arguments), self.environment()
        kept = self.keeps_models and not _QUESTIONS.isdisjoint(arguments)
        start = _resident.start if kept else _warm.start
        found = run(command, environment, typed=typed, seconds=seconds, cold=cold, start=start)
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
