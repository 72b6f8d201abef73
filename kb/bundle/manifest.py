"""`manifest.json`, the bundle's first member: what is in it, for which machine, with which sums."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from kb.bundle.invalid import invalid

FORMAT = 1
MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "key.pub"
README = "README.txt"
MOST_BYTES = 16 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the bundle: its path with `/` between the parts, bytes, sha256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that the wheels are for.

    `system` and `machine` as in a wheel's platform tag (`linux`, `x86_64`), `python` is `3.11`,
    `glibc` the oldest one that all wheels run on (`2.28`), empty where none is asked for.
    """

    system: str
    machine: str
    python: str
    glibc: str = ""

    def __str__(self) -> str:
        glibc = f", glibc {self.glibc} or newer" if self.glibc else ""
        return f"{self.system} {self.machine}, Python {self.python}{glibc}"


@dataclass(frozen=True, slots=True)
class CarriedModel:
    """`place` is `folder` or `ollama`; `sha256` is that of the weights."""

    name: str
    role: str
    place: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CarriedIndex:
    """A generation on its way. `format` is its store's FORMAT; the rest as in its manifest."""

    collection: str
    format: str
    documents: int
    chunks: int
    root_hash: str
    embedding: str
    digest: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`created` is UTC, ISO 8601: compared with that of other bundles, never with a clock.

    `target` is None without wheels. `starter` describes what follows the archive, see docs.
    """

    format: int
    kb: str
    created: str
    target: Target | None
    models: tuple[CarriedModel, ...]
    indexes: tuple[CarriedIndex, ...]
    starter: Member | None
    members: tuple[Member, ...]

    def text(self) -> bytes:
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode()

    @property
    def size(self) -> int:
        """Bytes of all members together."""
        return sum(member.size for member in self.members)

    def below(self, folder: str) -> list[Member]:
        """The members in a folder, named as `models/`."""
        return [member for member in self.members if member.path.startswith(folder)]


def parse_manifest(raw: bytes) -> Manifest:
    """Read a manifest whose signature was found good.

    Raises:
        InvalidBundle: another format version, or a path that no bundle of ours has.
    """
    try:
        found = json.loads(raw)
        version = found["format"]
        if version == FORMAT:
            manifest = _manifest(found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise invalid("its manifest cannot be read", f"{type(error).__name__}: {error}") from error
    if version != FORMAT:
        raise invalid(
            f"its format version {version!r} is not known",
            f"this kb reads version {FORMAT}",
            "use the version of kb that made the bundle, or make it again with this one",
        )
    check_paths([member.path for member in manifest.members])
    return manifest


def check_paths(paths: list[str]) -> None:
    """Raises InvalidBundle unless every path stays below the folder it is unpacked into."""
    taken: set[str] = {MANIFEST, SIGNATURE, KEY}
    for path in paths:
        parts = path.split("/")
        if path.startswith("/") or "\\" in path or ".." in parts:
            raise invalid(f"the path {path!r} leads out of it", "a bundle's paths are relative")
        if not all(part.strip(". ") and part.isprintable() for part in parts):
            raise invalid(f"{path!r} is no path", "a part of it is empty or not printable")
        if path in taken:
            raise invalid(f"{path!r} is in it twice", "every path may occur once")
        taken.add(path)
    for path in paths:
        above = path.rpartition("/")[0]
        while above:
            if above in taken:
                raise invalid(f"{above!r} is a file and a folder", f"{path!r} lies below it")
            above = above.rpartition("/")[0]


def _manifest(found: dict[str, Any]) -> Manifest:
    values = dict(found)
    values["target"] = found["target"] and _strict(Target, found["target"])
    values["starter"] = found["starter"] and _strict(Member, found["starter"])
    values["models"] = tuple(_strict(CarriedModel, one) for one in found["models"])
    values["indexes"] = tuple(_strict(CarriedIndex, one) for one in found["indexes"])
    values["members"] = tuple(_strict(Member, one) for one in found["members"])
    manifest = _strict(Manifest, values)
    starter = (manifest.starter,) if manifest.starter else ()
    for member in (*manifest.members, *starter):
        if member.size < 0 or not _SHA256.fullmatch(member.sha256):
            raise ValueError(f"{member.path!r} has no size or no sum")
    return manifest


def _strict(kind: type[T], values: dict[str, Any]) -> T:
    """Every field there, none unknown, each of its own type where that is text or a number."""
    known = {item.name: item.type for item in fields(kind)}  # type: ignore[arg-type]
    if set(values) != set(known):
        raise ValueError(f"unknown or missing fields: {sorted(set(values) ^ set(known))}")
    for name, wanted in known.items():
        if wanted in ("str", "int") and type(values[name]).__name__ != wanted:
            raise TypeError(f"{name} is not {wanted}")
    return kind(**values)
