"""Encryption: what goes in comes out for whom it is meant, and for nobody else."""

from __future__ import annotations

import errno
import io
import os
import threading
from pathlib import Path

import pyrage
import pytest

from kb.bundle.age import Secrets, check_recipients, decrypting, encrypting
from kb.errors import InvalidBundle, KbError, UsageError

PLAIN = os.urandom(70_000) * 3


def identity_in(path: Path) -> str:
    """Write a new identity to a file; its recipient."""
    made = pyrage.x25519.Identity.generate()
    path.write_text(f"# made for a test\n{made}\n")
    return str(made.to_public())


def encrypted(recipients: list[str], passphrase: str = "") -> bytes:
    sink = io.BytesIO()
    with encrypting(sink, recipients, passphrase) as inner:
        for start in range(0, len(PLAIN), 1000):
            inner.write(PLAIN[start : start + 1000])
    return sink.getvalue()


def decrypted(content: bytes, secrets: Secrets) -> bytes:
    with decrypting(io.BytesIO(content), secrets) as source:
        return b"".join(iter(lambda: source.read(4096), b""))


def test_a_recipient_opens_it_with_the_identity(tmp_path: Path) -> None:
    content = encrypted([identity_in(tmp_path / "one"), identity_in(tmp_path / "two")])
    assert PLAIN[:100] not in content
    for name in ("one", "two"):
        assert decrypted(content, Secrets((tmp_path / name,))) == PLAIN


def test_any_age_program_opens_what_is_for_a_recipient(tmp_path: Path) -> None:
    recipient = identity_in(tmp_path / "one")
    identity = pyrage.x25519.Identity.from_str((tmp_path / "one").read_text().splitlines()[1])
    assert pyrage.decrypt(encrypted([recipient]), [identity]) == PLAIN


@pytest.fixture(scope="module")
def for_a_passphrase() -> bytes:
    """Made once: scrypt takes a second each time, and that is its purpose."""
    return encrypted([], "correct horse")


def test_a_passphrase_opens_it(for_a_passphrase: bytes) -> None:
    assert decrypted(for_a_passphrase, Secrets(passphrase="correct horse")) == PLAIN


def test_any_age_program_opens_what_is_for_a_passphrase(for_a_passphrase: bytes) -> None:
    """In two steps, as docs/bundle.md says: the armored part holds the identity for the rest."""
    content = for_a_passphrase
    end = content.index(b"-----END AGE ENCRYPTED FILE-----\n") + 33
    line = pyrage.passphrase.decrypt(content[:end], "correct horse").decode()
    assert pyrage.decrypt(content[end:], [pyrage.x25519.Identity.from_str(line)]) == PLAIN


def test_without_encryption_it_is_the_file_itself() -> None:
    assert encrypted([]) == PLAIN
    assert decrypted(PLAIN, Secrets()) == PLAIN


def test_another_identity_does_not_open_it(tmp_path: Path) -> None:
    content = encrypted([identity_in(tmp_path / "one")])
    identity_in(tmp_path / "two")
    with pytest.raises(InvalidBundle, match="cannot be decrypted"):
        decrypted(content, Secrets((tmp_path / "two",)))


def test_another_passphrase_does_not_open_it(for_a_passphrase: bytes) -> None:
    with pytest.raises(InvalidBundle, match="this passphrase does not open it"):
        decrypted(for_a_passphrase, Secrets(passphrase="battery staple"))


def test_nothing_to_open_it_with_says_what_it_takes(
    tmp_path: Path, for_a_passphrase: bytes
) -> None:
    for content, option in (
        (encrypted([identity_in(tmp_path / "one")]), "--identity"),
        (for_a_passphrase, "--passphrase-file"),
    ):
        with pytest.raises(UsageError) as caught:
            decrypted(content, Secrets())
        assert option in caught.value.hint


@pytest.mark.parametrize("place", [30, 150, 300, 70_000, -1])
def test_an_altered_byte_is_seen(tmp_path: Path, place: int) -> None:
    content = bytearray(encrypted([identity_in(tmp_path / "one")]))
    content[place] ^= 1
    with pytest.raises(KbError):
        decrypted(bytes(content), Secrets((tmp_path / "one",)))


@pytest.mark.parametrize("length", [100, 200, 65_000, -1])
def test_a_cut_is_seen(tmp_path: Path, length: int) -> None:
    content = encrypted([identity_in(tmp_path / "one")])[:length]
    with pytest.raises(InvalidBundle):
        decrypted(content, Secrets((tmp_path / "one",)))


def test_a_reader_that_stops_early_leaves_no_thread_waiting(tmp_path: Path) -> None:
    content = encrypted([identity_in(tmp_path / "one")])
    before = threading.active_count()
    with decrypting(io.BytesIO(content), Secrets((tmp_path / "one",))) as source:
        source.read(1)
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_a_full_disk_is_told_as_the_system_tells_it(tmp_path: Path) -> None:
    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with (
        pytest.raises(OSError, match="No space left"),
        encrypting(Full(), [identity_in(tmp_path / "one")]) as inner,
    ):
        inner.write(PLAIN)


@pytest.mark.parametrize("text", ["", "age1", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA", "alice"])
def test_what_is_no_recipient_is_refused_before_anything_is_written(text: str) -> None:
    with pytest.raises(UsageError, match="is not a recipient"):
        check_recipients([text])
