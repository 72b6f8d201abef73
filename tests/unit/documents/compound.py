"""Files of OLE2 ([MS-CFB]), as Outlook and the office programs of 1997 write them, and the mails of
Outlook that lie in one ([MS-OXMSG])."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Union

Folder = Mapping[str, Union[bytes, "Folder"]]
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def compound(tree: Folder) -> bytes:
    """A file with these streams (bytes) and storages (folders)."""
    return _Writer().written(tree)


class _Writer:
    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.sectors = bytearray()
        self.fat: list[int] = []
        self.mini = bytearray()
        self.mini_fat: list[int] = []

    def written(self, tree: Folder) -> bytes:
        self.entries.append(b"")
        child = self.folder(tree)
        start = self.chain(bytes(self.mini)) if self.mini else _END
        self.entries[0] = _entry("Root Entry", 5, child, start, len(self.mini))
        directory = self.chain(b"".join(self.entries), fill=_entry("", 0, _NONE, 0, 0))
        mini_fat = b"".join(struct.pack("<I", one) for one in self.mini_fat)
        mini_start = self.chain(mini_fat, fill=b"\xff" * 4) if mini_fat else _END
        minis = -(-len(mini_fat) // _SECTOR)
        fats = 1
        while fats * 128 < len(self.fat) + fats:
            fats += 1
        first_fat = len(self.fat)
        self.fat += [_FAT] * fats
        table = struct.pack(f"<{len(self.fat)}I", *self.fat).ljust(fats * _SECTOR, b"\xff")
        difat = [*range(first_fat, first_fat + fats)] + [_FREE] * (109 - fats)
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
        head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, directory, 0,
                            _CUTOFF, mini_start, minis, _END, 0)  # fmt: skip
        return head + struct.pack("<109I", *difat) + bytes(self.sectors) + table

    def folder(self, tree: Folder) -> int:
        """The number of the first of its entries, which are a chain of right siblings."""
        names = sorted(tree, key=lambda name: (len(name), name.upper()))
        numbers = range(len(self.entries), len(self.entries) + len(names))
        self.entries += [b""] * len(names)
        for number, name in zip(numbers, names, strict=True):
            content = tree[name]
            right = number + 1 if number + 1 in numbers else _NONE
            if isinstance(content, bytes):
                start = self.stream(content)
                self.entries[number] = _entry(name, 2, _NONE, start, len(content), right)
            else:
                child = self.folder(content)
                self.entries[number] = _entry(name, 1, child, 0, 0, right)
        return numbers[0] if names else _NONE

    def stream(self, content: bytes) -> int:
        if not content:
            return _END
        if len(content) >= _CUTOFF:
            return self.chain(content)
        start, count = len(self.mini_fat), -(-len(content) // _MINI)
        self.mini += content.ljust(count * _MINI, b"\0")
        self.mini_fat += [*range(start + 1, start + count), _END]
        return start

    def chain(self, content: bytes, fill: bytes = b"\0") -> int:
        start, count = len(self.fat), -(-len(content) // _SECTOR)
        missing = count * _SECTOR - len(content)
        self.sectors += content + fill * (missing // len(fill))
        self.fat += [*range(start + 1, start + count), _END]
        return start


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = _NONE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le") if name else b""
    return struct.pack("<64sHBBIII36xIQ", encoded, len(encoded), kind, 1, _NONE, right, child,
                       start, size)  # fmt: skip


Property = str | bytes | int


def outlook_mail(
    properties: Mapping[int, Property], attachments: Sequence[Folder] = (), *, inner: bool = False
) -> Folder:
    """The storage of a mail. `inner`: it is attached to another one."""
    folder = dict(_with_properties(properties, 24 if inner else 32))
    for number, one in enumerate(attachments):
        folder[f"__attach_version1.0_#{number:08X}"] = one
    if not inner:
        folder["__nameid_version1.0"] = {}
    return folder


def attachment(properties: Mapping[int, Property], item: Folder | None = None) -> Folder:
    """The storage of an attachment: a file, or an item of Outlook's own."""
    folder = dict(_with_properties(properties, 8))
    if item is not None:
        folder["__substg1.0_3701000D"] = item
    return folder


def _with_properties(properties: Mapping[int, Property], head: int) -> Folder:
    stream, folder = bytes(head), dict[str, bytes]()
    for number, value in properties.items():
        if isinstance(value, int):
            stream += struct.pack("<HHIQ", 3, number, 6, value)
            continue
        kind = 0x1F if isinstance(value, str) else 0x102
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        stream += struct.pack("<HHIQ", kind, number, 6, len(data))
        folder[f"__substg1.0_{number:04X}{kind:04X}"] = data
    return folder | {"__properties_version1.0": stream}
