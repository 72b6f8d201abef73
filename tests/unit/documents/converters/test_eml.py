"""What is kept of a mail itself; test_mail.py has its attachments."""

from __future__ import annotations

import email.message
from pathlib import Path

from tests.unit.documents.samples import parsed, texts


def mail(**options: str) -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["From"] = "张飞 <zhangfei@kb.example>"
    message["To"] = "关羽 <guanyu@kb.example>"
    message["Subject"] = "巡检安排"
    message["Date"] = "Mon, 16 Sep 2024 09:30:00 +0800"
    message.set_content(options.get("text", "请周五前完成巡检。"), charset="gb18030")
    return message


def test_mail_headers_are_text_and_labels(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment(b"x", "application", "pdf", filename="计划.pdf")
    document = parsed(tmp_path / "a.eml", message.as_bytes())
    assert document.title == "巡检安排"
    assert dict(document.labels) == {
        "from": "张飞 <zhangfei@kb.example>",
        "to": "关羽 <guanyu@kb.example>",
        "subject": "巡检安排",
        "date": "2024-09-16 09:30:00+08:00",
    }
    assert texts(document)[1:] == ["请周五前完成巡检。", "Attachments: 计划.pdf"]
    assert "Date: 2024-09-16 09:30:00+08:00" in texts(document)[0]


def test_a_mail_without_plain_text_is_read_from_its_page(tmp_path: Path) -> None:
    message = mail()
    message.set_content("<p>请<b>周五</b>前完成。</p><script>x()</script>", subtype="html")
    assert texts(parsed(tmp_path / "a.eml", message.as_bytes()))[1:] == ["请周五前完成。"]


def test_a_mail_whose_character_set_lies_is_still_read(tmp_path: Path) -> None:
    data = (
        "Subject: =?gb2312?B?0bK87A==?=\nFrom: a@kb.example\nDate: nonsense\n"
        "Content-Type: text/plain; charset=us-ascii\n\n请周五前完成巡检，谢谢。\n"
    )
    document = parsed(tmp_path / "a.eml", data.encode("gbk"))
    assert document.title == "巡检"
    assert texts(document)[-1] == "请周五前完成巡检，谢谢。"


def test_utf_8_that_is_called_latin_is_utf_8(tmp_path: Path) -> None:
    head = "Subject: a\nFrom: a@kb.example\nContent-Type: text/plain; charset=iso-8859-1\n\n"
    assert texts(parsed(tmp_path / "a.eml", f"{head}总价 3000 元\n"))[-1] == "总价 3000 元"
    latin = parsed(tmp_path / "b.eml", f"{head}Größe 5 µm\n".encode("latin-1"))
    assert texts(latin)[-1] == "Größe 5 µm"
