"""Archives: their members are documents, under safe names, within limits."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import io
import lzma
import os
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.documents.archives import limits
from kb.documents.archives.opening import Opened, forget
from kb.documents.parse import parse
from kb.documents.pool.workers import ParsedChunks, ParsePool
from kb.errors import (
    DamagedDocument,
    EmptyDocument,
    LimitExceeded,
    ProtectedDocument,
    UnreadableFile,
    UnsupportedFormat,
)
from kb.types import Failure, SourceFile
from tests.unit.documents.pool import hostile
from tests.unit.documents.samples import archive, parsed, source, word, workbook


@pytest.fixture(scope="module")
def pool() -> Iterator[ParsePool]:
    with ParsePool(2, seconds_per_file=60) as shared_pool:
        yield shared_pool


def tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as file:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def legacy_zip(encoding: str, **members: str) -> bytes:
    """A ZIP of a program that writes names in its machine's code page and does not say so."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, text in members.items():
            info = zipfile.ZipInfo("x" * len(name.encode(encoding)))
            file.writestr(info, text)
    data = buffer.getvalue()
    for name in members:
        raw = name.encode(encoding)
        data = data.replace(b"x" * len(raw), raw, 2)
    return data


def names(path: Path, data: bytes) -> list[str]:
    opened = parsed(path, data)
    assert isinstance(opened, Opened)
    return [member.member[-1] for member in opened.members]


def results(pool: ParsePool, *paths: Path) -> list[ParsedChunks | Failure]:
    return list(pool.results([source(path) for path in paths]))


def path_of(result: ParsedChunks | Failure) -> str:
    return result.path if isinstance(result, Failure) else result.source.path


@pytest.mark.process
def test_each_member_is_a_document_and_the_archive_comes_after_them(
    pool: ParsePool, tmp_path: Path
) -> None:
    inner = archive(**{"note.md": "# Note\n\nThe pump weighs 35 kg."})
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{"x__b.docx": word([("Normal", "正文")]), "inner.zip": inner}))
    found = results(pool, path)
    order = [path_of(result) for result in found]
    assert sorted(order) == [
        "a.zip", "a.zip!/inner.zip", "a.zip!/inner.zip!/note.md", "a.zip!/x/b.docx",
    ]  # fmt: skip
    assert order[-1] == "a.zip"
    assert order.index("a.zip!/inner.zip!/note.md") < order.index("a.zip!/inner.zip")
    by_path = {path_of(result): result for result in found if isinstance(result, ParsedChunks)}
    note = by_path["a.zip!/inner.zip!/note.md"]
    assert (note.source.member, note.source.location) == (("inner.zip", "note.md"), str(path))
    assert (note.source.size, note.source.mtime_ns) == (30, path.stat().st_mtime_ns)
    assert len(note.source.sha256) == 64
    assert note.chunks[0].text.endswith("The pump weighs 35 kg.")
    whole = by_path["a.zip"]
    assert (whole.chunks, whole.characters, whole.title) == ((), 0, "a.zip")


def test_a_member_can_be_parsed_by_itself(tmp_path: Path) -> None:
    opened = parsed(tmp_path / "a.zip", archive(**{"a.txt": "one", "b.txt": "two"}))
    assert isinstance(opened, Opened)
    forget()
    assert [parse(member).text for member in opened.members] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.tar", tar({"x/b.txt": b"two"})),
        ("a.tar.gz", tar({"x/b.txt": b"two"}, "w:gz")),
        ("a.tgz", gzip.compress(tar({"x/b.txt": b"two"}))),
        ("a.tar.bz2", bz2.compress(tar({"x/b.txt": b"two"}))),
        ("a.tar.xz", lzma.compress(tar({"x/b.txt": b"two"}))),
        ("a zip without its ending", archive(x__b=b"", **{"x__b.txt": "two"})),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_kinds_of_archives(tmp_path: Path, name: str, data: bytes) -> None:
    opened = parsed(tmp_path / name, data)
    assert isinstance(opened, Opened)
    member = opened.members[-1]
    assert member.path == f"{name}!/x/b.txt"
    assert parse(member).text == "two"


def test_a_single_compressed_file_has_one_member(tmp_path: Path) -> None:
    data = gzip.compress("姓名,电话\n张飞,u987438274\n".encode())
    opened = parsed(tmp_path / "phones.csv.gz", data)
    assert isinstance(opened, Opened)
    assert [member.path for member in opened.members] == ["phones.csv.gz!/phones.csv"]
    assert parse(opened.members[0]).text == "姓名: 张飞 | 电话: u987438274"


@pytest.mark.process
def test_a_member_that_cannot_be_read_is_a_failure_beside_its_neighbours(
    pool: ParsePool, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{"empty.txt": b"", "x.bin": bytes(range(256)), "good.txt": b"yes"}))
    found = {path_of(result): result for result in results(pool, path)}
    empty, unknown = found["a.zip!/empty.txt"], found["a.zip!/x.bin"]
    assert isinstance(empty, Failure)
    assert isinstance(unknown, Failure)
    assert (empty.reference, unknown.reference) == ("empty-document", "unsupported-format")
    # The next run compares failures with files: a member's goes by its file.
    status = path.stat()
    assert (empty.size, empty.mtime_ns) == (status.st_size, status.st_mtime_ns)
    assert isinstance(found["a.zip!/good.txt"], ParsedChunks)
    assert isinstance(found["a.zip"], ParsedChunks)


