"""Mails and mailboxes: what is attached is a document of its own."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from kb.documents.archives.opening import Opened
from kb.documents.parse import parse
from kb.documents.pool.workers import ParsedChunks, ParsePool
from kb.types import ElementKind, ParsedDocument
from tests.unit.documents.samples import archive, parsed, pdf, source, texts, workbook


@pytest.fixture(scope="module")
def pool() -> Iterator[ParsePool]:
    with ParsePool(2, seconds_per_file=60) as shared_pool:
        yield shared_pool


def mail(subject: str = "报价", body: str = "请见附件。") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "a@kb.example", "b@kb.example"
    message["Subject"] = subject
    message.set_content(body)
    return message


def attach(message: EmailMessage, name: str, data: bytes) -> None:
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)


def members(document: ParsedDocument) -> list[str]:
    return [one.member[-1] for one in document.members] if isinstance(document, Opened) else []


@pytest.mark.process
def test_an_attachment_is_a_document_and_the_mail_comes_after_it(
    pool: ParsePool, tmp_path: Path
) -> None:
    message = mail()
    attach(message, "价格.xlsx", workbook(s=[("件", "价"), ("泵", 350)]))
    attach(message, "all.zip", archive(**{"x.pdf": pdf("The pump weighs 35 kg.")}))
    path = tmp_path / "a.eml"
    path.write_bytes(message.as_bytes())
    found = [one for one in pool.results([source(path)]) if isinstance(one, ParsedChunks)]
    order = [one.source.path for one in found]
    assert order[-1] == "a.eml"
    assert set(order) == {
        "a.eml", "a.eml!/价格.xlsx", "a.eml!/all.zip", "a.eml!/all.zip!/x.pdf",
    }  # fmt: skip
    by_path = {one.source.path: one for one in found}
    assert "件: 泵 | 价: 350" in by_path["a.eml!/价格.xlsx"].chunks[0].text
    assert "35 kg" in by_path["a.eml!/all.zip!/x.pdf"].chunks[0].text
    assert by_path["a.eml"].characters > 0


def test_a_mail_names_its_attachments(tmp_path: Path) -> None:
    message = mail()
    attach(message, "价格.txt", b"350")
    document = parsed(tmp_path / "a.eml", message.as_bytes())
    assert texts(document)[-2:] == ["请见附件。", "Attachments: 价格.txt"]


def test_a_forwarded_mail_is_a_document_of_its_own(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment(mail("Re: 合同", "合同已签。"))
    document = parsed(tmp_path / "a.eml", message.as_bytes())
    assert "合同已签" not in document.text
    assert members(document) == ["attached.eml"]
    assert isinstance(document, Opened)
    inner = parse(document.members[0])
    assert (inner.title, texts(inner)[-1]) == ("Re: 合同", "合同已签。")


def test_signatures_and_images_of_the_page_are_no_attachments(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative("<p>请见附件。<img src='cid:logo@kb'></p>", subtype="html")
    message.add_attachment(
        b"png", maintype="image", subtype="png", filename="l.png", cid="<logo@kb>"
    )
    message.add_attachment(
        b"sig", maintype="application", subtype="pkcs7-signature", filename="smime.p7s"
    )
    message.add_attachment(b"photo", maintype="image", subtype="png", filename="photo.png")
    assert members(parsed(tmp_path / "a.eml", message.as_bytes())) == ["photo.png"]


def test_the_pictures_of_a_saved_web_page_are_no_attachments(tmp_path: Path) -> None:
    page = EmailMessage()
    page["From"], page["Subject"] = "<Saved by a browser>", "水泵"
    page.set_content("<h1>水泵</h1><img src='https://kb.example/a.png'>", subtype="html")
    page.add_related(b"1", maintype="image", subtype="png", headers=["Content-Location: a.png"])
    document = parsed(tmp_path / "a.mht", page.as_bytes())
    assert texts(document, ElementKind.HEADING) == ["水泵"]
    assert members(document) == []


def test_two_attachments_of_one_name_are_two_documents(tmp_path: Path) -> None:
    message = mail()
    attach(message, "image.txt", b"one")
    attach(message, "image.txt", b"two")
    document = parsed(tmp_path / "a.eml", message.as_bytes())
    assert isinstance(document, Opened)
    assert {one.member[-1]: parse(one).text for one in document.members} == {
        "image.txt": "one",
        "image (2).txt": "two",
    }


def box(*messages: EmailMessage) -> bytes:
    return b"".join(
        b"From a@kb.example Mon Jun 01 04:28:28 2009\n" + one.as_bytes() + b"\n" for one in messages
    )


@pytest.mark.process
def test_a_mailbox_is_an_archive_of_mails(pool: ParsePool, tmp_path: Path) -> None:
    second = mail("二")
    attach(second, "价格.txt", b"350")
    path = tmp_path / "2009.mbox"
    path.write_bytes(box(mail("一"), second))
    found = [one for one in pool.results([source(path)]) if isinstance(one, ParsedChunks)]
    by_path = {one.source.path: one for one in found}
    assert set(by_path) == {
        "2009.mbox", "2009.mbox!/0001.eml", "2009.mbox!/0002.eml",
        "2009.mbox!/0002.eml!/价格.txt",
    }  # fmt: skip
    assert by_path["2009.mbox!/0001.eml"].title == "一"
    assert found[-1].source.path == "2009.mbox"


def test_a_mail_that_is_appended_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    def contents(data: bytes) -> dict[str, str]:
        document = parsed(tmp_path / "a.mbox", data)
        assert isinstance(document, Opened)
        return {one.path: parse(one).source.sha256 for one in document.members}

    before = contents(box(mail("一"), mail("二")))
    after = contents(box(mail("一"), mail("二"), mail("三")))
    assert len(after) == 3
    assert before.items() <= after.items()


def test_a_line_that_begins_like_a_mail_is_not_one(tmp_path: Path) -> None:
    body = "Hello,\n\nFrom here on: nothing new.\n\n>From the desk of B.\n"
    raw = mail("一", body).as_bytes().replace(b"\n\nFrom here", b"\n\n>From here")
    data = b"From a@kb.example Mon Jun 01 04:28:28 2009\n" + raw
    document = parsed(tmp_path / "a.mbox", data)
    assert members(document) == ["0001.eml"]
    assert isinstance(document, Opened)
    assert "\nFrom here on" in "\n" + parse(document.members[0]).text


def test_a_mail_saved_with_its_from_line_is_a_mail(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.eml", box(mail("一")))
    assert (document.title, members(document)) == ("一", [])
