"""The file `sources.json` of a collection: the folders that were ingested and their patterns, once
more than in the catalog, so that a catalog that is lost does not take them along.

    {"format": "kb sources 1", "checksum": 1234, "generations": {"00000007": [
        {"label": "docs", "location": "/data/docs", "only": [], "include": [], "exclude": []}]}}

It has the sources of the newest generation and of its parent, and is written before the commit, so
it may be one generation ahead. `checksum` is the CRC-32 of `generations`, as JSON with sorted keys
and without blanks, in UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from zlib import crc32

from kb.index import disk
from kb.index.catalog import Catalog
from kb.index.faults import store_faults
from kb.statefile import read_json
from kb.types import SourceRoot

NAME = "sources.json"

_FORMAT = "kb sources 1"
_LARGEST = 256 << 20


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source as a run remembers it; see SourceRoot. `include` and `exclude` are patterns."""

    label: str
    location: str
    only: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]


Sources = tuple[ListedSource, ...]


def sources_of(catalog: Catalog) -> Sources:
    return tuple(
        ListedSource(one.label, one.location, one.only, *catalog.patterns(one.label))
        for one in catalog.sources()
    )


def put_back(catalog: Catalog, sources: Sources) -> tuple[str, ...]:
    """Add those that a catalog does not have so; their locations."""
    wanting = tuple(one for one in sources if one not in sources_of(catalog))
    for one in wanting:
        catalog.put_source(SourceRoot(one.label, one.location, one.only))
        catalog.set_patterns(one.label, one.include, one.exclude)
    return tuple(one.location for one in wanting)


def write(folder: Path, by_generation: Mapping[int, Sources]) -> None:
    """Replace the file. Raises StoreError."""
    each = {f"{n:08d}": [asdict(one) for one in sources] for n, sources in by_generation.items()}
    text = json.dumps({"format": _FORMAT, "checksum": _checksum(each), "generations": each})
    with store_faults(folder / NAME):
        disk.replace_durably(folder / NAME, f"{text}\n")


def read(folder: Path) -> dict[int, Sources]:
    """By generation; empty where an earlier version of kb wrote the collection.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not hold what was written.
    """
    try:
        found = read_json(folder / NAME, _LARGEST)
    except FileNotFoundError:
        return {}
    try:
        if found["format"] != _FORMAT or found["checksum"] != _checksum(found["generations"]):
            raise ValueError("it does not hold what was written")
        return {
            int(number): tuple(_listed(**one) for one in sources)
            for number, sources in found["generations"].items()
        }
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("it is no list of sources") from error


def problem(folder: Path) -> str:
    """What is wrong with the file; empty where nothing is, or none is there."""
    try:
        read(folder)
    except (OSError, ValueError) as error:
        return f"{NAME}: {error}"
    return ""


def _listed(
    label: str, location: str, only: list[str], include: list[str], exclude: list[str]
) -> ListedSource:
    return ListedSource(label, location, tuple(only), tuple(include), tuple(exclude))


def _checksum(generations: object) -> int:
    text = json.dumps(generations, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return crc32(text.encode("utf-8", "surrogatepass"))
