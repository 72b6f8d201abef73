"""Small bundles, good and forged. Models and wheels in them are fakes of a few bytes."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from kb.bundle import tarring
from kb.bundle.frames import FrameWriter, skippable
from kb.bundle.keys import SigningKey
from kb.bundle.manifest import KEY, MANIFEST, SIGNATURE, CarriedModel, Manifest, Member, Target
from kb.bundle.target import this_machine
from kb.bundle.writing import Entry, measured, write_bundle
from kb.types import Progress

ENTRIES = (
    Entry("README.txt", "Read me. 请先读我。\n".encode()),
    Entry("config.toml", b'# kb\n\n[models]\nchat = "fake"\n'),
    Entry("models/folder/fake.gguf", b"GGUF" + bytes(range(256)) * 40),
    Entry("share/empty", b""),
    Entry("share/手册/" + "很长的名字" * 12 + ".md", b"# title\n"),
)
STARTER = b"PK\x05\x06" + bytes(18)


def silent(progress: Progress) -> None: ...


def manifest_of(entries: Sequence[Entry], starter: bytes = b"") -> Manifest:
    start = Member("starter", len(starter), hashlib.sha256(starter).hexdigest())
    return Manifest(
        format=1,
        kb="0.1.0",
        created="2026-11-25T00:00:00+00:00",
        target=None,
        models=(),
        indexes=(),
        starter=start if starter else None,
        members=measured(entries, silent),
    )


def bundle_of(
    key: SigningKey,
    entries: Sequence[Entry] = ENTRIES,
    manifest: Manifest | None = None,
    starter: bytes = b"",
) -> bytes:
    """A bundle as kb writes it; its manifest may say something else than is true."""
    packed = io.BytesIO()
    told = manifest or manifest_of(entries, starter)
    write_bundle(packed, told, entries, key, starter, silent)
    return packed.getvalue()


# --- forging --------------------------------------------------------------------------


def member(path: str, content: bytes) -> bytes:
    return tarring.header(path, len(content)) + content + tarring.padding(len(content))


def head(key: SigningKey, manifest: bytes, signature: bytes | None = None) -> bytes:
    """The first three members."""
    signed = key.sign(manifest) if signature is None else signature
    line = f"{key.public.line}\n".encode()
    return member(MANIFEST, manifest) + member(SIGNATURE, signed) + member(KEY, line)


def sealed(key: SigningKey, archive: bytes) -> bytes:
    """Any archive at all, compressed and sealed as a bundle is."""
    packed = io.BytesIO()
    frame = FrameWriter(packed)
    frame.write(archive)
    frame.close()
    seal = key.seal(frame.digest)
    return packed.getvalue() + skippable(0, len(seal)) + seal


def forged(key: SigningKey, members: bytes, entries: Sequence[Entry] = ENTRIES) -> bytes:
    """The manifest of `entries`, rightly signed, and other members behind it."""
    return sealed(key, head(key, manifest_of(entries).text()) + members + tarring.END)


def packed(entries: Sequence[Entry]) -> list[bytes]:
    """Each entry as a member."""
    return [member(entry.path, b"".join(entry.blocks())) for entry in entries]


# --- a program of fake wheels ---------------------------------------------------------


def real_pip(folder: Path) -> Path:
    """The pip of this environment, as the wheel that it came in."""
    pip = metadata.distribution("pip")
    package = [one for one in pip.files or () if one.parts[0].startswith("pip")]
    left_out = ("RECORD", "INSTALLER", "REQUESTED")
    files = {
        one.as_posix(): Path(str(one.locate())).read_bytes()
        for one in package
        if one.name not in left_out and one.suffix != ".pyc"
    }
    return fake_wheel(folder, "pip", files, pip.version)


def fake_wheel(folder: Path, name: str, files: dict[str, bytes], version: str = "1.0") -> Path:
    info = f"{name}-{version}.dist-info"
    named = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    content = {
        f"{info}/METADATA": named.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **files,
    }
    record = ""
    target = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, data in content.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
            record += f"{path},sha256={digest},{len(data)}\n"
            archive.writestr(path, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return target


def fake_program(folder: Path) -> list[Entry]:
    """The wheels of a `kb` that only says its name, the real pip, and their lock file."""
    folder.mkdir()
    says = b"import os, sys\nprint('fake kb', os.environ['KB_HOME'], *sys.argv[1:])\n"
    files = {"kb/__init__.py": b"", "kb/cli/__init__.py": b"", "kb/cli/__main__.py": says}
    wheels = [fake_wheel(folder, "kb", files), real_pip(folder)]
    lines = [
        f"{path.name.split('-')[0]}=={path.name.split('-')[1]} "
        f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in wheels
    ]
    return [
        Entry("wheels/requirements.txt", "".join(lines).encode()),
        *(Entry(f"wheels/{path.name}", path) for path in wheels),
    ]


def with_target(manifest: Manifest, target: Target | None = None) -> Manifest:
    return replace(manifest, target=target or this_machine())


def with_model(manifest: Manifest, name: str = "fake") -> Manifest:
    """Says that models/folder/fake.gguf is the embedding model."""
    weights = next(one for one in manifest.members if one.path == "models/folder/fake.gguf")
    return replace(manifest, models=(CarriedModel(name, "embedding", "folder", weights.sha256),))
