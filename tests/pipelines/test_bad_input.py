"""Bad input, through the whole of ingest: each file ends as a named failure or a right document,
and its neighbours go in."""

from __future__ import annotations

import base64
import dataclasses
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from kb.documents.pool.workers import ParsedChunks, ParsePool
from kb.index.sparse import document_vector
from kb.pipelines.ingest import IngestJob, ingest
from kb.types import Failure, SourceFile, SparseVector
from tests.pipelines.workspace import Workspace
from tests.unit.documents.pool import hostile
from tests.unit.documents.samples import locked_office, locked_pdf, pdf, word

NEIGHBOURS = ("a good neighbour.txt", "z/another.md")
SENTENCE = "张飞的电话号码是u987438274，曹操的电话号码是123456。"
TRADITIONAL = "張飛的電話號碼是u987438274，曹操的電話號碼是123456。"


@pytest.fixture
def bad(workspace: Workspace) -> Workspace:
    for name in NEIGHBOURS:
        workspace.write(name, f"{name} is well.")
    return workspace


def put(workspace: Workspace, name: str, data: bytes) -> None:
    (workspace.docs / name).write_bytes(data)


def failures(workspace: Workspace) -> dict[str, Failure]:
    """Ingest; what failed, by path. The neighbours must be in, and catalog and vectors agree."""
    report = workspace.ingest()
    assert {f"docs/{name}" for name in NEIGHBOURS} <= set(workspace.documents())
    assert workspace.is_sound()
    assert all(failure.hint for failure in report.failed)
    return {failure.path: failure for failure in report.failed}


