"""Archives that programs unpack: 7z and RAR, mail folders of Outlook, Windows' help files."""

from __future__ import annotations

import io
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from kb.documents.archives import extracted, limits
from kb.documents.archives.opening import Opened, forget
from kb.documents.parse import parse
from kb.errors import DamagedDocument, LimitExceeded, MissingProgram, ProtectedDocument
from kb.types import ParsedDocument
from tests.unit.documents.samples import parsed

needs_bsdtar = pytest.mark.skipif(not shutil.which("bsdtar"), reason="bsdtar is not installed")


def contents(document: ParsedDocument) -> dict[str, str]:
    assert isinstance(document, Opened)
    return {one.member[-1]: parse(one).text for one in document.members}


def seven_zip(folder: Path, **files: bytes) -> bytes:
    """A 7z, made by bsdtar; `__` in a name stands for `/`."""
    names = []
    for name, data in files.items():
        names.append(name.replace("__", "/"))
        (folder / names[-1]).parent.mkdir(parents=True, exist_ok=True)
        (folder / names[-1]).write_bytes(data)
    made = folder / "made.7z"
    command = ["bsdtar", "--format=7zip", "-cf", str(made), *names]
    subprocess.run(command, cwd=folder, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin"})
    return made.read_bytes()


def number(value: int) -> bytes:
    """A number as RAR 5 has them: seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def block(kind: int, fields: bytes, data: bytes = b"") -> bytes:
    head = number(kind) + (number(2) + number(len(data)) if data else number(0)) + fields
    head = number(len(head)) + head
    return zlib.crc32(head).to_bytes(4, "little") + head + data


RAR = b"Rar!\x1a\x07\x01\x00"


def rar(**files: bytes) -> bytes:
    """A RAR of version 5 whose members are stored."""
    out = RAR + block(1, number(0))
    for name, data in files.items():
        raw = name.replace("__", "/").encode()
        fields = number(4) + number(len(data)) + number(0o100644)
        fields += zlib.crc32(data).to_bytes(4, "little") + number(0) + number(1)
        out += block(2, fields + number(len(raw)) + raw, data)
    return out + block(5, number(0))


@pytest.mark.process
@needs_bsdtar
def test_the_members_of_a_7z_are_documents(tmp_path: Path) -> None:
    data = seven_zip(tmp_path, 合同__价格="泵 350".encode(), a="电话 139".encode())
    document = parsed(tmp_path / "a.7z", data)
    assert contents(document) == {"合同/价格": "泵 350", "a": "电话 139"}


@pytest.mark.process
@needs_bsdtar
def test_the_members_of_a_rar_are_documents(tmp_path: Path) -> None:
    data = rar(合同__价格="泵 350".encode(), b=b"phone 139")
    document = parsed(tmp_path / "a.rar", data)
    assert contents(document) == {"合同/价格": "泵 350", "b": "phone 139"}


@pytest.mark.process
@needs_bsdtar
def test_a_7z_in_a_rar_is_opened(tmp_path: Path) -> None:
    inner = seven_zip(tmp_path, a=b"in both")
    document = parsed(tmp_path / "a.rar", rar(**{"inner.7z": inner}))
    assert isinstance(document, Opened)
    assert contents(parse(document.members[0])) == {"a": "in both"}


@pytest.mark.process
@needs_bsdtar
def test_an_encrypted_archive_is_protected(tmp_path: Path) -> None:
    encryption = number(0) + number(0) + bytes([15]) + bytes(16)  # version, flags, rounds, salt
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.rar", RAR + block(4, encryption) + bytes(64))


@pytest.mark.process
@needs_bsdtar
def test_an_archive_that_unpacks_to_too_much_is_a_limit_of_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.documents.archives.bsdtar.SUSPICIOUS_SIZE", 1 << 20)
    monkeypatch.setattr("kb.documents.archives.bsdtar._HEADS", 1 << 16)
    data = seven_zip(tmp_path, zeros=bytes(8 << 20))
    assert len(data) < 1 << 14
    with pytest.raises(LimitExceeded, match="unpacks to too much") as caught:
        parsed(tmp_path / "a.7z", data)
    cause: BaseException | None = caught.value
    assert isinstance(cause.__cause__ if cause else None, LimitExceeded | limits.ArchiveLimit)


@pytest.mark.process
@needs_bsdtar
def test_a_damaged_archive_is_a_named_failure(tmp_path: Path) -> None:
    data = seven_zip(tmp_path, a=b"a" * 1000)
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "a.7z", data[:-20])


@pytest.mark.parametrize(
    ("name", "head", "package"),
    [
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "libarchive-tools"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "libarchive-tools"),
        ("a.pst", b"!BDN", "pst-utils"),
        ("a.chm", b"ITSF", "libchm-bin"),
        ("a.djvu", b"AT&TFORM", "djvulibre-bin"),
    ],
)
def test_without_its_program_the_failure_names_program_and_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, head: bytes, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgram) as caught:
        parsed(tmp_path / name, head + bytes(100))
    assert name in caught.value.what
    assert "is not on PATH" in caught.value.why
    assert package in caught.value.hint


# --- programs that write into a folder --------------------------------------------------


def stand_in(folder: Path, name: str, script: str) -> str:
    """A PATH on which a program is this shell script."""
    program = folder / "bin" / name
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{program.parent}:/usr/bin:/bin"


_MAIL = "From: a@kb.example\\nTo: b@kb.example\\nSubject: %s\\n\\n合同已签。\\n"
READPST = f"""
while [ "$1" != "-o" ]; do shift; done
mkdir "$2/Inbox"; printf '{_MAIL}' two >"$2/Inbox/10.eml"; printf '{_MAIL}' one >"$2/Inbox/2.eml"
ln -s /etc/passwd "$2/Inbox/link.txt"
"""


@pytest.mark.process
def test_each_mail_of_a_pst_is_a_document_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", stand_in(tmp_path, "readpst", READPST))
    document = parsed(tmp_path / "a.pst", b"!BDN" + bytes(600))
    found = contents(document)
    assert list(found) == ["Inbox/2.eml", "Inbox/10.eml"]
    assert "合同已签。" in found["Inbox/2.eml"]
    assert isinstance(document, Opened)
    assert not document.packed


@pytest.mark.process
def test_the_pages_of_a_help_file_are_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'mkdir "$2/doc"; echo "<p>Pumps weigh 35 kg" >"$2/doc/p.htm"; echo x >"$2/#SYSTEM"'
    monkeypatch.setenv("PATH", stand_in(tmp_path, "extract_chmLib", script))
    document = parsed(tmp_path / "a.chm", b"ITSF" + bytes(600))
    assert contents(document) == {"doc/p.htm": "Pumps weigh 35 kg"}


@pytest.mark.process
def test_a_program_that_writes_too_much_in_many_files_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = 'for i in 1 2 3 4 5 6 7 8; do head -c 200000 /dev/zero >"$2/$i.htm"; done; sleep 60'
    monkeypatch.setenv("PATH", stand_in(tmp_path, "extract_chmLib", script))
    monkeypatch.setattr(
        extracted.Extracted.__init__, "__kwdefaults__", {"most": 1 << 20, "packed": True}
    )
    with pytest.raises(LimitExceeded, match="unpacks to too much"):
        parsed(tmp_path / "a.chm", b"ITSF" + bytes(600))


@pytest.mark.process
def test_what_was_unpacked_is_deleted_when_other_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PATH", stand_in(tmp_path, "extract_chmLib", 'echo a >"$2/a.htm"'))
    parsed(tmp_path / "a.chm", b"ITSF" + bytes(600))
    forget()
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.process
@pytest.mark.skipif(not shutil.which("cjb2"), reason="DjVuLibre is not installed")
@pytest.mark.parametrize("layer", [True, False], ids=["text layer", "scan"])
def test_a_djvu_is_read_by_its_text_layer_or_by_ocr(tmp_path: Path, layer: bool) -> None:
    from tests.unit.documents.samples import picture, texts

    page, made = tmp_path / "page.pbm", tmp_path / "a.djvu"
    buffer = io.BytesIO()
    picture("The pump weighs 35 kg").convert("1").save(buffer, "PPM")
    page.write_bytes(buffer.getvalue())
    subprocess.run(["cjb2", "-dpi", "150", str(page), str(made)], check=True)
    if layer:
        script = tmp_path / "set"
        text = "The keeper of the pump is 张飞."
        script.write_text(f'select 1\nset-txt\n(page 0 0 900 400 "{text}")\n.\nsave\n')
        subprocess.run(["djvused", str(made), "-f", str(script)], check=True)
    document = parsed(made)
    expected = "The keeper of the pump is 张飞." if layer else "The pump weighs 35 kg"
    assert texts(document) == [expected]
    assert [one.page for one in document.elements] == [1]
