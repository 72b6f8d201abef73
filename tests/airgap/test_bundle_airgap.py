"""A bundle made in one clean folder sets up another one, where there is loopback alone.

Real models, a real index, the real answer. The wheels are 0.4 GB, and installing them takes a
minute or two: that variant runs at night, and in `make test-airgap`.
There nothing of this environment is used on the other side, but the Python it was made from.
KB_TEST_WHEELS names a folder with the wheels, else pip fetches them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import Done, Kb
from tests.conftest import EMBEDDING

QUESTION, ANSWER = "张飞的电话号码", "u987438274"
# A namespace of its own with loopback up, and only that; the command follows.
INSIDE = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


@pytest.fixture
def namespace() -> list[str]:
    for program in ("unshare", "ip"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    if subprocess.run([*INSIDE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow network namespaces")
    return INSIDE


@pytest.fixture
def embedding(tmp_path: Path, models_folder: Path) -> Path:
    """A folder with the embedding model alone, which is a fifteenth of both."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(models_folder / f"{EMBEDDING}.gguf", folder)
    return folder


@pytest.fixture
def maker(tmp_path: Path, models_folder: Path) -> Kb:
    """The connected machine, with one document in its index."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "通讯录.txt").write_text(f"张飞的电话号码是{ANSWER}。", encoding="utf-8")
    made = Kb(tmp_path / "maker", models_folder)
    assert made("ingest", str(docs)).code == 0
    return made


def run(command: Sequence[str], home: Path, seconds: float = 600) -> Done:
    """With nothing of this process's environment but the path to the system's programs."""
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        command,
        env={"HOME": str(home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        cwd=home,
        capture_output=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_a_model_and_an_index_find_in_an_empty_home(
    tmp_path: Path, maker: Kb, embedding: Path, namespace: list[str]
) -> None:
    """Without wheels: for a machine where kb is installed already."""
    file, target = tmp_path / "kb.bundle", tmp_path / "target"
    only = {"KB_MODELS__CHAT": EMBEDDING}  # which a search does not ask
    maker = replace(maker, models_folder=embedding, variables=only)
    made = maker("bundle", "create", str(file), "--no-wheels", "--with-index", "--json")
    assert made.code == 0, made.err
    kb = [*namespace, *maker.command()[:3]]
    install = ["bundle", "install", str(file), "--to", str(target), "--trust", made.json["key"]]
    done = run([*kb, *install, "--no-doctor", "--json"], tmp_path / "user")
    assert done.code == 0, done.err
    assert done.json["generations"] == {"default": 1}
    search = ["search", QUESTION, "--mode", "dense", "--json"]
    found = run([*kb, "--home", str(target), *search], tmp_path / "user")
    assert found.code == 0, found.err
    [hit] = found.json["hits"]
    assert ANSWER in hit["text"]


@pytest.mark.nightly  # its chat model is 1.1 GB, which is written and read seven times
def test_models_and_index_answer_in_an_empty_home(
    tmp_path: Path, maker: Kb, namespace: list[str]
) -> None:
    """Without wheels: for a machine where kb is installed already."""
    file, target = tmp_path / "kb.bundle", tmp_path / "target"
    made = maker("bundle", "create", str(file), "--no-wheels", "--with-index", "--json")
    assert made.code == 0, made.err
    kb = [*namespace, *maker.command()[:3]]
    install = ["bundle", "install", str(file), "--to", str(target), "--trust", made.json["key"]]
    done = run([*kb, *install, "--no-doctor", "--json"], tmp_path / "user")
    assert done.code == 0, done.err
    assert done.json["generations"] == {"default": 1}
    answered = run([*kb, "--home", str(target), "ask", QUESTION, "--json"], tmp_path / "user")
    assert answered.code == 0, answered.err
    assert ANSWER in answered.json["answer"]


@pytest.mark.nightly
def test_a_bare_python_and_one_file_become_a_knowledge_base(
    tmp_path: Path, maker: Kb, namespace: list[str]
) -> None:
    """Everything: the file starts itself with a Python that has no package at all."""
    file, target = tmp_path / "kb.bundle", tmp_path / "target"
    wheels = os.environ.get("KB_TEST_WHEELS")
    given = ["--wheels", wheels] if wheels else []
    made = maker("bundle", "create", str(file), "--with-index", "--json", *given, seconds=1800)
    assert made.code == 0, made.err
    python = os.path.realpath(maker.command()[0])
    start = [*namespace, python, "-I", str(file)]
    refused = run([*start, "install", "--to", str(target)], tmp_path / "user")
    assert refused.code == 7
    assert made.json["key"] in refused.err
    assert not target.exists()
    install = ["install", "--to", str(target), "--trust", made.json["key"], "--json"]
    done = run([*start, *install], tmp_path / "user", seconds=1800)
    assert done.code == 0, done.err
    command = [*namespace, done.json["command"]]
    answered = run([*command, "ask", QUESTION, "--json"], tmp_path / "user")
    assert answered.code == 0, answered.err
    assert ANSWER in answered.json["answer"]
    assert answered.json["citations"][0]["source"] == "通讯录.txt"
    # What it was signed with is trusted from now on, and the program can make bundles itself.
    assert run([*command, "bundle", "verify", str(file)], tmp_path / "user").code == 0
