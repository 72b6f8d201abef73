"""`kb bundle` as a user runs it. Without wheels; the models are fakes of some bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Done, Kb
from tests.crash.stub_kb import stub
from tests.pipelines.bundles import EMBEDDING, TEXTS, ingest_into

FIELDS = {"file", "size", "contents", "key", "verified"}


@pytest.fixture
def maker(tmp_path: Path) -> Kb:
    models = tmp_path / "maker/models"
    models.mkdir(parents=True)
    (models / "multilingual-e5-small.gguf").write_bytes(EMBEDDING)
    (models / "qwen2.5-coder-1.5b.gguf").write_bytes(b"GGUF chat")
    return Kb(tmp_path / "maker", models)


@pytest.fixture
def receiver(tmp_path: Path) -> Kb:
    """Its models folder is empty: the real model of the tests' user is none of its business."""
    return Kb(tmp_path / "receiver", tmp_path / "no-models")


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "kb.bundle")


def create(maker: Kb, file: str, *options: str) -> Done:
    done = maker("bundle", "create", file, "--no-wheels", "--json", *options)
    assert done.code == 0, done.err
    return done


def assert_three_lines(done: Done, code: int, reference: str) -> None:
    assert (done.code, done.out) == (code, ""), done.err
    what, why, fix = done.err.splitlines()[-3:]
    assert (what[:6], why[:4], fix[:4]) == ("error:", "why:", "fix:")
    assert what.endswith(f"[{reference}]")


def test_create_and_verify_say_the_same_in_json(maker: Kb, file: str) -> None:
    made = create(maker, file).json
    found = maker("bundle", "verify", file, "--json").json
    assert set(made) >= FIELDS
    assert {name: made[name] for name in FIELDS} == {name: found[name] for name in FIELDS}
    assert made["verified"] is True
    assert made["size"] == Path(file).stat().st_size
    paths = [member["path"] for member in made["contents"]]
    assert {"models/folder/qwen2.5-coder-1.5b.gguf", "share/requirements.lock"} <= {*paths}
    assert "share/sbom.cdx.json" in paths
    assert {"share/README.zh-CN.md", "share/configs/demo.toml", "share/docs/bundle.md"} <= {*paths}


def test_verify_prints_the_readme_in_both_languages(maker: Kb, file: str) -> None:
    create(maker, file, "--no-models")
    printed = maker("bundle", "verify", file).out
    assert "Before you use it" in printed
    assert "使用之前" in printed
    assert "sha256:" in printed


def test_a_key_that_is_not_trusted_is_exit_7(maker: Kb, receiver: Kb, file: str) -> None:
    key = create(maker, file, "--no-models").json["key"]
    for command in (["verify", file], ["install", file]):
        done = receiver("bundle", *command)
        assert_three_lines(done, 7, "bundle-refused")
        assert key in done.err
    assert not receiver.home.exists()


@pytest.mark.parametrize("how", ["option", "variable", "file"])
def test_a_key_is_trusted_by_option_or_configuration(
    maker: Kb, tmp_path: Path, file: str, how: str
) -> None:
    key = create(maker, file, "--no-models").json["key"]
    listed = key if how == "variable" else str(maker.home / "keys/bundle.pub")
    variables = {} if how == "option" else {"KB_BUNDLE__TRUSTED_KEYS": listed}
    receiver = Kb(tmp_path / "receiver", variables=variables)
    options = ["--trust", key] if how == "option" else []
    assert receiver("bundle", "verify", file, *options, "--json").json["key"] == key