@pytest.mark.process
def test_a_truncated_archive_is_one_failure(pool: ParsePool, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{"a.txt": os.urandom(9000)})[:5000])
    (failure,) = results(pool, path)
    assert isinstance(failure, Failure)
    assert (failure.path, failure.reference) == ("a.zip", "damaged-document")


# --- names ----------------------------------------------------------------------------


def test_names_cannot_lead_anywhere(tmp_path: Path) -> None:
    data = tar({"../../etc/a.txt": b"1", "/b.txt": b"2", "C:\\x\\c.txt": b"3", "d\n.txt": b"4"})
    assert names(tmp_path / "a.tar", data) == ["etc/a.txt", "b.txt", "x/c.txt", "d_.txt"]


def test_a_name_that_is_there_twice_gets_a_number(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "first")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a.txt", "second")
    opened = parsed(tmp_path / "a.zip", buffer.getvalue())
    assert isinstance(opened, Opened)
    assert {member.path: parse(member).text for member in opened.members} == {
        "a.zip!/a.txt": "first",
        "a.zip!/a (2).txt": "second",
    }


def test_what_a_scan_skips_is_skipped_here_too(tmp_path: Path) -> None:
    junk = ["__MACOSX__._a.txt", ".DS_Store", "x__Thumbs.db", ".git__config", "~$a.docx", "b~"]
    data = archive(**dict.fromkeys(junk, "junk"), **{"a.txt": "text"})
    assert names(tmp_path / "a.zip", data) == ["a.txt"]


def test_links_and_devices_in_a_tar_are_no_documents(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"odd {kind!r}")
            info.type, info.linkname = kind, "/etc/passwd"
            file.addfile(info)
        info = tarfile.TarInfo("a.txt")
        info.size = 4
        file.addfile(info, io.BytesIO(b"text"))
    assert names(tmp_path / "a.tar", buffer.getvalue()) == ["a.txt"]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gbk", "合同/电话簿.txt"),
        ("big5", "電話號碼.txt"),
        ("cp932", "文章1.txt"),
        ("cp437", "Größe.txt"),
        ("utf-8", "手册.txt"),
    ],
)
def test_names_in_an_undeclared_encoding_are_guessed(
    tmp_path: Path, encoding: str, name: str
) -> None:
    assert names(tmp_path / "a.zip", legacy_zip(encoding, **{name: "text"})) == [name]


def test_chinese_names_in_a_tar_of_an_old_machine(tmp_path: Path) -> None:
    raw = "电话簿.txt".encode("gbk").decode("utf-8", "surrogateescape")
    assert names(tmp_path / "a.tar", tar({raw: b"text"})) == ["电话簿.txt"]


# --- limits ---------------------------------------------------------------------------


