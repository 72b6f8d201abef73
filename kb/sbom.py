"""The software bill of materials of requirements.lock: CycloneDX 1.6, JSON.

    python -m kb.sbom > sbom.cdx.json        (make sbom)

Written here in one page and not by cyclonedx-python-lib, so that an installed kb can make it for a
bundle; the tests read it with that library. The same lock file in the same environment gives the
same bytes: neither time nor serial number is in it. Standard: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from urllib.parse import quote

from kb import __version__, lockfile
from kb.errors import UsageError
from kb.lockfile import Locked

_NAME = re.compile(r"[\w.-]+")
_CLASSIFIER = "License :: "
_LONGEST_LICENCE = 80

Part = dict[str, object]


def document(lock: str) -> str:
    """The bill of a lock file's text, as JSON: one component an entry, in the lock file's order.

    A component has the sha256 of every file that the lock file accepts for it, one for each
    platform; its licences where the package is installed here and names them; and, as the property
    `kb:marker`, for which Python it is meant. `dependencies` names those that kb itself asks for.
    """
    entries = lockfile.read(lock)
    asked = _asked_for()
    whole = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "kb",
                "name": "kb",
                "version": __version__,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [_component(entry) for entry in entries],
        "dependencies": [
            {"ref": "kb", "dependsOn": [_purl(entry) for entry in entries if entry.name in asked]}
        ],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _asked_for() -> set[str]:
    """The names of the packages that kb's own metadata requires, its extras left out."""
    required = [line for line in metadata.requires("kb") or [] if "extra ==" not in line]
    return {lockfile.normalised(_NAME.findall(line)[0]) for line in required}


def _purl(entry: Locked) -> str:
    return f"pkg:pypi/{entry.name}@{quote(entry.version, safe='')}"


def _component(entry: Locked) -> Part:
    found: Part = {
        "type": "library",
        "bom-ref": _purl(entry),
        "name": entry.name,
        "version": entry.version,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in entry.hashes],
        "purl": _purl(entry),
    }
    if licences := _licences(entry):
        found["licenses"] = licences
    if entry.marker:
        found["properties"] = [{"name": "kb:marker", "value": entry.marker}]
    return found


def _licences(entry: Locked) -> list[Part]:
    """As the installed package of this very version names them: by an SPDX expression, else by
    its classifiers, else in words."""
    try:
        fields = metadata.metadata(entry.name)
    except metadata.PackageNotFoundError:
        return []
    if fields["Version"] != entry.version:
        return []
    if "License-Expression" in fields:
        return [{"expression": fields["License-Expression"]}]
    found = fields.get_all("Classifier", [])
    classifiers = [line for line in found if line.startswith(_CLASSIFIER)]
    names = sorted({line.rpartition(" :: ")[2] for line in classifiers})
    if not names and "License" in fields:
        words = fields["License"].strip()
        # Some packages have the licence's whole text there.
        names = [words] if 0 < len(words) <= _LONGEST_LICENCE and "\n" not in words else []
    return [{"license": {"name": name}} for name in names]


def _main() -> None:
    file = lockfile.find()
    if file is None:
        raise UsageError(
            "there is no requirements.lock beside this kb",
            why="it was not brought along with this installation",
            hint="run it in a source tree: make sbom",
        )
    sys.stdout.write(document(file.read_text("utf-8")))


if __name__ == "__main__":
    _main()
