"""What packages ask of one another: markers (PEP 508), versions (PEP 440), wheels' names (PEP 425).

The only importer of packaging.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename


def applies(marker: str, environment: dict[str, str]) -> bool:
    """Whether a requirement with this marker is meant for such an environment; empty is any."""
    return not marker.strip() or Marker(marker.strip()).evaluate(environment)


def wheel(name: str) -> tuple[str, str, frozenset[str]]:
    """Of a wheel's file name its project and version, normalised, and the platforms of its tags."""
    project, version, _, tags = parse_wheel_filename(name)
    return project, str(version), frozenset(tag.platform for tag in tags)


def unmet(root: str = "kb") -> list[str]:
    """What a package and all that it needs ask for, and what is not installed in a version that
    fits: "numpy 1.0 where kb asks for >=1.26", "rich is missing". Empty where all of it fits.
    A package that is not installed itself asks for nothing."""
    seen: set[str] = set()
    complaints: dict[str, None] = {}
    waiting = [(root, "")]
    while waiting:
        name, extras = waiting.pop()
        for wanted in _asked(name, extras):
            found = _version(wanted.name)
            if found is None:
                complaints[f"{wanted.name} is missing"] = None
            elif not wanted.specifier.contains(found, prereleases=True):
                complaints[f"{wanted.name} {found} where {name} asks for {wanted.specifier}"] = None
            key = f"{canonicalize_name(wanted.name)}[{','.join(sorted(wanted.extras))}]"
            if found is not None and key not in seen:
                seen.add(key)
                waiting.append((wanted.name, ",".join(wanted.extras)))
    return [*complaints]


def _asked(name: str, extras: str) -> Iterator[Requirement]:
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for text in texts:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue  # of old packages; pip would not have installed by it either
        marker = wanted.marker
        if marker is None or any(marker.evaluate({"extra": e}) for e in ("", *extras.split(","))):
            yield wanted


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
