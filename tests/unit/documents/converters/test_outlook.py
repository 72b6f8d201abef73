"""What Outlook and Apple Mail write: bodies that are packed RTF alone, winmail.dat, mails within
mails, EMLX."""

from __future__ import annotations

import struct
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.documents.archives.opening import Opened
from kb.documents.converters.common.compressed_rtf import page_of, text_of, unpacked
from kb.documents.converters.common.tnef import wrapping
from kb.documents.parse import parse
from kb.errors import DamagedDocument, LimitExceeded
from kb.types import ElementKind, ParsedDocument
from tests.unit.documents.compound import Folder, attachment, compound, outlook_mail
from tests.unit.documents.samples import archive, parsed, texts

SUBJECT, BODY, PAGE, PACKED_RTF, SENDER = 0x37, 0x1000, 0x1013, 0x1009, 0xC1A
LONG_NAME, DATA, METHOD = 0x3707, 0x3701, 0x3705


def packed(rtf: bytes) -> bytes:
    """RTF as [MS-OXRTFCP] packs it, without a reference to what came before but the last."""
    out, pieces = b"", [bytes([byte]) for byte in rtf]
    end = (207 + len(rtf)) % 4096
    pieces.append(bytes([end >> 4, (end & 15) << 4]))
    for start in range(0, len(pieces), 8):
        eight = pieces[start : start + 8]
        last = start + 8 >= len(pieces)
        out += bytes([1 << (len(eight) - 1) if last else 0]) + b"".join(eight)
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", 0) + out


def members(document: ParsedDocument) -> dict[str, ParsedDocument]:
    assert isinstance(document, Opened)
    return {one.member[-1]: parse(one) for one in document.members}


# --- packed RTF -----------------------------------------------------------------------

OF_THE_STANDARD = bytes.fromhex(  # [MS-OXRTFCP] 4.1.1
    "2d0000002b0000004c5a4675f1c5c7a703000a0072637067313235423"
    "20af32068656c09002062770" + "5b06c647d0a800fa0"
)


def test_packed_rtf_is_unpacked_as_the_standard_has_it() -> None:
    assert unpacked(OF_THE_STANDARD) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_packed_rtf_that_repeats_itself_is_unpacked() -> None:
    """[MS-OXRTFCP] 4.1.2: a reference may reach into what it writes."""
    data = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpacked(data) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_rtf_that_is_only_wrapped_is_taken_out() -> None:
    assert unpacked(struct.pack("<II4sI", 17, 5, b"MELA", 0) + b"{\\rt}") == b"{\\rt}"


def test_a_body_that_is_no_packed_rtf_is_named() -> None:
    for data in (b"short", struct.pack("<II4sI", 12, 5, b"LZMA", 0)):
        with pytest.raises(DamagedDocument, match="cannot be unpacked"):
            unpacked(data)
    with pytest.raises(LimitExceeded):
        unpacked(struct.pack("<II4sI", 12, 1 << 30, b"LZFu", 0))


@given(st.binary(max_size=300))
def test_packed_rtf_comes_back_whatever_it_holds(rtf: bytes) -> None:
    assert unpacked(packed(rtf)) == rtf


@given(st.binary(max_size=200), st.integers(0, 1 << 20))
def test_whatever_calls_itself_packed_rtf_is_read_or_refused(data: bytes, size: int) -> None:
    content = unpacked(struct.pack("<II4sI", len(data) + 12, size, b"LZFu", 0) + data)
    assert len(content) <= size
    page_of(b"\\fromhtml" + content)
    text_of(b"\\fromtext" + content)


HTML_IN_RTF = (
    b"{\\rtf1\\ansi\\ansicpg936\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss\\fcharset134 SimSun;}}\n"
    b"{\\colortbl\\red0;}{\\*\\generator Riched20;}\\uc1\\pard\\plain\\f0\n"
    b"{\\*\\htmltag19 <html>}{\\*\\htmltag50 <body>}\\htmlrtf \\f0 hidden \\htmlrtf0\n"
    b"{\\*\\htmltag64 <table><tr><td>}\\'d0\\'d5\\'c3\\'fb{\\*\\htmltag72 </td><td>}"
    b"{\\*\\mhtmltag84 <img>}phone{\\*\\htmltag72 </td></tr><tr><td>}"
    b"\\u24352 ?\\u39134 ?{\\*\\htmltag72 </td><td>}"
    b"a {\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0  2{\\*\\htmltag72 </td></tr></table>}"
    b"{\\*\\htmltag58 </body>}}"
)


def test_the_page_within_an_rtf_is_what_was_wrapped_into_it() -> None:
    page = page_of(HTML_IN_RTF)
    assert "<tr><td>姓名</td><td>phone</td></tr><tr><td>张飞</td><td>a &lt; 2</td></tr>" in page
    assert "hidden" not in page
    assert "SimSun" not in page
    assert "<img>" not in page
    assert text_of(HTML_IN_RTF) == ""


