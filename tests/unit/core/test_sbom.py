"""The software bill of materials, read back by CycloneDX's own library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from cyclonedx.model import HashAlgorithm
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from kb import lockfile, sbom

REPOSITORY = Path(__file__).parents[3]
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
ONE = f"""
Some_Package==1.0+local ; python_full_version < '3.12' \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
"""


@pytest.fixture(scope="module")
def bom() -> Bom:
    read: Bom = Bom.from_json(json.loads(sbom.document(LOCK)))  # type: ignore[attr-defined]
    return read


def test_every_package_of_the_lock_is_in_it_with_its_files_hashes(bom: Bom) -> None:
    # Counted apart from kb/lockfile.py, by what pip itself looks for.
    lines = [line.split(" ")[0] for line in LOCK.splitlines() if line and line[0].isalnum()]
    assert sorted(lines) == sorted(f"{one.name}=={one.version}" for one in bom.components)
    assert sum(len(one.hashes) for one in bom.components) == LOCK.count("--hash=sha256:")
    assert all(one.hashes for one in bom.components)
    algorithms = {digest.alg for one in bom.components for digest in one.hashes}
    assert algorithms == {HashAlgorithm.SHA_256}


def test_a_component_has_a_package_url_that_the_standard_reads(bom: Bom) -> None:
    for one in bom.components:
        assert one.purl == PackageURL("pypi", None, one.name, one.version)


def test_the_librarys_own_output_of_it_says_the_same(bom: Bom) -> None:
    ours = json.loads(sbom.document(LOCK))
    theirs = json.loads(JsonV1Dot6(bom).output_as_string())
    assert theirs["specVersion"] == ours["specVersion"]

    def by_reference(components: list[dict[str, object]]) -> dict[object, object]:
        return {one["bom-ref"]: _sorted(one) for one in components}

    assert by_reference(theirs["components"]) == by_reference(ours["components"])


def _sorted(component: dict[str, object]) -> dict[str, object]:
    return {
        key: sorted(value, key=json.dumps) if isinstance(value, list) else value
        for key, value in component.items()
    }


def test_licences_are_what_the_installed_packages_say() -> None:
    components = {one["name"]: one for one in json.loads(sbom.document(LOCK))["components"]}
    assert metadata.metadata("click")["License-Expression"] == "BSD-3-Clause"
    assert components["click"]["licenses"] == [{"expression": "BSD-3-Clause"}]
    with_licence = sum("licenses" in one for one in components.values())
    assert with_licence > 0.9 * len(components)


def test_kb_depends_on_what_its_own_metadata_asks_for() -> None:
    [root] = json.loads(sbom.document(LOCK))["dependencies"]
    names = {purl.removeprefix("pkg:pypi/").split("@")[0] for purl in root["dependsOn"]}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[=>]", line)[0] for line in project["dependencies"]}
    assert root["ref"] == "kb"
    again = (
        "pyproject.toml is newer than what is installed: make setup (pip install --no-deps -e .)"
    )
    assert names == wanted, again


def test_a_marker_and_every_hash_of_an_entry_are_kept() -> None:
    [entry] = lockfile.read(ONE)
    assert entry == lockfile.Locked(
        "some-package", "1.0+local", "python_full_version < '3.12'", ("a" * 64, "b" * 64)
    )
    [component] = json.loads(sbom.document(ONE))["components"]
    assert component["purl"] == "pkg:pypi/some-package@1.0%2Blocal"
    assert component["properties"] == [{"name": "kb:marker", "value": entry.marker}]
    assert "licenses" not in component


@pytest.mark.process
def test_it_is_the_same_to_the_byte_in_every_process() -> None:
    command = [sys.executable, "-m", "kb.sbom"]
    made = [
        subprocess.run(command, capture_output=True, check=True, cwd=REPOSITORY).stdout
        for _ in range(2)
    ]
    assert made[0] == made[1] == sbom.document(LOCK).encode()
