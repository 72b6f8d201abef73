"""Writing a bundle: the archive compressed, signed, sealed, with a starter behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.bundle import tarring
from kb.bundle.frames import FrameWriter, Sink, skippable
from kb.bundle.keys import SigningKey
from kb.bundle.manifest import KEY, MANIFEST, SIGNATURE, Manifest, Member
from kb.errors import StoreError
from kb.types import Listener, Progress

_BLOCK = 1 << 20
MEGABYTE = 1e6
SEAL, STARTER = 0, 1
"""Numbers of the skippable frames."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member to be: its path in the bundle, and a file or the bytes themselves."""

    path: str
    content: Path | bytes

    def blocks(self) -> Iterator[bytes]:
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block


def measured(entries: Sequence[Entry], listener: Listener) -> tuple[Member, ...]:
    """Each entry's size and sha256; every file is read once."""
    members = []
    for done, entry in enumerate(entries):
        listener(Progress("sum", done, len(entries), "files", entry.path))
        size, sha256 = 0, hashlib.sha256()
        for block in entry.blocks():
            size += len(block)
            sha256.update(block)
        members.append(Member(entry.path, size, sha256.hexdigest()))
    listener(Progress("sum", len(entries), len(entries), "files"))
    return tuple(members)


def write_bundle(
    sink: Sink,
    manifest: Manifest,
    entries: Sequence[Entry],
    key: SigningKey,
    starter: bytes,
    listener: Listener,
) -> None:
    """Write everything in one pass. `entries` are the manifest's members, in the same order.

    Raises:
        StoreError: a file is not what it was when it was measured.
    """
    text = manifest.text()
    frame = FrameWriter(sink)
    signature, public = key.sign(text), f"{key.public.line}\n".encode()
    for path, content in ((MANIFEST, text), (SIGNATURE, signature), (KEY, public)):
        frame.write(tarring.header(path, len(content)) + content + tarring.padding(len(content)))
    done = 0.0
    for entry, member in zip(entries, manifest.members, strict=True):
        frame.write(tarring.header(member.path, member.size))
        for block in _unchanged(entry, member):
            frame.write(block)
            done += len(block)
            listener(Progress("pack", done / MEGABYTE, manifest.size / MEGABYTE, "MB", member.path))
        frame.write(tarring.padding(member.size))
    frame.write(tarring.END)
    frame.close()
    seal = key.seal(frame.digest)
    sink.write(skippable(SEAL, len(seal)) + seal)
    if starter:
        sink.write(skippable(STARTER, len(starter)) + starter)


def _unchanged(entry: Entry, member: Member) -> Iterator[bytes]:
    size, sha256 = 0, hashlib.sha256()
    for block in entry.blocks():
        size += len(block)
        sha256.update(block)
        if size > member.size:
            break
        yield block
    if (size, sha256.hexdigest()) != (member.size, member.sha256):
        raise StoreError(
            f"{entry.content!s} changed while it was packed",
            why=f"{member.path} is no longer what the manifest says",
            hint="run the command again when nobody writes to it",
        )
