"""One pass over a bundle: what its key's owner signed goes through, everything else is refused.

The bundles are small, with fake models; the format is the real one.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kb.bundle import tarring
from kb.bundle.frames import skippable
from kb.bundle.keys import SigningKey, Trust, own_key, trust
from kb.bundle.manifest import Member
from kb.bundle.reading import Verified, read_bundle
from kb.bundle.writing import Entry, write_bundle
from kb.errors import InvalidBundle, StoreError
from tests.unit.bundle.samples import (
    ENTRIES,
    STARTER,
    bundle_of,
    forged,
    head,
    manifest_of,
    member,
    packed,
    sealed,
    silent,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def key(home: Path) -> SigningKey:
    return own_key(home)


@pytest.fixture(scope="module")
def trusted(home: Path, key: SigningKey) -> Trust:
    return trust(home, [])


def read(bundle: bytes, trusted: Trust) -> tuple[Verified, dict[str, bytes]]:
    found: dict[str, bytes] = {}

    def take(member: Member, blocks: Iterator[bytes]) -> None:
        found[member.path] = b"".join(blocks)

    return read_bundle(io.BytesIO(bundle), trusted, silent, take=take), found


def why_refused(bundle: bytes, trusted: Trust) -> str:
    """What and why, in one line; exit code 7, and three lines as ever."""
    with pytest.raises(InvalidBundle) as caught:
        read(bundle, trusted)
    what, why, fix = caught.value.lines()
    assert (caught.value.exit_code, what[:29]) == (7, "error: the bundle is invalid:")
    assert what.endswith("[bundle-refused]")
    assert fix.startswith("fix:   ")
    return f"{what} {why}"


# --- what is good ---------------------------------------------------------------------


def test_what_goes_in_comes_out(key: SigningKey, trusted: Trust) -> None:
    verified, found = read(bundle_of(key, starter=STARTER), trusted)
    assert verified.key.fingerprint == key.public.fingerprint
    assert found == {entry.path: entry.content for entry in ENTRIES}


def test_the_same_input_gives_the_same_bytes(key: SigningKey) -> None:
    assert bundle_of(key, starter=STARTER) == bundle_of(key, starter=STARTER)


@pytest.mark.process
def test_zstd_and_tar_unpack_it_too(key: SigningKey, tmp_path: Path) -> None:
    if not shutil.which("zstd") or not shutil.which("tar"):
        pytest.skip("zstd or tar is not installed")
    (tmp_path / "x").write_bytes(bundle_of(key, starter=STARTER))
    done = subprocess.run(
        f"zstd -dc {tmp_path}/x | tar -C {tmp_path} -xf -", shell=True, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    for entry in ENTRIES:
        assert (tmp_path / entry.path).read_bytes() == entry.content


def test_a_file_above_eight_gibibytes_has_a_header_that_tar_reads() -> None:
    size = 40 << 30
    first = io.BytesIO(tarring.header("models/large.gguf", size))
    with tarfile.open(fileobj=first, mode="r:") as archive:
        info = archive.next()
    assert info is not None
    assert (info.name, info.size, info.isreg()) == ("models/large.gguf", size, True)


@pytest.mark.parametrize("size", [1, 99, 100, 101, 250, 900])
def test_a_long_path_has_a_header_that_tar_reads(size: int) -> None:
    path = "长" * size
    with tarfile.open(fileobj=io.BytesIO(tarring.header(path, 0)), mode="r:") as archive:
        assert archive.getnames() == [path]


def test_the_time_of_making_is_told_and_not_compared(key: SigningKey, trusted: Trust) -> None:
    """A clock before the build date, or one that was never set, does not matter."""
    later = replace(manifest_of(ENTRIES), created="2999-01-01T00:00:00+00:00")
    assert read(bundle_of(key, manifest=later), trusted)[0].manifest.created.startswith("2999")


# --- altered --------------------------------------------------------------------------


def test_one_flipped_bit_anywhere_is_seen(key: SigningKey, trusted: Trust) -> None:
    """In every region: magic number, manifest, signature, key, members, seal, starter."""
    good = bundle_of(key, starter=STARTER)
    choose = random.Random(6)
    places = {*range(64), *range(len(good) - 128, len(good))}
    places |= {choose.randrange(len(good)) for _ in range(400)}
    for place in sorted(places):
        bad = bytearray(good)
        bad[place] ^= 1 << choose.randrange(8)
        with pytest.raises(InvalidBundle):
            read(bytes(bad), trusted)


def test_a_file_that_is_cut_off_is_seen_wherever(key: SigningKey, trusted: Trust) -> None:
    good = bundle_of(key, starter=STARTER)
    for length in [*range(0, len(good) - 130, 97), *range(len(good) - 130, len(good))]:
        assert "too early" in why_refused(good[:length], trusted)


@pytest.mark.parametrize("tail", [b"\0", skippable(1, 0), bytes(1024)])
def test_bytes_behind_the_end_are_seen(key: SigningKey, trusted: Trust, tail: bytes) -> None:
    assert "something follows its end" in why_refused(bundle_of(key) + tail, trusted)


def test_an_altered_starter_is_named(key: SigningKey, trusted: Trust) -> None:
    good = bundle_of(key, starter=STARTER)
    assert "its starter is altered" in why_refused(good[:-1] + b"\1", trusted)


def test_an_altered_member_is_named_though_all_is_sealed_anew(
    key: SigningKey, trusted: Trust
) -> None:
    members = packed(ENTRIES)
    members[2] = members[2].replace(b"GGUF", b"GGUX")
    assert "'models/folder/fake.gguf' is altered" in why_refused(
        forged(key, b"".join(members)), trusted
    )


# --- who signed it --------------------------------------------------------------------


def test_a_key_that_is_not_trusted_is_named(tmp_path: Path, trusted: Trust) -> None:
    stranger = own_key(tmp_path)
    told = why_refused(bundle_of(stranger), trusted)
    assert stranger.public.fingerprint in told
    assert "not trusted" in told


def test_a_signature_by_another_key_is_wrong(
    key: SigningKey, trusted: Trust, tmp_path: Path
) -> None:
    text = manifest_of(ENTRIES).text()
    signature = own_key(tmp_path).sign(text)
    archive = head(key, text, signature) + b"".join(packed(ENTRIES)) + tarring.END
    assert "its signature is wrong" in why_refused(sealed(key, archive), trusted)


def test_a_signature_of_another_bundle_is_wrong(key: SigningKey, trusted: Trust) -> None:
    signature = key.sign(manifest_of(ENTRIES[:2]).text())
    text = manifest_of(ENTRIES).text()
    archive = head(key, text, signature) + b"".join(packed(ENTRIES)) + tarring.END
    assert "its signature is wrong" in why_refused(sealed(key, archive), trusted)


def test_a_manifests_signature_is_no_seal(key: SigningKey, trusted: Trust) -> None:
    """And the seal is by the same key: a stranger cannot pack good members in other bytes."""
    good = bundle_of(key)
    signature = key.sign(manifest_of(ENTRIES).text())
    assert "its seal is wrong" in why_refused(good[:-64] + signature, trusted)


def test_an_unsigned_archive_is_refused(key: SigningKey, trusted: Trust) -> None:
    text = manifest_of(ENTRIES).text()
    archive = member("manifest.json", text) + b"".join(packed(ENTRIES)) + tarring.END
    assert "where 'manifest.sig' should be" in why_refused(sealed(key, archive), trusted)


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"\x1f\x8b\x08", b"#!/bin/sh\n" * 100])
def test_what_is_no_bundle_is_refused(content: bytes, trusted: Trust) -> None:
    why_refused(content, trusted)


# --- other members than those of the manifest -----------------------------------------


def test_a_missing_member_is_named(key: SigningKey, trusted: Trust) -> None:
    members = packed(ENTRIES)
    told = why_refused(forged(key, b"".join(members[:2] + members[3:])), trusted)
    assert "where 'models/folder/fake.gguf' should be" in told
    assert "'share/empty' of 0 bytes" in told


def test_a_missing_last_member_is_named(key: SigningKey, trusted: Trust) -> None:
    assert "the end of the archive" in why_refused(
        forged(key, b"".join(packed(ENTRIES)[:-1])), trusted
    )


def test_an_appended_member_is_named(key: SigningKey, trusted: Trust) -> None:
    extra = b"".join(packed([*ENTRIES, Entry("share/extra.sh", b"echo\n")]))
    told = why_refused(forged(key, extra), trusted)
    assert "something follows the last member" in told
    assert "'share/extra.sh'" in told


def test_members_in_another_order_are_refused(key: SigningKey, trusted: Trust) -> None:
    members = packed(ENTRIES)
    members[1], members[2] = members[2], members[1]
    assert "where 'config.toml' should be" in why_refused(forged(key, b"".join(members)), trusted)


def test_a_member_that_comes_twice_is_refused(key: SigningKey, trusted: Trust) -> None:
    members = packed(ENTRIES)
    told = why_refused(forged(key, b"".join([members[0], members[0], *members[1:]])), trusted)
    assert "where 'config.toml' should be" in told
    assert "'README.txt'" in told


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.FIFOTYPE, "a pipe"),
        (tarfile.DIRTYPE, "a folder"),
        (tarfile.GNUTYPE_SPARSE, "a sparse file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_but_a_file_is_refused_and_named(
    key: SigningKey, trusted: Trust, kind: bytes, name: str
) -> None:
    info = tarfile.TarInfo("config.toml")
    info.type, info.linkname = kind, "/etc/passwd"
    members = packed(ENTRIES)
    members[1] = info.tobuf(tarfile.USTAR_FORMAT)
    told = why_refused(forged(key, b"".join(members)), trusted)
    assert "where 'config.toml' should be" in told
    assert name in told


def test_a_file_of_another_owner_or_mode_is_refused(key: SigningKey, trusted: Trust) -> None:
    info = tarfile.TarInfo("share/empty")
    info.mode = 0o4755
    members = packed(ENTRIES)
    members[3] = info.tobuf(tarfile.USTAR_FORMAT)
    assert "where 'share/empty'" in why_refused(forged(key, b"".join(members)), trusted)


# --- a trusted key's owner who means harm ---------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../evil",
            "/etc/cron.d/evil",
            "a/../../evil",
            "a//b",
            "a/./b",
            "",
            ".",
            "..",
            "a\\..\\b",
        ),
        *("a/\0", "a/\n", "a/ ", "manifest.json", "key.pub", "share/empty/below", "config.toml"),
    ],
)
def test_a_path_that_leads_astray_is_refused(key: SigningKey, trusted: Trust, path: str) -> None:
    told = json.loads(manifest_of(ENTRIES).text())
    told["members"].append({"path": path, "size": 0, "sha256": "0" * 64})
    archive = head(key, json.dumps(told).encode()) + b"".join(packed(ENTRIES)) + tarring.END
    why_refused(sealed(key, archive), trusted)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"members": None},
        {"members": [{"path": "x"}]},
        {"members": [{"path": "x", "size": -1, "sha256": "0" * 64}]},
        {"members": [{"path": "x", "size": 1.5, "sha256": "0" * 64}]},
        {"surprise": 1},
        {"target": []},
    ],
    ids=str,
)
def test_a_manifest_that_is_none_is_refused(
    key: SigningKey, trusted: Trust, change: dict[str, object]
) -> None:
    told = {**json.loads(manifest_of(ENTRIES).text()), **change}
    why_refused(sealed(key, head(key, json.dumps(told).encode()) + tarring.END), trusted)


def test_a_bomb_is_not_read_beyond_what_the_manifest_says(key: SigningKey, trusted: Trust) -> None:
    """64 MiB of zeros pack into some kB; the first header that is not expected ends it."""
    members = [*packed(ENTRIES)[:-1], member("bomb", bytes(64 << 20))]
    told = why_refused(forged(key, b"".join(members)), trusted)
    assert "'bomb' of 67108864 bytes" in told


def test_a_manifest_beyond_bounds_is_refused_unread(key: SigningKey, trusted: Trust) -> None:
    archive = tarring.header("manifest.json", 1 << 30) + bytes(1024)
    assert "its manifest is too large" in why_refused(sealed(key, archive), trusted)


# --- writing --------------------------------------------------------------------------


def test_a_file_that_changes_while_it_is_packed_ends_the_run(
    key: SigningKey, tmp_path: Path
) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"before")
    entries = [Entry("models/folder/model.gguf", path)]
    manifest = manifest_of(entries)
    path.write_bytes(b"after!")
    with pytest.raises(StoreError, match="changed while it was packed"):
        write_bundle(io.BytesIO(), manifest, entries, key, b"", silent)
