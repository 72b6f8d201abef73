"""Which body of a mail is read, and how its header fields are."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from kb.documents.converters.common.mail_headers import header_text
from tests.unit.documents.samples import parsed, texts


def mail(*parts: tuple[str, str], kind: str = "alternative") -> bytes:
    """A mail of parts: their content types and texts."""
    body = "".join(
        f"--B\r\nContent-Type: {one}; charset=utf-8\r\n\r\n{text}\r\n" for one, text in parts
    )
    head = "From: a@a.invalid\r\nTo: b@b.invalid\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    return f"{head}Content-Type: multipart/{kind}; boundary=B\r\n\r\n{body}--B--\r\n".encode()


def word(text: str, charset: str = "gb18030", label: str = "GB2312") -> str:
    return f"=?{label}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def test_the_page_is_read_where_the_plain_text_only_says_that_there_is_one(tmp_path: Path) -> None:
    balance = "截至本月底，贵司应付余额为 86,450 元，请核对。"
    page = f"<html><body><p>{balance}</p></body></html>"
    data = mail(("text/plain", "请在浏览器中查看。"), ("text/html", page))
    found = texts(parsed(tmp_path / "a.eml", data))
    assert found[1:] == [balance]


def test_the_plain_text_is_read_where_it_says_as_much(tmp_path: Path) -> None:
    data = mail(("text/plain", "余额 86,450 元"), ("text/html", "<p>余额 <b>86,450</b> 元</p>"))
    assert texts(parsed(tmp_path / "a.eml", data))[1:] == ["余额 86,450 元"]


def test_both_are_read_where_a_plain_text_as_long_says_something_else(tmp_path: Path) -> None:
    page = "<p>应付余额 86,450 元</p>"
    data = mail(("text/plain", "Your mail program does not show pages."), ("text/html", page))
    found = texts(parsed(tmp_path / "a.eml", data))
    assert found[1:] == ["Your mail program does not show pages.", "应付余额 86,450 元"]


def test_an_invitation_is_read(tmp_path: Path) -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nORGANIZER;CN=陈川:mailto:c@a.invalid\r\n"
        "SUMMARY:评审\r\nLOCATION:512 室\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    data = mail(("text/plain", ""), ("text/calendar", calendar))
    assert texts(parsed(tmp_path / "a.eml", data))[1:] == [
        "组织者: 陈川 c@a.invalid | 主题: 评审 | 地点: 512 室"
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (word("堃达报价"), "堃达报价"),
        (f"{word('闵喆')} <m@a.invalid>", "闵喆 <m@a.invalid>"),
        ("=?utf-8?Q?a=5Fb_c?=", "a_b c"),
        ("plain subject", "plain subject"),
        ("raw 堃".encode("gb18030").decode("utf-8", "surrogateescape"), "raw 堃"),
        ("=?no-such-charset?B?YQ==?=", "a"),
        ("=?utf-8?B?***?=", ""),
    ],
)
def test_header_fields_are_read_as_they_were_meant(raw: str, text: str) -> None:
    assert header_text(raw) == text


def test_an_encoded_word_may_end_inside_a_character() -> None:
    data = "安全生产会议".encode("gb18030")
    cut = [base64.b64encode(part).decode() for part in (data[:3], data[3:7], data[7:])]
    assert header_text("\r\n ".join(f"=?GB2312?B?{one}?=" for one in cut)) == "安全生产会议"


@pytest.mark.parametrize(
    "parameter",
    [f'filename="{word("报价堃.txt")}"', "filename*=gb2312''%B1%A8%BC%DB%88%D2.txt"],
)
def test_attachments_have_their_names(tmp_path: Path, parameter: str) -> None:
    data = mail(("text/plain", "见附件"), kind="mixed").replace(
        b"--B--",
        f"--B\r\nContent-Disposition: attachment; {parameter}\r\n\r\nx\r\n--B--".encode(),
    )
    assert texts(parsed(tmp_path / "a.eml", data))[-1] == "Attachments: 报价堃.txt"


def test_lines_that_flow_are_one_paragraph_and_its_words_whole(tmp_path: Path) -> None:
    body = (
        "应付余额为人民币捌万陆 \r\n仟元整，请于月底 \r\n前支付。\r\n> 上次说的 \r\n> 是九万。\r\n"
        " From 十二月起涨价。\r\n-- \r\n财务部\r\n"
    )
    head = "From: a@b.cn\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n"
    kind = "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    text = parsed(tmp_path / "a.eml", (head + kind + body).encode()).text
    assert "应付余额为人民币捌万陆仟元整，请于月底前支付。" in text
    assert "> 上次说的是九万。" in text
    assert "\nFrom 十二月起涨价。" in text


def test_a_body_of_another_kind_of_text_is_read(tmp_path: Path) -> None:
    head = "From: a@b.cn\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/{}\r\n\r\n{}\r\n"
    rich = head.format("enriched", "<bold>Balance</bold> is 86450 << 90000")
    assert "Balance is 86450 < 90000" in parsed(tmp_path / "a.eml", rich.encode()).text
    marked = head.format("markdown", "Balance is 86450")
    assert "Balance is 86450" in parsed(tmp_path / "b.eml", marked.encode()).text


def test_base64_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    text = base64.b64encode("货物将于五月三日到港，请安排车辆。".encode()).decode()
    head = "From: a@a.invalid\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
    data = f"{head}Content-Transfer-Encoding: base64\r\n\r\n{text[:-7]}\r\n".encode()
    document = parsed(tmp_path / "a.eml", data)
    assert "货物将于五月三日到港，请安排" in document.text
    assert document.losses == ("the end of a part whose base64 was cut off",)


def test_what_came_of_a_mail_is_read(tmp_path: Path) -> None:
    fields = ("Reporting-MTA: dns; mx.invalid", "", "To: rfc822; li@b.invalid", "Status: 5.1.1")
    status = "\r\n".join(fields)
    data = mail(("text/plain", "未送达。"), ("message/delivery-status", status), kind="report")
    found = parsed(tmp_path / "a.eml", data).text
    assert "未送达。" in found
    assert all(field in found for field in fields)
