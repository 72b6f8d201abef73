"""tar, read where it lies."""

from __future__ import annotations

import tarfile
from typing import BinaryIO

from kb.documents.archives.limits import MOST_MEMBERS, too_many
from kb.documents.archives.members import Entry, named
from kb.documents.formats import Format
from kb.documents.text.encoding import decode_names


class Tar:
    """Links, devices and FIFOs are no documents; what a link points to has its own name."""

    packed = True

    def __init__(self, path: str, file: BinaryIO) -> None:
        self.file = file
        self.tar = tarfile.TarFile(fileobj=file)
        found: list[tarfile.TarInfo] = []
        for info in self.tar:
            if info.isreg():
                found.append(info)
            if len(found) > MOST_MEMBERS:
                raise too_many(path)
        names = decode_names([info.name.encode("utf-8", "surrogateescape") for info in found])
        # What a sparse file takes is not told; one too large for it is refused by its ratio.
        self.entries = named(
            (name, Entry(info.size, 1 if info.issparse() else info.size, info))
            for name, info in zip(names, found, strict=True)
        )

    def read(self, entry: Entry) -> bytes:
        member = self.tar.extractfile(entry.key)
        assert member is not None, "only regular files are listed"
        data = member.read(entry.size)
        if len(data) < entry.size:
            raise EOFError("the archive ends within this member")
        return data

    def close(self) -> None:
        self.tar.close()
        self.file.close()


FORMAT = Format(
    name="tar",
    endings=("tar",),
    kept="each member as a document",
    lost="links, devices",
    recognised=lambda content: content.data[257:262] == b"ustar",
    open=Tar,
)
