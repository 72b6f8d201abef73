"""A bundle that is older than what is installed is not installed by mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import OlderBundle, StoreDamaged
from kb.index.generation import Collection
from kb.pipelines.bundle_install import InstallReport, install
from tests.pipelines.bundles import Maker, Receiver, ingest_into, live_texts
from tests.unit.bundle.samples import silent

OLD, NEW = {"a.md": ["what was true in May"]}, {"a.md": ["what is true in June"]}
MAY, JUNE = "1778000000", "1781000000"


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    made = Maker(tmp_path_factory.mktemp("bundles") / "maker")
    made.set_up()
    return made


@pytest.fixture(scope="module")
def made(maker: Maker) -> tuple[Path, Path]:
    """An index of May, and one of June."""
    files = maker.home.with_name("may.bundle"), maker.home.with_name("june.bundle")
    with pytest.MonkeyPatch.context() as patch:
        for one, texts, made_at in zip(files, (OLD, NEW), (MAY, JUNE), strict=True):
            patch.setenv("SOURCE_DATE_EPOCH", made_at)
            ingest_into(maker.home, texts)
            maker.index_only(one)
    return files


def install_anyway(receiver: Receiver, file: Path) -> InstallReport:
    return install(replace(receiver.job(file), allow_older=True), silent)


def test_an_older_bundle_is_refused_and_nothing_changes(
    receiver: Receiver, made: tuple[Path, Path]
) -> None:
    may, june = made
    receiver.install(june)
    before = receiver.files()
    with pytest.raises(OlderBundle, match="older than what is installed") as caught:
        receiver.install(may)
    assert caught.value.exit_code == 2
    assert "2026-05-05" in caught.value.why
    assert "2026-06-09" in caught.value.why
    assert "--allow-older" in caught.value.hint
    assert receiver.files() == before
    assert live_texts(receiver.root) == NEW


def test_a_newer_one_and_the_same_again_are_installed(
    receiver: Receiver, made: tuple[Path, Path]
) -> None:
    may, june = made
    receiver.install(may)
    receiver.install(may)
    receiver.install(june)
    assert live_texts(receiver.root) == NEW


def test_who_asks_for_the_older_one_gets_it_and_it_counts_from_then_on(
    receiver: Receiver, made: tuple[Path, Path]
) -> None:
    may, june = made
    receiver.install(june)
    install_anyway(receiver, may)
    assert live_texts(receiver.root) == OLD
    receiver.install(may)
    receiver.install(june)
    assert live_texts(receiver.root) == NEW


def test_each_part_has_its_own_age(
    maker: Maker,
    receiver: Receiver,
    made: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The models of May do not make an index of June older, nor another collection."""
    may, june = made
    models = tmp_path / "models.bundle"
    receiver.install(june)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", MAY)
    maker.create(models)
    receiver.install(models)
    replace(receiver, collection="law").install(may)
    assert live_texts(receiver.root, "law") == OLD
    with pytest.raises(OlderBundle, match="index-default"):
        receiver.install(may)


def test_a_time_that_nobody_signed_is_not_believed(
    receiver: Receiver, made: tuple[Path, Path]
) -> None:
    may, june = made
    receiver.install(june)
    record = receiver.root / "bundles/index-default"
    found = json.loads(record.read_text())
    older = dict(found)
    receiver_of_may = replace(receiver, root=receiver.root.with_name("other"))
    receiver_of_may.install(may)
    theirs = json.loads((receiver_of_may.root / "bundles/index-default").read_text())
    older["manifest"] = theirs["manifest"]  # with June's signature
    for content in (json.dumps(older), "{}", "[]", "no JSON", '{"manifest": 1}'):
        record.write_text(content)
        with pytest.raises(StoreDamaged, match="cannot be told") as caught:
            receiver.install(may)
        assert caught.value.exit_code == 7
        assert "--allow-older" in caught.value.hint
    install_anyway(receiver, june)
    with pytest.raises(OlderBundle):
        receiver.install(may)


def test_a_record_of_a_key_that_is_not_trusted_is_not_believed(
    tmp_path: Path, receiver: Receiver, made: tuple[Path, Path]
) -> None:
    _, june = made
    receiver.install(june)
    other = Maker(tmp_path / "other-maker")
    other.set_up()
    forged = tmp_path / "forged.bundle"
    other.index_only(forged)
    with pytest.raises(StoreDamaged, match="cannot be told") as caught:
        replace(receiver, trusts=other.fingerprint).install(forged)
    assert "is not trusted" in caught.value.why
    assert Collection(receiver.root, "default").exists()
    assert live_texts(receiver.root) == NEW


def test_what_only_the_owner_of_the_home_can_do_is_to_delete_the_record(
    receiver: Receiver, made: tuple[Path, Path]
) -> None:
    """As SECURITY.md says; the record is his own, and no command in the sandbox writes it."""
    may, june = made
    receiver.install(june)
    (receiver.root / "bundles/index-default").unlink()
    receiver.install(may)
    assert live_texts(receiver.root) == OLD