def test_an_archive_that_is_encrypted_needs_a_password(tmp_path: Path) -> None:
    data = bytearray(archive(**{"a.txt": "secret"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.zip", bytes(data))


def test_one_encrypted_member_fails_alone(tmp_path: Path) -> None:
    data = bytearray(archive(**{"a.txt": "secret", "b.txt": "open"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    opened = parsed(tmp_path / "a.zip", bytes(data))
    assert isinstance(opened, Opened)
    with pytest.raises(ProtectedDocument):
        parse(opened.members[0])
    assert parse(opened.members[1]).text == "open"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    opened = parsed(tmp_path / "a.zip", archive(**{"a.txt": b"\0" * (65 << 20), "b.txt": b"well"}))
    assert isinstance(opened, Opened)
    with pytest.raises(LimitExceeded, match=r"'a\.zip!/a\.txt' unpacks to too much"):
        parse(opened.members[0])
    assert parse(opened.members[1]).text == "well"
    with pytest.raises(LimitExceeded, match=r"'b\.zip' unpacks to too much"):
        parsed(tmp_path / "b.zip", archive(**{"a.txt": b"\0" * (65 << 20)}))
    with pytest.raises(LimitExceeded, match="unpacks to too much"):
        parsed(tmp_path / "a.txt.gz", gzip.compress(b"\0" * (65 << 20)))


@pytest.mark.process
def test_too_many_members_are_refused(tmp_path: Path, pool: ParsePool) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{f"{n}.txt": "" for n in range(limits.MOST_MEMBERS + 1)}))
    (failure,) = results(pool, path)
    assert isinstance(failure, Failure)
    assert failure.reference == "limit-exceeded"


@pytest.mark.process
def test_archives_are_opened_three_deep(pool: ParsePool, tmp_path: Path) -> None:
    data = archive(**{"text.txt": "deep"})
    for level in range(3):
        data = archive(**{f"{level}.zip": data, f"{level}.txt": b"text"})
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    found = {path_of(result): result for result in results(pool, path)}
    deepest = found["a.zip!/2.zip!/1.zip!/0.zip"]
    assert isinstance(deepest, Failure)
    assert "lies too deep" in deepest.message
    assert isinstance(found["a.zip!/2.zip!/1.zip!/0.txt"], ParsedChunks)
    assert isinstance(found["a.zip"], ParsedChunks)


@pytest.mark.process
def test_a_file_of_nested_bombs_is_given_up(pool: ParsePool, tmp_path: Path) -> None:
    bomb = archive(**{"a.txt": b"\0" * (65 << 20)})
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{f"{n}.zip": bomb for n in range(30)}))
    found = results(pool, path)
    assert len(found) == 11
    assert path_of(found[-1]) == "a.zip"
    assert all(isinstance(one, Failure) for one in found)
    assert {one.reference for one in found if isinstance(one, Failure)} == {"limit-exceeded"}


def test_an_archive_without_files_is_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument, match="no file in"):
        parsed(tmp_path / "a.zip", archive(**{".hidden": "x"}))


@pytest.mark.parametrize("marker", ["[Content_Types].xml", "mimetype", "META-INF__MANIFEST.MF"])
def test_a_programs_own_package_is_no_archive(tmp_path: Path, marker: str) -> None:
    with pytest.raises(UnsupportedFormat, match="no parser reads"):
        parsed(tmp_path / "a.pkg", archive(**{marker: "x", "a.txt": "text"}))


# --- the bytes of one file ------------------------------------------------------------


def test_a_member_of_a_file_that_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    opened = parsed(path, archive(**{"a.txt": "old"}))
    assert isinstance(opened, Opened)
    path.write_bytes(archive(**{"a.txt": "new"}))
    os.utime(path, ns=(1, 1))
    with pytest.raises(UnreadableFile, match="changed while it was read"):
        parse(opened.members[0])


@pytest.mark.process
def test_a_file_that_changes_meanwhile_is_a_failure_at_its_end(
    pool: ParsePool, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{"a.txt": "text"}))
    found = []
    for result in pool.results([source(path)]):
        found.append(result)
        path.write_bytes(archive(**{"a.txt": "text", "b.txt": "more"}))
    assert isinstance(found[0], ParsedChunks)
    assert isinstance(found[1], Failure)
    assert "changed while it was read" in found[1].message


def test_a_damaged_member_is_named(tmp_path: Path) -> None:
    data = bytearray(archive(**{"a.txt": os.urandom(1000), "b.txt": b"text"}))
    data[200] ^= 0xFF
    opened = parsed(tmp_path / "a.zip", bytes(data))
    assert isinstance(opened, Opened)
    with pytest.raises(DamagedDocument, match=r"a\.zip!/a\.txt"):
        parse(opened.members[0])
    assert parse(opened.members[1]).text == "text"


@pytest.mark.process
def test_a_member_that_hangs_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "good.zip"
    path.write_bytes(archive(**{"bad.txt": b"x", "a.txt": b"text", "b.xlsx": workbook(s=[("x",)])}))
    with ParsePool(2, seconds_per_file=3, parser=hostile.hang_in_archives) as pool:
        found = {path_of(result): result for result in results(pool, path)}
    failure = found["good.zip!/bad.txt"]
    assert isinstance(failure, Failure)
    assert failure.reference == "limit-exceeded"
    assert all(isinstance(one, ParsedChunks) for one in found.values() if one is not failure)
    assert list(found)[-1] == "good.zip"


@pytest.mark.process
def test_an_archive_of_members_that_hang_is_given_up_at_the_third(tmp_path: Path) -> None:
    path = tmp_path / "good.zip"
    path.write_bytes(archive(a__x=b"text", **{f"{n}__bad.txt": b"x" for n in range(40)}))
    began = time.monotonic()
    with ParsePool(1, seconds_per_file=1, parser=hostile.hang_in_archives) as pool:
        found = results(pool, path)
    assert time.monotonic() - began < 20
    failures = [one for one in found if isinstance(one, Failure)]
    assert len(failures) == 4
    assert path_of(found[-1]) == "good.zip"
    assert "3 of its members took longer than 1 seconds" in failures[-1].message
    assert "ingest.seconds_per_file" in failures[-1].hint


@pytest.mark.process
def test_an_archive_whose_members_take_too_long_together_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MEMBERS_TIME", 2)
    path = tmp_path / "good.zip"
    path.write_bytes(archive(**{f"{n}__slow.txt": b"x" for n in range(60)}))
    with ParsePool(1, seconds_per_file=1, parser=hostile.hang_in_archives) as pool:
        found = results(pool, path)
    assert 3 <= sum(isinstance(one, ParsedChunks) for one in found) <= 8
    assert isinstance(found[-1], Failure)
    assert "took longer than 2 seconds together" in found[-1].message


def test_a_source_says_by_itself_where_a_member_is(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(**{"x__a.txt": "text"}))
    outer = source(path)
    member = dataclasses.replace(
        outer, path="a.zip!/x/a.txt", size=4, member=("x/a.txt",), sha256=""
    )
    assert isinstance(member, SourceFile)
    assert parse(member).text == "text"
