"""The wheels of a bundle: locked ones through pip, pip among them; kb's from what is running."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from kb.bundle.manifest import Target
from kb.bundle.target import is_pure, pinned, platform_tags, requirements_for, with_glibc
from kb.bundle.writing import Entry
from kb.data_files import LICENSE
from kb.errors import UsageError
from kb.types import Listener, Progress

REQUIREMENTS = "wheels/requirements.txt"
_PIP = ("-m", "pip", "--no-input", "--disable-pip-version-check")
_DOWNLOAD = (*_PIP, "download", "--progress-bar=off", "--no-deps", "--require-hashes")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: kb bundle\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True, slots=True)
class WheelJob:
    """`tag` is the platform asked for, empty for this machine; `source` a folder with wheels that
    were downloaded before, None to ask the package index."""

    target: Target
    tag: str
    source: Path | None
    work: Path


def collect_wheels(
    job: WheelJob, lock: str, shipped: Sequence[tuple[str, Path]], listener: Listener
) -> tuple[list[Entry], Target]:
    """Every wheel the target needs, with the lock file they are installed by.

    That lock file has one hash a line, the one of the wheel that is in the bundle.

    Raises:
        UsageError: pip could not get a wheel, or one has to be built for another platform.
    """
    wheels = job.work / "wheels"
    wheels.mkdir()
    requirements = requirements_for(lock, job.target)
    _download(job, requirements, wheels, listener)
    for source in sorted(path for path in wheels.iterdir() if path.suffix != ".whl"):
        _build(source, wheels, job)
    own_wheel(wheels, shipped)
    found = sorted(wheels.glob("*.whl"))
    entries = [Entry(f"wheels/{path.name}", path) for path in found]
    text = "".join(f"{line}\n" for line in sorted(map(_requirement, found)))
    target = with_glibc(job.target, (path.name for path in found))
    return [Entry(REQUIREMENTS, text.encode()), *entries], target


def own_wheel(folder: Path, shipped: Sequence[tuple[str, Path]]) -> Path:
    """kb itself, from the code that is running, as its wheel has it."""
    one = next((it for it in metadata.distributions(name="kb") if it.read_text("METADATA")), None)
    if one is None:
        raise UsageError(
            "kb is not installed here, so its wheel cannot be made",
            why="its metadata is not to be found",
            hint="install kb with pip; pip install -e . will do in a source tree",
        )
    files: dict[str, Path | bytes] = {}
    info = f"kb-{one.version}.dist-info"
    for name in (one.read_text("top_level.txt") or "").split():
        files |= dict(_package_files(name))
    for name in ("METADATA", "entry_points.txt", "top_level.txt"):
        files[f"{info}/{name}"] = (one.read_text(name) or "").encode()
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    for name, path in shipped:
        files[f"kb-{one.version}.data/data/share/kb/{name}"] = path
        if name == LICENSE:
            files[f"{info}/licenses/{name}"] = path
    return _write_wheel(folder / f"kb-{one.version}-py3-none-any.whl", info, files)


def run_quietly(
    command: Sequence[str], on_line: Callable[[str], None], environ: dict[str, str] | None = None
) -> list[str]:
    """Run a program, hand on each line that it prints; all lines when it failed, else none."""
    lines = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environ,
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                on_line(line)
        except BaseException:
            process.terminate()
            raise
    return lines or ["it printed nothing"] if process.returncode else []


def last_error(lines: Sequence[str]) -> str:
    """What pip says went wrong; of an exception of its own, the end of the traceback."""
    errors = [line for line in lines if re.match(r"ERROR: (?!Exception:$)", line)]
    return (errors or [line for line in lines if line] or ["pip printed nothing"])[-1]


def _download(job: WheelJob, requirements: list[str], wheels: Path, listener: Listener) -> None:
    file = job.work / "requirements.txt"
    file.write_text("".join(f"{line}\n" for line in requirements), "utf-8")
    command = [sys.executable, *_DOWNLOAD, "--no-build-isolation", "--dest", str(wheels)]
    if job.source:
        command += ["--no-index", "--find-links", str(job.source)]
    if job.tag:
        for tag in platform_tags(job.tag):
            command += ["--platform", tag]
        version = "".join(job.target.python.split(".")[:2])
        command += ["--python-version", job.target.python, "--implementation", "cp"]
        command += ["--abi", f"cp{version}", "--abi", "abi3", "--abi", "none"]
    done = 0

    def on_line(line: str) -> None:
        nonlocal done
        if line.startswith("Collecting "):
            listener(Progress("wheels", done, len(requirements), "wheels", line.split()[1]))
            done += 1

    if lines := run_quietly([*command, "--requirement", str(file)], on_line):
        raise UsageError(
            f"the wheels for {job.target} could not be fetched",
            why=last_error(lines),
            hint=f"put them into {job.source}: pip download --no-deps --require-hashes "
            "-r requirements.lock"
            if job.source
            else "check the network and the package index (pip config list), or name a folder "
            "that holds them with --wheels",
        )
    listener(Progress("wheels", len(requirements), len(requirements), "wheels"))


def _build(source: Path, wheels: Path, job: WheelJob) -> None:
    """A wheel in the place of a package that is published as source alone; its hash was checked."""
    command = [sys.executable, *_PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--no-cache-dir", "--wheel-dir", str(wheels), str(source)]
    before = {*wheels.iterdir()}
    environ = {**os.environ, "SOURCE_DATE_EPOCH": "315532800"}
    lines = run_quietly(command, lambda line: None, environ)
    built = {*wheels.iterdir()} - before
    foreign = bool(job.tag) and not all(is_pure(path.name) for path in built)
    if lines or foreign:
        raise UsageError(
            f"{source.name} could not be built for {job.target}",
            why=last_error(lines) if lines else "it holds native code, and the platform is another",
            hint="see that setuptools is installed beside kb (it is in requirements.lock), or "
            "make the bundle on a machine of the target's kind",
        )
    source.unlink()


def _requirement(wheel: Path) -> str:
    name, version = pinned(wheel.name)
    with wheel.open("rb") as file:
        return f"{name}=={version} --hash=sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _package_files(name: str) -> Iterator[tuple[str, Path]]:
    found = importlib.util.find_spec(name)
    for place in (found and found.submodule_search_locations) or ():
        # In a source tree kb/pipelines is a link to the folder beside kb.
        for folder, _, files in os.walk(place, followlinks=True):
            for path in (Path(folder, file) for file in files):
                inside = path.relative_to(place)
                if not any(part.startswith((".", "__pycache__")) for part in inside.parts):
                    yield f"{name}/{inside.as_posix()}", path


def _write_wheel(target: Path, info: str, files: dict[str, Path | bytes]) -> Path:
    """The same files give the same wheel (PEP 427): sorted, without times, RECORD last."""
    record: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            content = files[name]
            data = content if isinstance(content, bytes) else content.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            record.append(f"{_quoted(name)},sha256={digest},{len(data)}\n")
            _add(archive, name, data)
        record.append(f"{info}/RECORD,,\n")
        _add(archive, f"{info}/RECORD", "".join(record).encode())
    return target


def _quoted(name: str) -> str:
    return f'"{name}"' if "," in name or '"' in name else name


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    archive.writestr(entry, data)


def chosen(wheels: Iterable[Entry], names: frozenset[str]) -> list[Entry]:
    """The wheels of these projects."""
    found = (entry for entry in wheels if entry.path.endswith(".whl"))
    return [entry for entry in found if pinned(entry.path.rpartition("/")[2])[0] in names]
