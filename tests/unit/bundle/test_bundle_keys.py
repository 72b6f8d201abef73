"""Keys: made once, readable by their owner alone, trusted by line, fingerprint or file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kb.bundle.keys import PublicKey, own_key, trust
from kb.errors import StoreError, UsageError


def test_a_home_has_one_key_pair_for_good(tmp_path: Path) -> None:
    first = own_key(tmp_path).public
    assert own_key(tmp_path).public.line == first.line
    assert (tmp_path / "keys/bundle.pub").read_text() == f"{first.line}\n"


def test_a_key_pair_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    own_key(tmp_path)
    folder = tmp_path / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "bundle.key": 0o600,
        "bundle.pub": 0o600,
    }


@pytest.mark.process
def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not installed")
    own = own_key(tmp_path)
    command = ["ssh-keygen", "-lf", str(tmp_path / "keys/bundle.pub")]
    assert own.public.fingerprint in subprocess.check_output(command, text=True).split()


def test_a_home_trusts_its_own_key_and_no_other(tmp_path: Path) -> None:
    own, other = own_key(tmp_path / "a"), own_key(tmp_path / "b")
    trusted = trust(tmp_path / "a", [])
    assert own.public in trusted
    assert other.public not in trusted


def test_a_home_without_a_key_trusts_nobody_and_makes_none(tmp_path: Path) -> None:
    assert trust(tmp_path, []).fingerprints == frozenset()
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("how", ["line", "line-with-comment", "fingerprint", "file"])
def test_a_key_is_trusted_by_line_fingerprint_or_file(tmp_path: Path, how: str) -> None:
    other = own_key(tmp_path / "other").public
    listed = {
        "line": " ".join(other.line.split()[:2]),
        "line-with-comment": f"{other.line} of the archive",
        "fingerprint": other.fingerprint,
        "file": str(tmp_path / "other/keys/bundle.pub"),
    }[how]
    assert other in trust(tmp_path, [listed])


@pytest.mark.parametrize("listed", ["", "nothing", "ssh-ed25519 AAAA", "ssh-rsa AAAAB3NzaC1yc2E="])
def test_what_is_no_key_is_a_mistake_in_the_configuration(tmp_path: Path, listed: str) -> None:
    with pytest.raises(UsageError, match="is not a public key"):
        trust(tmp_path, [listed])


def test_a_key_file_that_is_damaged_is_not_replaced(tmp_path: Path) -> None:
    own_key(tmp_path)
    (tmp_path / "keys/bundle.key").write_text("-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(StoreError, match="cannot be used"):
        own_key(tmp_path)


def test_a_seal_and_a_signature_are_told_apart(tmp_path: Path) -> None:
    own = own_key(tmp_path)
    assert own.public.sealed(own.seal(b"digest"), b"digest")
    assert not own.public.sealed(own.sign(b"digest"), b"digest")
    assert not own.public.signed(own.seal(b"digest"), b"digest")


def test_a_public_key_is_read_as_openssh_writes_it(tmp_path: Path) -> None:
    own = own_key(tmp_path).public
    assert PublicKey.parse(f"{own.line}\n").line == own.line
