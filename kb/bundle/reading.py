"""Reading a bundle in one pass: nothing of it is believed before its signature is found good."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kb.bundle import tarring
from kb.bundle.frames import FrameReader, Source, at_end, read_exactly, skippable
from kb.bundle.invalid import invalid
from kb.bundle.keys import SIGNATURE_BYTES, PublicKey, Trust
from kb.bundle.manifest import (
    KEY,
    MANIFEST,
    MOST_BYTES,
    SIGNATURE,
    Manifest,
    Member,
    parse_manifest,
)
from kb.bundle.writing import MEGABYTE, SEAL, STARTER
from kb.types import Listener, Progress

_BLOCK = 1 << 20
_MOST_KEY = 1 << 10

Begin = Callable[[Manifest], None]
Take = Callable[[Member, Iterator[bytes]], None]


@dataclass(frozen=True, slots=True)
class Signed:
    """A manifest's bytes, signed with this key."""

    text: bytes
    signature: bytes
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle whose every byte was found to be what the key's owner signed."""

    manifest: Manifest
    signed: Signed

    @property
    def key(self) -> PublicKey:
        return self.signed.key


def pass_over(member: Member, blocks: Iterator[bytes]) -> None:
    """A `Take` that keeps nothing."""
    for _ in blocks:
        pass


def read_bundle(
    source: Source,
    trusted: Trust,
    listener: Listener,
    *,
    begin: Begin = lambda manifest: None,
    take: Take = pass_over,
) -> Verified:
    """Verify a bundle, and hand out its members on the way.

    `begin` gets the manifest once its signature is good. `take` gets each member with its blocks,
    which it must draw to the end; the last step of drawing raises when the sum is wrong. Only
    when this function returns was all of it good, the order and the end of the file included.

    Raises:
        InvalidBundle: anything is not as the trusted key's owner signed it.
    """
    frame = FrameReader(source)
    signed = _head(frame, trusted)
    manifest, key = parse_manifest(signed.text), signed.key
    begin(manifest)
    read = 0.0
    for member in manifest.members:
        _expect(frame, member.path, member.size)
        blocks = _blocks(frame, member)

        def counted(member: Member = member, blocks: Iterator[bytes] = blocks) -> Iterator[bytes]:
            nonlocal read
            for block in blocks:
                read += len(block)
                listener(
                    Progress("verify", read / MEGABYTE, manifest.size / MEGABYTE, "MB", member.path)
                )
                yield block

        take(member, counted())
        if next(blocks, None) is not None:
            raise RuntimeError("a member was not drawn to its end")
    _foot(source, frame, manifest, key)
    return Verified(manifest, signed)


def _head(frame: FrameReader, trusted: Trust) -> Signed:
    """The manifest, signed by a trusted key."""
    block = frame.read(tarring.BLOCK)
    size = tarring.first_size(block)
    if size is None or block != tarring.header(MANIFEST, size):
        raise invalid(f"it does not begin with {MANIFEST}", f"there is {tarring.describe(block)}")
    if size > MOST_BYTES:
        raise invalid("its manifest is too large", f"{size} bytes; {MOST_BYTES} are the most")
    text = _content(frame, size)
    _expect(frame, SIGNATURE, SIGNATURE_BYTES)
    signature = _content(frame, SIGNATURE_BYTES)
    block = frame.read(tarring.BLOCK)
    size = tarring.first_size(block)
    if size is None or size > _MOST_KEY or block != tarring.header(KEY, size):
        raise invalid(f"{KEY} is missing", f"in its place is {tarring.describe(block)}")
    line = _content(frame, size)
    try:
        key = PublicKey.parse(line.decode("ascii"))
    except ValueError as error:
        raise invalid(f"{KEY} is no key", str(error)) from error
    if f"{key.line}\n".encode() != line:
        raise invalid(f"{KEY} is not written as kb writes it", "something was added to the key")
    if key not in trusted:
        raise invalid(
            f"its key {key.fingerprint} is not trusted",
            "it is neither this home's own key nor one of [bundle] trusted_keys",
            "if whoever made the bundle confirms this fingerprint by another way: "
            f"--trust {key.fingerprint}",
        )
    if not key.signed(signature, text):
        raise invalid("its signature is wrong", "the manifest is not what the key's owner signed")
    return Signed(text, signature, key)


def _foot(source: Source, frame: FrameReader, manifest: Manifest, key: PublicKey) -> None:
    """The end of the archive, the seal, the starter, the end of the file."""
    end = frame.read(len(tarring.END))
    if end != tarring.END:
        raise invalid(
            "something follows the last member",
            f"there is {tarring.describe(end[: tarring.BLOCK])}",
        )
    frame.finish()
    _expect_frame(source, SEAL, SIGNATURE_BYTES, "the seal")
    if not key.sealed(read_exactly(source, SIGNATURE_BYTES), frame.digest):
        raise invalid("its seal is wrong", "a byte of the file is not what the key's owner wrote")
    if manifest.starter:
        _expect_frame(source, STARTER, manifest.starter.size, "the starter")
        sha256, left = hashlib.sha256(), manifest.starter.size
        while left:
            block = read_exactly(source, min(left, _BLOCK))
            sha256.update(block)
            left -= len(block)
        if sha256.hexdigest() != manifest.starter.sha256:
            raise invalid("its starter is altered", "its sha256 is not the manifest's")
    if not at_end(source):
        raise invalid("something follows its end", "bytes were added to the file")


def _expect_frame(source: Source, number: int, size: int, name: str) -> None:
    wanted = skippable(number, size)
    if read_exactly(source, len(wanted)) != wanted:
        raise invalid(f"{name} is missing", "other bytes are in its place")


def _expect(frame: FrameReader, path: str, size: int) -> None:
    wanted = tarring.header(path, size)
    # Block by block, so that a shorter header is told from the end of the file.
    for start in range(0, len(wanted), tarring.BLOCK):
        block = frame.read(tarring.BLOCK)
        if block != wanted[start : start + tarring.BLOCK]:
            raise invalid(
                f"where {path!r} should be is something else",
                f"there is {tarring.describe(block)}",
            )


def _content(frame: FrameReader, size: int) -> bytes:
    content = frame.read(size)
    _pad(frame, size)
    return content


def _blocks(frame: FrameReader, member: Member) -> Iterator[bytes]:
    left, sha256 = member.size, hashlib.sha256()
    while left:
        block = frame.read(min(left, _BLOCK))
        left -= len(block)
        sha256.update(block)
        yield block
    _pad(frame, member.size)
    if sha256.hexdigest() != member.sha256:
        raise invalid(
            f"{member.path!r} is altered",
            f"its sha256 is {sha256.hexdigest()}, the manifest says {member.sha256}",
        )


def _pad(frame: FrameReader, size: int) -> None:
    wanted = tarring.padding(size)
    if wanted and frame.read(len(wanted)) != wanted:
        raise invalid("there is something between two members", "padding is not empty")
