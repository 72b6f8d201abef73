"""A machine without a network, as a user of it sees it: `kb`, and any other program, with loopback
alone and before the tracer's eyes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.airgap import enclosure, tracing
from tests.airgap.tracing import Call
from tests.commands import REPOSITORY, Done, Kb

PROXY = "http://192.0.2.7:3128"

_SEARCHED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "OMP_THREAD_LIMIT")


@dataclass(frozen=True)
class Seen:
    """What a command did, for its user and for the kernel; without a tracer there are no calls."""

    done: Done
    calls: tuple[Call, ...]

    @property
    def leaks(self) -> list[str]:
        return [str(leak) for leak in tracing.leaks(self.calls)]


def environment(home: Path) -> dict[str, str]:
    """A fresh user's environment. None of the variables by which a developer or a CI may have
    turned somebody's telemetry off (onnxruntime is silent where CI is set), and proxies, which
    would lead out."""
    kept = {name: os.environ[name] for name in _SEARCHED if name in os.environ}
    proxies = {f"{scheme}_PROXY": PROXY for scheme in ("HTTP", "HTTPS", "ALL")}
    lower = {name.lower(): value for name, value in proxies.items()}
    return {**kept, **proxies, **lower, "HOME": str(home), "LANG": "C.UTF-8"}


def watch(
    command: list[str],
    variables: Mapping[str, str],
    *,
    typed: str = "",
    seconds: float = 300,
    mounts: bool = False,
) -> Seen:
    """Run a command where loopback is all there is, traced where that is allowed."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        watched = command if no_tracer() else tracing.traced(command, trace)
        ran = subprocess.run(
            enclosure.enclosed(watched, mounts=mounts),
            env=dict(variables),
            cwd=REPOSITORY,
            input=typed.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        done = Done(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
        lines = trace.read_text(errors="replace").splitlines() if trace.exists() else []
        return Seen(done, tuple(tracing.read(lines)))


@cache
def no_namespace() -> str:
    return enclosure.why_not()


@cache
def no_tracer() -> str:
    return tracing.why_not()


STUB = "tests.crash.stub_kb"
"""`kb` with a fake engine where the models would be."""


@dataclass(frozen=True)
class AirgappedKb(Kb):
    """`kb` on such a machine. Its user's home is a folder beside KB_HOME. `module` may be another
    than the command line's own, see STUB."""

    module: str = "kb.cli"

    @property
    def user(self) -> Path:
        return self.home.parent / "user"

    def command(self, *arguments: str) -> list[str]:
        [python, option, _, *rest] = super().command(*arguments)
        return [python, option, self.module, *rest]

    def environment(self) -> dict[str, str]:
        models = {"KB_MODELS__FOLDER": str(self.models_folder)} if self.models_folder else {}
        # Workers import the module once more, in the sandbox, which lets them read what PYTHONPATH
        # names and not the working folder.
        tests = {} if self.module == "kb.cli" else {"PYTHONPATH": str(REPOSITORY)}
        return {**environment(self.user), **models, **tests, **self.variables}

    def watched(self, *arguments: str, typed: str = "") -> Seen:
        return watch(self.command(*arguments), self.environment(), typed=typed)
