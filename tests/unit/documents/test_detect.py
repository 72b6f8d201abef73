"""Which format a file is in."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from kb.documents.detect import detect
from tests.unit.documents.samples import (
    parsed,
    pdf,
    texts,
    word,
    workbook,
)


def test_content_decides_where_the_name_is_wrong(tmp_path: Path) -> None:
    assert parsed(tmp_path / "a.txt", word([("Normal", "正文")])).text == "正文"
    assert parsed(tmp_path / "b.docx", "plain text").text == "plain text"
    assert texts(parsed(tmp_path / "c.pdf", workbook(s=[("a", "b"), (1, 2)])))[1] == "a: 1 | b: 2"
    assert parsed(tmp_path / "d.md", "<!DOCTYPE html><p>a page</p>").text == "a page"


def test_an_archive_that_begins_with_a_pdf_as_it_is_is_none() -> None:
    page, stored, taped = pdf("The rent is 1250 euros."), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("lease.pdf", page)
    with tarfile.open(fileobj=taped, mode="w") as tape:
        member = tarfile.TarInfo("lease.pdf")
        member.size = len(page)
        tape.addfile(member, io.BytesIO(page))
    assert detect("papers.zip", stored.getvalue()).name == "zip"
    assert detect("papers.tar", taped.getvalue()).name == "tar"
    assert detect("notes.txt", b"A PDF begins with %PDF-1.7, a number.").name == "text"
    assert detect("scan.pdf", b"\xff\x00 sent by a printer\n" + page).name == "pdf"
