"""kb itself on the target: a virtual environment, made beside the one in use and then switched to.

program/0.1.0-3f2a…/venv/     the environment; `complete` beside it is written last
program/current               a link to the one in use; replacing it is the switch
bin/kb                        starts what `current` names, with its home folder
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kb import atomic
from kb.bundle import steps
from kb.bundle.placing import replace_text
from kb.bundle.wheels import REQUIREMENTS, last_error, run_quietly
from kb.errors import StoreError
from kb.types import Listener, Progress

_COMPLETE = "complete"
# Isolated: neither the folder it is called in nor PYTHONPATH decides which code runs.
_STARTER = """\
#!/bin/sh
# Written by kb bundle install. KB_HOME, where it is set, names another home folder.
KB_HOME="${{KB_HOME:-{home}}}"
export KB_HOME
exec {python} -I -m kb.cli "$@"
"""


def settle() -> None:
    """Everything onto the disk: of thousands of files, one by one would take minutes."""
    os.sync()


def install_program(root: Path, name: str, members: Path, listener: Listener) -> Path:
    """Make the environment from the unpacked wheels, and switch to it; the command to run.

    Raises:
        StoreError: the environment could not be made, or a wheel is not installed.
    """
    place = root / "program" / name
    if not (place / _COMPLETE).is_file():
        if place.is_dir():
            shutil.rmtree(place)
        place.mkdir(parents=True)
        _fill(place / "venv", members, listener)
        settle()
        replace_text(place / _COMPLETE, f"{name}\n", 0o644)
        steps.step("program-made")
    _switch(root / "program", name)
    steps.step("program-switched")
    command = root / "bin/kb"
    python = root / "program/current/venv/bin/python"
    text = _STARTER.format(home=_in_quotes(root), python=shlex.quote(str(python)))
    replace_text(command, text, 0o755)
    return command


def python_of(root: Path) -> Path:
    return root / "program/current/venv/bin/python"


def installed_before(root: Path) -> list[str]:
    """Names of the complete programs, but for the one in use."""
    current = root / "program/current"
    used = os.readlink(current) if current.is_symlink() else ""
    found = sorted((root / "program").glob(f"*/{_COMPLETE}"))
    return [path.parent.name for path in found if path.parent.name not in (used, "current")]


def _fill(venv: Path, members: Path, listener: Listener) -> None:
    listener(Progress("program", 0, 0, "", f"a virtual environment in {venv}"))
    _run([sys.executable, "-m", "venv", "--without-pip", str(venv)], "", lambda line: None)
    steps.step("venv-made")
    wheels = members / "wheels"
    total, done = len([*wheels.glob("*.whl")]), 0

    def on_line(line: str) -> None:
        nonlocal done
        if line.startswith("Processing "):
            done += 1
            listener(Progress("install", done, total, "wheels", Path(line.split()[1]).name))

    pip = next(wheels.glob("pip-*.whl"))
    command = [str(venv / "bin/python"), "-m", "pip", "--isolated", "--disable-pip-version-check"]
    install = ["install", "--no-index", "--find-links", str(wheels), "--no-deps", "--no-cache-dir"]
    requirements = ["--require-hashes", "--requirement", str(members / REQUIREMENTS)]
    # pip runs out of its own wheel, as ensurepip does it, and installs itself with the others.
    _run([*command, *install, *requirements], str(pip), on_line)
    steps.step("wheels-installed")
    _run([*command, "check"], "", lambda line: None)


def _run(command: Sequence[str], path: str, on_line: Callable[[str], None]) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    if path:
        environ["PYTHONPATH"] = path
    if lines := run_quietly(command, on_line, environ):
        raise StoreError(
            "the program could not be installed",
            why=last_error(lines),
            hint="see that there is room, and that Python's venv module is there "
            "(Debian: python3-venv); then run the command again",
        )


def _switch(programs: Path, name: str) -> None:
    fresh = programs / ".current"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(name)
    fresh.replace(programs / "current")
    atomic.sync(programs)


def _in_quotes(path: Path) -> str:
    """For the inside of the double quotes of a shell."""
    text = str(path)
    for special in '\\"$`':
        text = text.replace(special, f"\\{special}")
    return text