def test_the_text_within_an_rtf_has_its_lines() -> None:
    rtf = (
        b"{\\rtf1\\ansi\\fromtext \\deff0{\\fonttbl{\\f0 Arial;}}\\pard a\\tab \\{b\\}\\par c\\'e9}"
    )
    assert text_of(rtf) == "a\t{b}\ncé"


# --- MSG ------------------------------------------------------------------------------


def test_a_mail_whose_body_is_a_packed_page_alone_has_its_rows(tmp_path: Path) -> None:
    mail = outlook_mail({SUBJECT: "电话", PACKED_RTF: packed(HTML_IN_RTF)})
    document = parsed(tmp_path / "a.msg", compound(mail))
    assert document.title == "电话"
    assert texts(document, ElementKind.TABLE_ROW) == ["姓名: 张飞 | phone: a < 2"]


@pytest.mark.process
def test_a_mail_whose_body_is_packed_rtf_alone_is_read(tmp_path: Path) -> None:
    rtf = b"{\\rtf1\\ansi\\ansicpg936\\pard The pump is kept by \\u24352 ?\\u39134 ?.\\par}"
    document = parsed(
        tmp_path / "a.msg", compound(outlook_mail({SUBJECT: "x", PACKED_RTF: packed(rtf)}))
    )
    assert texts(document)[-1] == "The pump is kept by 张飞."


def test_the_page_of_a_mail_is_read_where_the_plain_text_only_says_that_there_is_one(
    tmp_path: Path,
) -> None:
    page = "<meta charset=gb2312><p>应付余额 86,450 元，堃达公司。</p>".encode("gb18030")
    mail = outlook_mail({SUBJECT: "x", BODY: "HTML only", PAGE: page})
    document = parsed(tmp_path / "a.msg", compound(mail))
    assert texts(document)[1:] == ["应付余额 86,450 元，堃达公司。"]


@pytest.mark.parametrize(
    ("page", "encoding", "subject"),
    [(936, "gb18030", "催款：朱镕堃"), (950, "big5", "請款：陳經理"), (932, "cp932", "請求の件")],
)
def test_texts_of_8_bits_are_read_in_their_code_page(
    tmp_path: Path, page: int, encoding: str, subject: str
) -> None:
    inner = in_8_bits(outlook_mail({SUBJECT: subject, BODY: "7"}, inner=True), 24, encoding)
    mail = outlook_mail({SUBJECT: subject, BODY: f"{subject}。", 0x3FFD: page})
    mail = in_8_bits(mail, 32, encoding)
    folder = {**mail, "__attach_version1.0_#00000000": attachment({METHOD: 5}, inner)}
    document = parsed(tmp_path / "a.msg", compound(folder))
    assert document.title == subject
    assert f"{subject}。" in document.text
    assert [*members(document)] == [f"{subject}.eml"]


def in_8_bits(folder: Folder, head: int, encoding: str) -> Folder:
    """A mail as programs write it that know no Unicode."""
    changed = dict[str, bytes | Folder]()
    for name, content in folder.items():
        if name == "__properties_version1.0" and isinstance(content, bytes):
            entries = [content[at : at + 16] for at in range(head, len(content), 16)]
            kinds = (b"\x1e" if one[:1] == b"\x1f" else one[:1] for one in entries)
            rest = b"".join(kind + one[1:] for kind, one in zip(kinds, entries, strict=True))
            changed[name] = content[:head] + rest
        elif name.endswith("001F") and isinstance(content, bytes):
            changed[name[:-1] + "E"] = content.decode("utf-16-le").encode(encoding)
        else:
            changed[name] = content
    return changed


def test_a_mail_within_a_mail_is_a_document_with_its_attachments(tmp_path: Path) -> None:
    price = attachment({LONG_NAME: "价格.txt", DATA: "泵 350".encode(), METHOD: 1})
    forwarded = outlook_mail(
        {SUBJECT: "报价", SENDER: "张飞", BODY: "见附件。"}, [price], inner=True
    )
    mail = outlook_mail({SUBJECT: "转发", BODY: "请看。"}, [attachment({METHOD: 5}, forwarded)])
    document = parsed(tmp_path / "a.msg", compound(mail))
    inner = members(document)["报价.eml"]
    assert inner.title == "报价"
    assert "见附件。" in inner.text
    assert members(inner)["价格.txt"].text == "泵 350"


# --- winmail.dat ----------------------------------------------------------------------


def attribute(number: int, data: bytes) -> bytes:
    level = 2 if number in (0x9002, 0x8010, 0x800F, 0x9005) else 1
    return (
        struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) % 65536)
    )


def mapi(*properties: tuple[int, str | bytes | list[bytes]]) -> bytes:
    """Properties: a text, a binary value, or an object as a list of one."""
    out = struct.pack("<I", len(properties))
    for number, value in properties:
        if number >= 0x8000:
            name = "x\0".encode("utf-16-le")
            out += struct.pack("<HH16xII", 0x1F, number, 1, len(name)) + name
        else:
            kind = 0x1F if isinstance(value, str) else 0x0D if isinstance(value, list) else 0x102
            out += struct.pack("<HH", kind, number)
        data = value[0] if isinstance(value, list) else value
        data = data.encode("utf-16-le") + b"\0\0" if isinstance(data, str) else data
        out += struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)
    return out