def test_an_altered_bundle_is_exit_7(maker: Kb, file: str) -> None:
    create(maker, file, "--no-models")
    content = bytearray(Path(file).read_bytes())
    content[len(content) // 2] ^= 1
    Path(file).write_bytes(content)
    assert_three_lines(maker("bundle", "verify", file), 7, "bundle-refused")


def test_an_index_is_installed_and_taken_back(maker: Kb, receiver: Kb, file: str) -> None:
    ingest_into(maker.home, TEXTS)
    ingest_into(receiver.home, {"old.md": ["before"]})
    made = maker("bundle", "create", file, "--index-only", "--json")
    assert made.code == 0, made.err
    install = ["bundle", "install", file, "--trust", made.json["key"], "--no-doctor", "--json"]
    done = receiver(*install)
    assert done.code == 0, done.err
    assert done.json["generations"] == {"default": 2}
    assert receiver("status", "--json").json["status"]["documents"] == len(TEXTS)
    assert "bundle" in receiver("history").out
    assert receiver("rollback").code == 0
    assert receiver("status", "--json").json["status"]["documents"] == 1


def test_everything_goes_below_the_named_folder(
    maker: Kb, receiver: Kb, file: str, tmp_path: Path
) -> None:
    key = create(maker, file).json["key"]
    target = tmp_path / "target"
    done = receiver("bundle", "install", file, "--to", str(target), "--trust", key)
    assert done.code == 0, done.err
    assert str(target) in done.out
    assert (target / "models/multilingual-e5-small.gguf").read_bytes() == EMBEDDING
    assert f'folder = "{target}/models"' in (target / "config.toml").read_text()
    assert not receiver.home.exists()


def test_a_passphrase_closes_and_opens_it(maker: Kb, file: str, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("correct horse battery\n")
    words = ["--passphrase-file", str(tmp_path / "words")]
    assert create(maker, file, "--no-models", *words).json["encrypted"] is True
    assert_three_lines(maker("bundle", "verify", file), 2, "usage")
    assert maker("bundle", "verify", file, *words, "--json").json["verified"] is True


@pytest.mark.parametrize(
    "options",
    [
        ["--index-only", "--no-models"],
        ["--no-wheels", "--platform", "manylinux_2_28_x86_64"],
        ["--encrypt", "age1", "--no-wheels"],
        ["--platform", "windows"],
        ["--python-version", "2.7"],
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_exit_2(
    maker: Kb, file: str, options: list[str]
) -> None:
    assert_three_lines(maker("bundle", "create", file, *options), 2, "usage")
    assert not Path(file).exists()


def test_a_folder_without_the_wheels_is_exit_2(maker: Kb, file: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = maker("bundle", "create", file, "--wheels", str(tmp_path / "empty"))
    assert_three_lines(done, 2, "usage")
    assert "could not be fetched" in done.err


def test_an_index_that_is_not_there_is_exit_4(maker: Kb, file: str) -> None:
    assert_three_lines(maker("bundle", "create", file, "--index-only"), 4, "nothing-found")


# --- the disk -------------------------------------------------------------------------


@pytest.mark.parametrize("most_bytes", [0, 100, 5_000, 50_000])
def test_a_full_disk_ends_a_creation_with_exit_5(maker: Kb, file: str, most_bytes: int) -> None:
    """RLIMIT_FSIZE: the larger it is the later it hits, from the key to the bundle."""
    limited = stub(maker.home, KB_TEST_MOST_BYTES=str(most_bytes))
    done = limited("bundle", "create", file, "--no-wheels", "--no-models")
    assert_three_lines(done, 5, "store")
    assert [path.name for path in Path(file).parent.iterdir() if "bundle" in path.name] == []
    create(maker, file, "--no-models")


@pytest.mark.parametrize("most_bytes", [10, 1_000])
def test_a_full_disk_ends_an_installation_with_exit_5(
    maker: Kb, tmp_path: Path, file: str, most_bytes: int
) -> None:
    key = create(maker, file).json["key"]
    target = tmp_path / "target"
    install = ["bundle", "install", file, "--to", str(target), "--trust", key, "--no-doctor"]
    limited = stub(maker.home, KB_TEST_MOST_BYTES=str(most_bytes))
    assert_three_lines(limited(*install), 5, "store")
    assert not (target / "config.toml").exists()
    assert not (target / "models").exists()
    assert maker(*install).code == 0


def test_a_target_that_may_not_be_written_is_exit_5(maker: Kb, file: str) -> None:
    key = create(maker, file, "--no-models").json["key"]
    done = maker("bundle", "install", file, "--to", "/sys/kb", "--trust", key)
    assert_three_lines(done, 5, "store")