@pytest.mark.parametrize(
    ("name", "data", "reference"),
    [
        ("empty.txt", b"", "empty-document"),
        ("empty.docx", b"", "empty-document"),
        ("blank.md", b"\n \n", "empty-document"),
        ("noise.txt", os.urandom(4000), "damaged-document"),
        ("noise.pdf", os.urandom(4000), "damaged-document"),
        ("noise.bin", bytes(range(256)) * 20, "unsupported-format"),
        ("truncated.docx", word([("Normal", "text " * 9000)])[:9000], "damaged-document"),
        ("truncated.pdf", pdf("The pump weighs 35 kg.")[:70], "damaged-document"),
        ("locked.pdf", locked_pdf("secret"), "protected-document"),
        ("locked.docx", locked_office(word([("Normal", "x")]), "secret"), "protected-document"),
        ("one line of 102 MB.txt", "字".encode() * 34_000_000, "limit-exceeded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_named_with_its_reason(
    bad: Workspace, name: str, data: bytes, reference: str
) -> None:
    put(bad, name, data)
    failed = failures(bad)
    assert failed.keys() == {name}
    assert failed[name].reference == reference


def mail(charset: str, kind: str, body: bytes) -> bytes:
    fields = "From: a@b.example", "To: c@d.example", f"Content-Type: {kind}; charset={charset}"
    head = "\n".join([*fields, "Content-Transfer-Encoding: base64", "", ""])
    return head.encode() + base64.encodebytes(body)


HALF = "张飞的电话 \\ud83d 是u987438274"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("half.json", f'{{"a": "{HALF}"}}'.encode()),
        ("half.jsonl", f'{{"a": "{HALF}"}}\n{{"b": 1}}\n'.encode()),
        ("half.ipynb", f'{{"cells": [{{"source": ["{HALF}"]}}]}}'.encode()),
        ("half.geojson", f'{{"{HALF}": 1}}'.encode()),
        ("half.eml", mail("utf-7", "text/plain", b"u987438274 +2D0- x")),
        ("half.html.eml", mail("utf-7", "text/html", b"<p>u987438274 +2D0- x</p>")),
        (
            "wide.eml",
            mail("utf-16-le", "text/plain", "u987438274 ".encode("utf-16-le") + b"=\xd8x\0"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_half_of_an_emoji_costs_nothing_but_itself(bad: Workspace, name: str, data: bytes) -> None:
    put(bad, name, data)
    assert failures(bad) == {}
    assert "u987438274" in bad.text_of(name)
    bad.text_of(name).encode()


def test_what_a_limit_cuts_is_named_and_the_rest_is_in(bad: Workspace) -> None:
    parts = "".join(f"--b\nContent-Type: text/plain\n\npart {n}\n" for n in range(10_010))
    head = "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
    put(bad, "long.eml", f"{head}{parts}--b--\n".encode())
    failed = failures(bad)
    assert failed.keys() == {"long.eml"}
    assert failed["long.eml"].reference == "limit-exceeded"
    assert "parts of the mail beyond the first 10,000" in failed["long.eml"].message
    assert "part 9998" in bad.text_of("long.eml")
    again = bad.ingest()
    assert [failure.path for failure in again.failed] == ["long.eml"]
    assert again.counts.unchanged == len(NEIGHBOURS) + 1


def test_a_time_after_2262_keeps_nothing_out(bad: Workspace) -> None:
    put(bad, "late.txt", SENTENCE.encode())
    os.utime(bad.docs / "late.txt", ns=(0, 13_569_465_600 * 10**9))
    assert failures(bad) == {}
    assert "docs/late.txt" in bad.documents()
    assert bad.ingest().counts.unchanged == len(NEIGHBOURS) + 1


def test_an_error_that_nobody_expected_is_the_failure_of_its_own_document(
    bad: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(text: str) -> SparseVector:
        if "boom" in text:
            raise OverflowError("a bug")
        return document_vector(text)

    put(bad, "bad.txt", b"boom")
    bad.tools = dataclasses.replace(bad.tools, sparse=broken)
    failed = failures(bad)
    assert failed.keys() == {"bad.txt"}
    assert (failed["bad.txt"].reference, failed["bad.txt"].stage) == ("error", "store")
    assert "a bug" in caplog.text


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a word file.txt", word([("Normal", SENTENCE)]), SENTENCE),
        ("a text file.docx", SENTENCE.encode(), SENTENCE),
        ("gb18030.txt", SENTENCE.encode("gb18030"), SENTENCE),
        ("big5.txt", TRADITIONAL.encode("big5"), TRADITIONAL),
        ("utf16.txt", SENTENCE.encode("utf-16"), SENTENCE),
        ("utf16 without mark.txt", SENTENCE.encode("utf-16-le"), SENTENCE),
        ("a bad byte.txt", SENTENCE.encode() + b"\n\xff\n" + b"end.", SENTENCE),
        ("no trailer.pdf", pdf("The pump weighs 35 kg.")[:-20], "The pump weighs 35 kg."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_only_odd_is_read_right(
    bad: Workspace, name: str, data: bytes, text: str
) -> None:
    put(bad, name, data)
    assert failures(bad) == {}
    assert text in bad.text_of(name)


def test_one_line_of_hundreds_of_thousands_of_characters_becomes_chunks(bad: Workspace) -> None:
    put(bad, "line.txt", "字".encode() * 300_000)
    assert failures(bad) == {}
    assert len(bad.text_of("line.txt").replace("\n", "")) >= 300_000


def test_a_symlink_loop_and_a_fifo_do_not_hang_the_ingest(bad: Workspace) -> None:
    (bad.docs / "z/up").symlink_to(bad.docs)
    (bad.docs / "self.txt").symlink_to("self.txt")
    os.mkfifo(bad.docs / "pipe.txt")
    failed = failures(bad)
    assert {path: failure.reference for path, failure in failed.items()} == {
        "pipe.txt": "unreadable-file",
        "self.txt": "unreadable-file",
    }


def test_a_name_that_is_not_utf8_goes_in_under_a_name_that_can_be_shown(bad: Workspace) -> None:
    Path(os.fsdecode(os.fsencode(bad.docs) + b"/\xff.txt")).write_text("odd name")
    assert failures(bad) == {}
    assert "docs/\\xff.txt" in bad.documents()


def test_a_file_that_vanishes_between_scan_and_parse_is_a_named_failure(bad: Workspace) -> None:
    gone = bad.write("gone.txt", "x")

    def parse_late(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
        gone.unlink()
        return parse(sources)

    parse = bad.tools.parse
    tools = dataclasses.replace(bad.tools, parse=parse_late)
    report = ingest(IngestJob(paths=(bad.docs,)), tools, bad.progress.append)
    (failure,) = report.failed
    assert (failure.path, failure.reference) == ("gone.txt", "unreadable-file")
    assert "has vanished" in failure.message
    assert len(bad.documents()) == len(NEIGHBOURS)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_a_named_failure(bad: Workspace) -> None:
    bad.write("closed.txt", "x").chmod(0)
    assert failures(bad)["closed.txt"].reference == "unreadable-file"


def test_a_file_that_takes_too_long_costs_only_itself(bad: Workspace) -> None:
    bad.write("bad.txt", "x")
    with ParsePool(1, seconds_per_file=2, parser=hostile.hang) as pool:
        tools = dataclasses.replace(bad.tools, parse=pool.results)
        report = ingest(IngestJob(paths=(bad.docs,)), tools, bad.progress.append)
    assert [(failure.path, failure.reference) for failure in report.failed] == [
        ("bad.txt", "limit-exceeded")
    ]
    assert len(bad.documents()) == len(NEIGHBOURS)