def winmail(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


KEYS = (
    attribute(0x9002, bytes(14)),
    attribute(0x8010, b"KEYS~1.TXT\0"),
    attribute(0x800F, "备用钥匙由张飞保管".encode()),
    attribute(0x9005, mapi((0x8001, "named"), (LONG_NAME, "钥匙.txt"))),
)


def test_winmail_is_a_mail_with_what_is_attached(tmp_path: Path) -> None:
    properties = mapi((SUBJECT, "钥匙"), (0x8000, "of a name"), (BODY, "见附件。"))
    data = winmail(attribute(0x9003, properties), *KEYS)
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("see attached")
    message.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    document = parsed(tmp_path / "a.eml", message.as_bytes())
    wrapped = members(document)["winmail.dat"]
    assert wrapped.title == "钥匙"
    assert texts(wrapped)[1:] == ["见附件。", "Attachments: 钥匙.txt"]
    assert members(wrapped)["钥匙.txt"].text == "备用钥匙由张飞保管"


def test_winmail_of_older_programs_has_its_texts_in_their_code_page(tmp_path: Path) -> None:
    data = winmail(
        attribute(0x9007, struct.pack("<II", 936, 0)),
        attribute(0x8004, "巡检\0".encode("gbk")),
        attribute(0x800C, "由魏强负责\0".encode("gbk")),
    )
    document = parsed(tmp_path / "winmail.dat", data)
    assert (document.title, texts(document)[-1]) == ("巡检", "由魏强负责")


def test_winmail_with_a_body_of_packed_rtf_is_read(tmp_path: Path) -> None:
    data = winmail(attribute(0x9003, mapi((PACKED_RTF, packed(HTML_IN_RTF)))))
    document = parsed(tmp_path / "winmail.dat", data)
    assert texts(document) == ["姓名: 张飞 | phone: a < 2"]


def test_a_mail_wrapped_into_winmail_is_a_document_of_its_own(tmp_path: Path) -> None:
    inner = bytes(16) + winmail(attribute(0x9003, mapi((SUBJECT, "合同"), (BODY, "合同已签。"))))
    data = winmail(attribute(0x9002, bytes(14)), attribute(0x9005, mapi((DATA, [inner]))))
    found = members(parsed(tmp_path / "winmail.dat", data))
    assert [one.title for one in found.values()] == ["合同"]


def test_an_archive_within_winmail_is_opened(tmp_path: Path) -> None:
    packed_keys = archive(**{"a.txt": "in the archive"})
    data = winmail(
        attribute(0x9002, bytes(14)), attribute(0x8010, b"a.zip\0"), attribute(0x800F, packed_keys)
    )
    inner = members(parsed(tmp_path / "winmail.dat", data))["a.zip"]
    assert members(inner)["a.txt"].text == "in the archive"


def test_a_winmail_that_is_cut_keeps_what_it_has_and_names_the_loss(tmp_path: Path) -> None:
    document = parsed(tmp_path / "winmail.dat", winmail(*KEYS)[:-40])
    assert members(document)["KEYS~1.TXT"].text == "备用钥匙由张飞保管"
    assert document.losses == ("what follows the place at which the file is damaged",)


@given(st.data())
def test_a_winmail_with_a_damaged_byte_is_read_or_cut(data: st.DataObject) -> None:
    whole = bytearray(winmail(attribute(0x9003, mapi((SUBJECT, "a"), (BODY, "b"))), *KEYS))
    for _ in range(3):
        at = data.draw(st.integers(6, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    found = wrapping(bytes(whole))
    assert sum(len(one.data) for one in found.attached) <= len(whole)


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_signature_are_read_without_an_error(data: bytes) -> None:
    wrapping(b"\x78\x9f\x3e\x22" + data)


# --- EMLX -----------------------------------------------------------------------------


def test_a_mail_of_apple_mail_is_read_without_what_mail_notes_of_it(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@kb.example", "报价"
    message.set_content("请见附件。")
    message.add_attachment("泵 350".encode(), maintype="text", subtype="plain", filename="价格.txt")
    mail = message.as_bytes()
    notes = b'<?xml version="1.0"?><plist><dict><key>flags</key></dict></plist>\n'
    data = b"%-10d\n" % len(mail) + mail + notes
    document = parsed(tmp_path / "1234.emlx", data)
    assert document.title == "报价"
    assert texts(document)[1:] == ["请见附件。", "Attachments: 价格.txt"]
    assert members(document)["价格.txt"].text == "泵 350"


def test_a_body_that_is_damaged_is_a_loss_of_the_mail_and_not_its_end(tmp_path: Path) -> None:
    price = attachment({LONG_NAME: "价格.txt", DATA: "泵 350".encode(), METHOD: 1})
    mail = compound(outlook_mail({SUBJECT: "x", PACKED_RTF: b"\0" * 40}, [price]))
    document = parsed(tmp_path / "a.msg", mail)
    assert document.losses == (
        "the mail's body: the mail's body cannot be unpacked, its compression is not known",
    )
    assert members(document)["价格.txt"].text == "泵 350"
